"""Binding a token to a credential by HTTP: D1, D2, S7, S29, S30, and an operator's reset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import requests

from local.client import Person, idempotency_key
from local.device import Device
from local.stack import Stack
from tests.support.running.credential_checks import (
    Assortment,
    how_often,
    live_row,
    next_code,
    operator,
    refused,
    session,
    shown,
    token_row,
    told,
    wrong_codes,
)
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Entitlement, Holder, Supply

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "TOTP SHA-1, 8 digits, 30 s": {},
    "TOTP SHA-1, 6 digits, 60 s": {"digits": 6, "period": 60},
    "TOTP SHA-256, 8 digits, 60 s": {"algorithm": "sha256", "period": 60},
    "TOTP SHA-512, 6 digits, 30 s": {"algorithm": "sha512", "digits": 6},
    "HOTP SHA-1, 6 digits": {"digits": 6, "period": None},
    "HOTP SHA-256, 8 digits": {"algorithm": "sha256", "period": None, "counter": 7},
    "HOTP SHA-512, 8 digits": {"algorithm": "sha512", "period": None},
}


@pytest.fixture(scope="module")
def assorted(stack: Stack) -> Assortment:
    """A token of each shape, and one more."""
    return Assortment(stack, *SHAPES.values(), {})


@pytest.fixture(scope="module")
def assortment(assorted: Assortment) -> dict[str, Holder]:
    """A holder of a token of each shape."""
    return {name: assorted.holder() for name in SHAPES}


@pytest.fixture(scope="module")
def foreign(assorted: Assortment, assortment: dict[str, Holder]) -> Device:
    """A free token, shipped for an order of another person."""
    return assorted.next().device


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Time-based tokens, and license keys for them."""
    return Supply(stack, 11)


@pytest.fixture
def beginner(stack: Stack, supply: Supply) -> tuple[Person, str, Entitlement]:
    """A person with an active credential, and the token that was shipped for it."""
    return begun(stack, supply)


def begun(stack: Stack, supply: Supply) -> tuple[Person, str, Entitlement]:
    someone, entitlement = person(stack), supply.next()
    credential = str(someone.redeem(entitlement.license_key)["id"])
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    return someone, credential, entitlement


def register(someone: Person, credential: str, serial: str, *codes: str) -> requests.Response:
    return someone.register(credential, serial, {"first_code": codes[0], "second_code": codes[1]})


@pytest.mark.parametrize("shape", SHAPES)
def test_d1_tokens_of_every_shape_are_registered_and_give_strength_2(
    stack: Stack, assortment: Mapping[str, Holder], shape: str
) -> None:
    holder = assortment[shape]
    device, seen = holder.device, shown(holder.person, holder.credential)
    kind = "hotp" if device.period is None else "totp"
    masked = f"…{device.serial[-4:]}"
    assert seen["token"] == {"serial": masked, "type": kind, "locked": False}
    assert seen["status"] == "active"
    code = next_code(stack, holder)
    shorter = refused(holder.person.elevate(code[:-1]), 422, "invalid_input")
    assert f"{device.digits} digits" in shorter["fields"]["code"]
    answer = holder.person.elevate(code)
    assert answer.status_code == 201, answer.text
    assert session(holder.person)["strength"] == 2


