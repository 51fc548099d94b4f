"""A token beside phones: bought, paid, sent, registered by a phone's code, lost, replaced (D4)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from local.client import (
    Person,
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
from tests.support.builders import REASON
from tests.support.running.clock import at_last
from tests.support.running.credential_checks import live_row, refused, session, shown, stocked, told
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.rows import Rows

NOT_YOURS = {"items.0.credential": "is no credential of yours that this partner adds a token to"}
REPLACED = "Your replacement token is on its way"
_numbers = itertools.count(2_000)


@dataclass
class Subscriber:
    """A person with a credential for phones and one confirmed phone, signed in by password."""

    stack: Stack
    person: Person
    credential: str
    phone: str
    number: str

    def by_phone(self) -> Person:
        """Elevate the session with a code that comes to the phone."""
        heard = len(phone_messages(self.stack.url, to=self.number))
        # A number gets no second message within a minute.
        self.stack.clock.move(timedelta(seconds=61))
        answer = self.person.ask_for_code(self.phone)
        assert answer.status_code == 201, answer.text
        answer = self.person.elevate(code_of(self.stack, self.number, heard), method="phone")
        assert answer.status_code == 201, answer.text
        return self.person


def code_of(stack: Stack, number: str, heard: int = 0) -> str:
    """The code in the last message to this number after the first `heard` ones."""
    found = eventually(
        lambda: phone_messages(stack.url, to=number)[heard:], what=f"a code comes to {number}"
    )
    return phone_code(found[-1])


def license_key(stack: Stack, someone: Person, number: str) -> str:
    def arrived() -> str:
        told = mails(
            stack.url, to=f"{someone.user_id}@acme.example", containing=f"for order {number}"
        )
        keys = [line.strip() for mail in told for line in mail["text"].splitlines()]
        return next((one for one in keys if len(one) == 23 and one.count("-") == 3), "")

    return eventually(arrived, seconds=60, what=f"the license key of {number}")


def bought(stack: Stack, someone: Person, item: dict[str, Any]) -> str:
    """The number of an order that was placed, paid and fulfilled."""
    order = someone.expect(
        201, "POST", "/orders", new_order(items=[item]), headers=idempotency_key()
    )
    number = str(order["number"])
    on_payment_page(order, "pay").raise_for_status()
    at_last(stack, lambda: Rows(stack).order(number)["state"] == "fulfilled", f"{number} is done")
    return number


def subscriber(stack: Stack) -> Subscriber:
    someone = person(stack)
    order = bought(stack, someone, {"product": "phone"})
    credential = someone.redeem(license_key(stack, someone, order))["id"]
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    number = f"+1202555{next(_numbers)}"
    phone = someone.add_phone(credential, number)["id"]
    confirmed = someone.confirm_phone(credential, phone, code_of(stack, number))
    assert confirmed.status_code == 200, confirmed.text
    return Subscriber(stack, someone, credential, phone, number)


def ship(stack: Stack, device: Device, **to: str) -> dict[str, Any]:
    event = {"operation": "mark_shipped", "serial": device.serial, "tracking": "1Z 123"}
    answer: dict[str, Any] = stack.invoke("OperationsFunction", event | {"reason": REASON} | to)
    return answer


@pytest.fixture
def ada(stack: Stack) -> Subscriber:
    return subscriber(stack)


def test_d4_b5_bought_paid_sent_registered_lost_and_replaced_by_the_phone(
    stack: Stack, ada: Subscriber
) -> None:
    mine, second, stolen = stocked(stack, 3, period=None)
    path = f"/credentials/{ada.credential}"
    early = ship(stack, mine, user_id=ada.person.user_id)
    assert early["error"] == "illegal_state", "no token was bought for it"
    number = bought(stack, ada.person, {"product": "added-token", "credential": ada.credential})
    done = ada.person.show(number)
    assert (done["license_keys"], done["lines"][0]["credential"]) == (0, ada.credential)
    credential = live_row(stack, ada.person)
    subject = f"CREDENTIAL#{ada.person.token.split('.')[0]}#{ada.credential}"
    assert [one["action"] for one in Rows(stack).entries(subject)][-1] == "credential.token_added"
    assert credential["kind"] == "phone"

    assert "error" not in ship(stack, mine, order=number)
    [sent] = told(stack, ada.person, f"A hardware token of order {number} is on its way")
    assert "with a code of your phone" in " ".join(sent["text"].split())
    thief = Person(ada.person.url, ada.person.user_id, headers={"X-Forwarded-For": new_address()})
    thief.sign_in(PERMANENT)
    refused(thief.register(ada.credential, mine.serial, mine.pair()), 403, "elevation_required")
    by_phone = ada.by_phone()
    problem = refused(
        by_phone.register(ada.credential, stolen.serial, stolen.pair()), 422, "wrong_serial"
    )
    unknown = by_phone.register(ada.credential, "FT-NOBODY-KNOWS", stolen.pair())
    assert unknown.json() == problem
    registered = by_phone.register(ada.credential, mine.serial, mine.pair())
    assert registered.status_code == 201, registered.text
    seen = registered.json()
    assert (seen["kind"], seen["level"]) == ("phone", 2)
    assert seen["token"]["serial"] == f"…{mine.serial[-4:]}"
    assert [one["id"] for one in seen["phones"]] == [ada.phone], "the details show both"
    assert by_phone.elevate(mine.press()).status_code == 201
    assert session(by_phone)["authenticator"] == "token"

    lost = thief.expect(200, "POST", f"{path}/token/revocation")
    assert (lost["token"], lost["level"], lost["expires_at"]) == (None, 2, seen["expires_at"])
    assert session(by_phone)["strength"] == 1, "whoever found it falls back"
    assert "error" not in ship(stack, second, user_id=ada.person.user_id)
    told(stack, ada.person, REPLACED)
    assert ada.person.show(number)["shipments"][-1]["serial"] == f"…{second.serial[-4:]}"
    refused(thief.register(ada.credential, second.serial, second.pair()), 403, "elevation_required")
    replaced = ada.by_phone().register(ada.credential, second.serial, second.pair())
    assert (replaced.status_code, replaced.json()["level"]) == (201, 2)
    assert shown(ada.person, ada.credential)["token"]["serial"] == f"…{second.serial[-4:]}"


def test_s14_a_stolen_password_alone_brings_no_token_in_whatever_it_buys_and_removes(
    stack: Stack, ada: Subscriber
) -> None:
    thief, device = ada.person, stocked(stack, 1, period=None)[0]
    number = bought(stack, thief, {"product": "added-token", "credential": ada.credential})
    assert "error" not in ship(stack, device, order=number)
    refused(thief.register(ada.credential, device.serial, device.pair()), 403, "elevation_required")
    gone = thief.call("DELETE", f"/credentials/{ada.credential}/phones/{ada.phone}?confirm=true")
    assert gone.status_code in {200, 204}, gone.text
    refused(thief.register(ada.credential, device.serial, device.pair()), 422, "wrong_serial")
    # An operator who has checked the holder's identity sends a replacement, which is accepted.
    another = stocked(stack, 1, period=None)[0]
    assert "error" not in ship(stack, another, user_id=thief.user_id)
    taken = thief.register(ada.credential, another.serial, another.pair())
    assert (taken.status_code, taken.json()["phones"]) == (201, [])


def test_b1_s23_a_credential_that_takes_no_token_gets_one_answer_and_no_order(
    stack: Stack, ada: Subscriber
) -> None:
    mallory = person(stack)
    answers = [
        mallory.call(
            "POST",
            "/orders",
            new_order(items=[{"product": "added-token", "credential": named}]),
            headers=idempotency_key(),
        )
        for named in (ada.credential, "crd_zzzzzzzzzzzzzzzzzzzz", None)
    ]
    problem = refused(answers[0], 422, "invalid_input")
    assert problem["fields"] == NOT_YOURS
    assert [one.json() for one in answers] == [problem] * 3
    assert mallory.expect(200, "GET", "/orders")["orders"] == []
