"""A person whose every datum is recognizable, and their life: the canaries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.orders.license_key import generate
from local.client import (
    Person,
    Unexpected,
    control,
    eventually,
    idempotency_key,
    mails,
    new_order,
    on_payment_page,
    phone_code,
    phone_messages,
)
from local.device import Device
from local.stack import Stack
from tests.support.running.fixtures import Switch
from tests.support.running.observed import kept, tried_in_vain
from tests.support.running.people import unsigned
from tests.support.running.stack_holders import Supply
from tests.support.running.subscribers import pair, tried, unlimited

# Temporary passwords, too, have the form of license keys.
KEY = re.compile(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b", re.IGNORECASE)
TEMPORARY = "quokka-temporary-57131"
PERMANENT = "quokka permanent 86420"
WRONG = "quokka wrong password 97"
WEAK = "quokka weak"
PERSONAL = {
    "user id": "quokkaperson",
    "e-mail": "quokka.mail@acme.example",
    "first name": "Quokkafirst",
    "last name": "Quokkalast",
    "recipient": "Quokka Recipient",
    "street": "77 Quokka Street",
    "city": "Quokkatown",
    "postal code": "QK-77131",
    "PO number": "QUOKKA-PO-4711",
    "legal name": "Quokka Legalname",
    "phone": "+14155550171",
    "phone's name": "Quokka Phonename",
}
ADDRESS = {
    "name": PERSONAL["recipient"],
    "line1": PERSONAL["street"],
    "city": PERSONAL["city"],
    "postal_code": PERSONAL["postal code"],
    "country": "AU",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """Everything that a person has had in their hands."""

    person: Person
    tokens: list[str]
    device: Device
    codes: list[str]


def order(someone: Person, **changes: Any) -> dict[str, Any]:
    return someone.order(
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        po_number=PERSONAL["PO number"],
        **changes,
    )


def attempt_what_is_refused(someone: Person) -> None:
    """Refusals are logged too."""
    stranger = Person(someone.url, someone.user_id, headers=someone.headers)
    stranger.call("POST", "/session", {"user_id": someone.user_id, "password": WRONG})
    stranger.call("POST", "/session", {"user_id": PERSONAL["e-mail"], "password": [WRONG]})
    body = new_order(shipping_address={**ADDRESS, "country": "Australia"}, secret=PERMANENT)
    someone.call("POST", "/orders", body, headers={"Idempotency-Key": PERSONAL["PO number"]})
    someone.call("GET", f"/orders/{PERSONAL['last name']}")
    someone.call("GET", f"/orders?cursor={PERSONAL['user id']}")


def live(stack: Stack, stripe: Switch, ses: Switch) -> Lived:
    """A first sign-in, refusals, orders with all their failures, a credential and its end."""
    someone = unsigned(
        stack,
        user_id=PERSONAL["user id"],
        email=PERSONAL["e-mail"],
        first_name=PERSONAL["first name"],
        last_name=PERSONAL["last name"],
        temporary_password=TEMPORARY,
    )
    someone.sign_in(TEMPORARY)
    someone.call("POST", "/session/new-password", {"password": WEAK})
    someone.first_sign_in(TEMPORARY, PERMANENT)
    attempt_what_is_refused(someone)
    ses(answer="error")
    paid, canceled = order(someone, quantity=2), order(someone)
    on_payment_page(paid, "pay")
    someone.expect(200, "POST", f"/orders/{canceled['number']}/cancellation")
    tried_in_vain(stack, paid["number"], at_least=3)
    ses(answer="normal")
    held = order(someone)
    stripe(amount_override=1)
    on_payment_page(held, "pay")
    stripe(amount_override=None, answer="error500")
    with pytest.raises(Unexpected, match="503"):
        order(someone)
    stripe(answer="normal")
    stack.clock.move(timedelta(minutes=3))
    stack.invoke("LifecycleSweepFunction", {})
    for number, many in ((paid["number"], 3), (canceled["number"], 2)):
        kept(stack, number, at_least=many)
    return live_with_a_credential(stack, someone)


def live_with_a_credential(stack: Stack, someone: Person) -> Lived:
    """Registration, sign-ins, a locked token and the end, with the failures on the way."""
    entitlement = Supply(stack, 1).next()
    device, tokens = entitlement.device, [someone.token]
    credential = redeemed(someone, entitlement.license_key)
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    first, second, used = device.pair(ahead=-1), device.pair(ahead=1), device.code(ahead=2)
    wrong = {"first_code": first["second_code"], "second_code": first["first_code"]}
    assert someone.register(credential, device.serial, wrong).status_code == 422
    assert someone.register(credential, f"{device.serial}-X", first).status_code == 422
    assert someone.register(credential, device.serial, first).status_code == 201
    assert someone.elevate(second["first_code"]).status_code == 201
    tokens.append(someone.token)
    by_phone = live_with_a_phone(stack, someone, credential)
    tokens.append(someone.token)
    guess = wrong_code(device)
    for code in (second["first_code"], *[guess] * 5):
        assert someone.elevate(code).status_code == 403
    resynchronization = f"/credentials/{credential}/resynchronization"
    pair = {"first_code": second["second_code"], "second_code": used}
    someone.expect(422, "POST", resynchronization, wrong)
    someone.expect(200, "POST", resynchronization, pair)
    someone.expect(200, "POST", f"/credentials/{credential}/suspension")
    someone.expect(200, "DELETE", f"/credentials/{credential}/suspension")
    someone.expect(200, "POST", f"/credentials/{credential}/revocation", {"confirm": True})
    told = eventually(
        lambda: mails(stack.url, to=PERSONAL["e-mail"], containing="temporary password"),
        what="the temporary password",
    )
    [temporary] = KEY.findall(told[-1]["text"])
    someone.token = ""
    someone.first_sign_in(temporary, f"{PERMANENT} again")
    codes = [*first.values(), *pair.values(), second["first_code"], guess, *by_phone]
    return Lived(person=someone, tokens=[*tokens, someone.token], device=device, codes=codes)


def live_with_a_phone(stack: Stack, someone: Person, credential: str) -> list[str]:
    """Tests, failures, a wrong code, sign-ins by text and call: returns the codes sent or tried.

    The person is elevated, so that a phone can be added.
    """
    number, path = PERSONAL["phone"], f"/credentials/{credential}/phones"
    account = someone.token.partition(".")[0]
    spaced = f"{number[:2]} {number[2:5]} {number[5:]}"
    someone.call("POST", "/phone-tests", {"number": f"{number}x", "channel": "text"})
    someone.expect(201, "POST", "/phone-tests", {"number": spaced, "channel": "text"})
    # Too early.
    someone.expect(429, "POST", "/phone-tests", {"number": number, "channel": "voice"})
    body = {"number": number, "label": PERSONAL["phone's name"], "channel": "text"}
    for fault in ("error", "reject", "normal"):
        # Failed requests stay counted against the account.
        unlimited(stack, tried(pair(account, number)), pair(account, number), account)
        control(stack.url, "phone", {"answer": fault})
        someone.call("POST", path, body, headers=idempotency_key())
    [phone] = someone.expect(200, "GET", path)["phones"]
    codes = [_code(stack, number)]
    codes.append(f"{(int(codes[0]) + 1) % 10**6:06}")
    assert someone.confirm_phone(credential, phone["id"], codes[1]).status_code == 403
    assert someone.confirm_phone(credential, phone["id"], codes[0]).status_code == 200
    for channel in ("text", "voice"):
        unlimited(stack, pair(account, number), account)
        assert someone.ask_for_code(phone["id"], channel).status_code == 201
        codes.append(_code(stack, number))
        assert someone.elevate(codes[-1], method="phone").status_code == 201
        assert someone.elevate(codes[-1], method="phone").status_code == 403
    return codes


def _code(stack: Stack, number: str) -> str:
    return phone_code(phone_messages(stack.url, to=number)[-1])


def redeemed(someone: Person, license_key: str) -> str:
    """The credential of a redeemed license key, after two failed redemptions."""
    body = {"legal_name": PERSONAL["legal name"], "country": "AU"}
    for key in (license_key[:-1], generate()):
        someone.expect(
            422,
            "POST",
            "/license-redemptions",
            {**body, "license_key": key},
            headers=idempotency_key(),
        )
    answer = someone.expect(
        201,
        "POST",
        "/license-redemptions",
        {**body, "license_key": license_key},
        headers=idempotency_key(),
    )
    return str(answer["id"])


def wrong_code(device: Device) -> str:
    """A code that the token doesn't show for a while."""
    near = {device.code(ahead) for ahead in range(-30, 30)}
    return next(code for code in ("31415926", "27182818", "16180339") if code not in near)