def test_d1_registration_is_told_audited_and_takes_the_token_off_the_shelf(
    stack: Stack, beginner: tuple[Person, str, Entitlement]
) -> None:
    someone, credential, entitlement = beginner
    device = entitlement.device
    typed = f" {device.serial.lower()} "
    pair = device.pair(ahead=-1)
    key = idempotency_key()
    body = {"serial": typed, **pair}
    answers = [
        someone.call("POST", f"/credentials/{credential}/token", body, headers=key)
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() == shown(someone, credential)

    subject = f"CREDENTIAL#{someone.token.split('.')[0]}#{credential}"
    row = token_row(stack, device)
    assert (row["state"], row["holder"]) == ("assigned", subject)
    assert [one["action"] for one in Rows(stack).entries(subject)] == [
        "credential.redeemed",
        "credential.activated",
        "token.registered",
    ]
    of_token = [one["action"] for one in Rows(stack).entries(f"TOKEN#{device.serial}")]
    assert of_token == ["token.shipped", "token.assigned"]
    [mail] = told(stack, someone, "Your token is registered")
    assert device.serial not in mail["text"] + mail["html"]
    assert f"…{device.serial[-4:]}" in mail["text"]
    # Both codes are spent (S7).
    refused(someone.elevate(pair["second_code"]), 403, "code_already_used")
    assert someone.elevate(pair["first_code"]).status_code == 403
    refused(
        register(someone, credential, device.serial, device.code(), device.code(1)),
        409,
        "token_registered",
    )


def test_d1_the_drift_that_was_found_is_kept(
    stack: Stack, beginner: tuple[Person, str, Entitlement]
) -> None:
    someone, credential, entitlement = beginner
    slow = entitlement.device
    slow.clock = lambda: stack.clock.now() - timedelta(seconds=15 * 30)
    first, second, after = (slow.at(slow.step + ahead) for ahead in range(-1, 2))
    answer = register(someone, credential, slow.serial, first, second)
    assert answer.status_code == 201, answer.text
    assert int(live_row(stack, someone)["drift_base"]) in {-15, -16}
    assert someone.elevate(after).status_code == 201


def test_d1_an_inactive_credential_takes_no_token_and_counts_nothing(
    stack: Stack, supply: Supply
) -> None:
    someone, entitlement = person(stack), supply.next()
    credential = someone.redeem(entitlement.license_key)["id"]
    device = entitlement.device
    for _ in range(6):
        answer = someone.register(credential, device.serial, device.pair(ahead=-1))
        refused(answer, 403, "credential_not_activated")
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    assert someone.register(credential, device.serial, device.pair()).status_code == 201


NO_CODES = {
    "seven digits": ("1234567", "1234567"),
    "nine digits": ("123456789", "123456789"),
    "a letter": ("1234567a", "12345678"),
    "full-width digits": ("".join(chr(0xFF10 + digit) for digit in range(1, 9)), "12345678"),
    "a dash inside": ("1234-5678", "12345678"),
    "a sign": ("+1234567", "-1234567"),
    "two lengths": ("123456", "12345678"),
    "nothing": ("", ""),
}


def test_d2_an_impossible_code_is_no_failure(
    stack: Stack, beginner: tuple[Person, str, Entitlement]
) -> None:
    someone, credential, entitlement = beginner
    device = entitlement.device
    for what, codes in NO_CODES.items():
        answer = register(someone, credential, device.serial, *codes)
        assert answer.json()["code"] == "invalid_input", what
    numbers = {"serial": device.serial, "first_code": 12345678, "second_code": 12345679}
    path = f"/credentials/{credential}/token"
    refused(someone.call("POST", path, numbers, headers=idempotency_key()), 422, "invalid_input")
    assert live_row(stack, someone)["tries"] == []
    assert someone.register(credential, device.serial, device.pair()).status_code == 201


def test_d2_s29_serials_that_one_may_not_have_are_told_alike_and_five_need_a_reset(
    stack: Stack, supply: Supply, foreign: Device
) -> None:
    someone, credential, entitlement = begun(stack, supply)
    assigned, mine = begun(stack, supply), entitlement.device
    theirs = assigned[2].device
    assert assigned[0].register(assigned[1], theirs.serial, theirs.pair(-1)).status_code == 201
    unshipped = supply.devices[-1]
    assert token_row(stack, foreign).get("state") is None
    unknown = Device("NONE-0000-0001", stack.clock.now)

    first = register(someone, credential, unknown.serial, unknown.code(-1), unknown.code())
    problem = refused(first, 422, "wrong_serial")
    for device in (foreign, theirs, unshipped):
        answer = register(someone, credential, device.serial, device.code(), device.code(1))
        assert (answer.status_code, answer.json()) == (422, problem)
    assert not shown(someone, credential)["reset_needed"]
    # The fifth is the last; the right serial and codes don't help any more.
    fifth = register(someone, credential, mine.serial, mine.code(1), mine.code(-1))
    assert refused(fifth, 403, "reset_needed")["support"]
    refused(someone.register(credential, mine.serial, mine.pair()), 403, "reset_needed")
    assert shown(someone, credential)["reset_needed"]
    told(stack, someone, "Too many failed tries with your token")
    assert token_row(stack, mine).get("state") is None

    done = operator(stack, "reset_token", someone)

    assert (done["credential"], done["status"], done["token"]) == (credential, "active", None)
    assert not shown(someone, credential)["reset_needed"]
    told(stack, someone, "Your token can be tried again")
    assert someone.register(credential, mine.serial, mine.pair()).status_code == 201
    told(stack, someone, "Your token is registered")
    assert how_often(stack, someone, "Too many failed tries with your token") == 1


def test_s7_only_two_consecutive_codes_in_order_register_and_others_count(
    stack: Stack, beginner: tuple[Person, str, Entitlement]
) -> None:
    someone, credential, entitlement = beginner
    device = entitlement.device
    [guess] = wrong_codes(device)
    wrong = {
        "one left out": (device.code(-1), device.code(1)),
        "reversed": (device.code(), device.code(-1)),
        "equal": (device.code(), device.code()),
        "the second guessed": (device.code(), guess),
    }
    for count, (what, codes) in enumerate(wrong.items(), start=1):
        answer = register(someone, credential, device.serial, *codes)
        assert answer.json()["code"] == "wrong_codes", what
        assert len(live_row(stack, someone)["tries"]) == count
    assert someone.register(credential, device.serial, device.pair()).status_code == 201
    assert live_row(stack, someone)["tries"] == [], "forgiven by the right ones"


def test_s7_codes_beyond_the_window_are_refused(
    stack: Stack, beginner: tuple[Person, str, Entitlement]
) -> None:
    someone, credential, entitlement = beginner
    device = entitlement.device
    for ahead in (-23, 24):
        answer = someone.register(credential, device.serial, device.pair(ahead))
        refused(answer, 422, "wrong_codes")
    assert someone.register(credential, device.serial, device.pair(18)).status_code == 201


def test_s30_two_credentials_of_an_order_share_no_token(stack: Stack, supply: Supply) -> None:
    """Either may have either token of the order, but not both the same."""
    (one, first, shipped), (other, second, _) = begun(stack, supply), begun(stack, supply)
    device = shipped.device
    assert other.register(second, device.serial, device.pair(-1)).status_code == 201
    refused(one.register(first, device.serial, device.pair(1)), 422, "wrong_serial")
    assert token_row(stack, device)["holder"].endswith(second)
