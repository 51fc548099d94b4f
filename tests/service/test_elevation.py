"""From strength 1 to strength 2 by a code of the token: E1, E2, E3, S2, S5, S8, S9, S20, S21."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.client import Person
from local.device import Device
from local.stack import Stack
from tests.support.running.credential_checks import (
    expire,
    how_often,
    live_row,
    refused,
    resynchronize,
    session,
    shown,
    told,
    wrong_codes,
)
from tests.support.running.people import PERMANENT, TEMPORARY, person, unsigned
from tests.support.running.stack_holders import Holder, Supply


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Event-based tokens: their codes don't depend on when a test runs."""
    return Supply(stack, 16, period=None)


@pytest.fixture
def owner(supply: Supply) -> Holder:
    """A holder with a registered token, signed in by password."""
    return supply.holder()


def failures(stack: Stack, owner: Holder) -> int:
    return len(live_row(stack, owner.person)["failed"])


def test_e1_e2_s21_a_code_elevates_the_session_and_replaces_its_token(
    stack: Stack, owner: Holder
) -> None:
    someone, before = owner.person, owner.person.token
    masked = f"…{owner.device.serial[-4:]}"
    offered = [
        {"method": "token", "label": masked, "obstacle": None, "phone": None, "number": None}
    ]
    weak = session(someone)
    assert (weak["strength"], weak["authenticator"]) == (1, "password")
    assert (weak["elevated_until"], weak["elevation"]) == (None, offered)
    assert weak["credential"] is None

    answer = someone.elevate(owner.device.press())

    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    assert (made["status"], made["strength"], made["authenticator"]) == ("signed_in", 2, "token")
    strong = session(someone)
    assert (strong["strength"], strong["authenticator"]) == (2, "token")
    assert strong["credential"] == owner.credential
    assert strong["elevated_until"] == made["elevated_until"]
    assert strong["expires_at"] == made["expires_at"] == weak["expires_at"]
    until, now = datetime.fromisoformat(made["elevated_until"]), stack.clock.now()
    assert now < until <= min(now + timedelta(hours=12), datetime.fromisoformat(made["expires_at"]))
    # It is the same session under another secret.
    assert [one.split(".")[:2] for one in (before, someone.token)] == [before.split(".")[:2]] * 2
    old = Person(someone.url, someone.user_id, before, someone.headers)
    refused(old.call("GET", "/session"), 401, "not_authenticated")
    refused(old.elevate(owner.device.press()), 401, "not_authenticated")
    assert session(someone)["strength"] == 2, "whoever kept the old token ends nothing"


def test_e2_another_session_stays_as_it_is(owner: Holder) -> None:
    other = owner.another_session()
    assert owner.person.elevate(owner.device.press()).status_code == 201
    assert (session(other)["strength"], session(owner.person)["strength"]) == (1, 2)
    assert other.elevate(owner.device.press()).status_code == 201
    assert session(owner.person)["strength"] == 2


def test_e1_the_ways_to_elevate_are_offered_once_the_password_was_right(owner: Holder) -> None:
    someone = Person(owner.person.url, owner.person.user_id, headers=owner.person.headers)
    signed_in = someone.sign_in(PERMANENT)
    assert [one["method"] for one in signed_in["elevation"]] == ["token"]
    assert signed_in["strength"] == 1
    wrong = {"user_id": someone.user_id, "password": "not the password at all"}
    assert "elevation" not in someone.call("POST", "/session", wrong).json()


def test_e3_s2_a_code_works_once_and_its_copies_are_no_failures(
    stack: Stack, owner: Holder
) -> None:
    earlier, code = owner.device.press(), owner.device.press()
    assert owner.person.elevate(code).status_code == 201
    someone = owner.another_session()
    for _ in range(6):
        refused(someone.elevate(code), 403, "code_already_used")
    assert failures(stack, owner) == 0
    # All earlier codes died with it; for an event-based token they look like guesses.
    refused(someone.elevate(earlier), 403, "wrong_code")
    assert failures(stack, owner) == 1
    assert session(someone)["strength"] == 1
    assert someone.elevate(owner.device.press()).status_code == 201


def test_e3_s2_five_wrong_codes_lock_and_the_right_one_is_refused_unspent(
    stack: Stack, owner: Holder
) -> None:
    elevated, someone = owner.person, owner.another_session()
    assert elevated.elevate(owner.device.press()).status_code == 201
    spent = live_row(stack, someone)["last"]
    for code in wrong_codes(owner.device, 4):
        refused(someone.elevate(code), 403, "wrong_code")
    assert shown(someone, owner.credential)["status"] == "active"
    assert session(elevated)["strength"] == 2

    refused(someone.elevate(wrong_codes(owner.device, 5)[-1]), 403, "token_locked")

    first, second = owner.device.press(), owner.device.press()
    refused(someone.elevate(first), 403, "token_locked")
    seen = shown(someone, owner.credential)
    assert (seen["status"], seen["token"]["locked"]) == ("locked", True)
    assert session(elevated)["strength"] == 1, "what the token gave is gone"
    [way] = owner.another_session().sign_in(PERMANENT)["elevation"]
    assert way["obstacle"] == "token_locked"
    [mail] = told(stack, someone, "Your token is locked")
    assert "resynchronize" in mail["text"]
    assert how_often(stack, someone, "Your token is locked") == 1
    assert live_row(stack, someone)["last"] == spent
    assert resynchronize(someone, owner.credential, [first, second]).status_code == 200


def test_e3_a_right_code_forgives_the_wrong_ones_before_it(owner: Holder) -> None:
    for _ in range(2):
        for code in wrong_codes(owner.device, 4):
            refused(owner.person.elevate(code), 403, "wrong_code")
        assert owner.person.elevate(owner.device.press()).status_code == 201


def test_s5_a_right_password_forgives_no_wrong_code(stack: Stack, owner: Holder) -> None:
    codes = wrong_codes(owner.device, 5)
    for code in codes[:4]:
        refused(owner.another_session().elevate(code), 403, "wrong_code")
    owner.person.sign_in(PERMANENT)
    assert failures(stack, owner) == 4
    refused(owner.person.elevate(codes[4]), 403, "token_locked")


@pytest.mark.parametrize("ahead", [9, 10])
def test_s6_an_event_based_token_is_found_ten_counts_ahead_and_no_further(
    owner: Holder, ahead: int
) -> None:
    owner.device.counter += ahead
    answer = owner.person.elevate(owner.device.press())
    assert answer.status_code == (201 if ahead == 9 else 403)


def test_s9_without_the_password_nobody_counts_failures(
    stack: Stack, owner: Holder, holder: Person
) -> None:
    someone = owner.person
    account, session_id, _ = someone.token.split(".")
    ended = owner.another_session()
    ended.expect(204, "DELETE", "/session")
    tokens = ["", ended.token, f"{account}.{session_id}.{holder.token.split('.')[2]}"]
    for token in tokens:
        stranger = Person(someone.url, someone.user_id, token, someone.headers)
        for code in (*wrong_codes(owner.device, 2), "nonsense"):
            refused(stranger.elevate(code), 401, "not_authenticated")
    # The holder of this session has no token.
    refused(holder.elevate(wrong_codes(owner.device)[0]), 403, "no_token")
    assert failures(stack, owner) == 0
    assert someone.elevate(owner.device.press()).status_code == 201


def test_s9_a_challenge_is_no_session(stack: Stack) -> None:
    new = unsigned(stack)
    new.sign_in(TEMPORARY)
    refused(new.elevate("12345678"), 401, "not_authenticated")


NO_CODES: tuple[Any, ...] = (
    "1234567",
    "123456789",
    "123456",
    "",
    "1234567a",
    " 1234567",
    "".join(chr(0xFF10 + digit) for digit in range(1, 9)),
    12345678,
    12345678.0,
    None,
    ["12345678"],
)


def test_s1_s49_an_impossible_code_is_refused_and_counts_nothing(
    stack: Stack, owner: Holder
) -> None:
    someone = owner.person
    for code in NO_CODES:
        body = {"method": "token", "code": code}
        refused(someone.call("POST", "/session/elevation", body), 422, "invalid_input")
    code = owner.device.press()
    for body in (
        {"method": "mail", "code": code},
        {"code": code},
        {"method": "token"},
        {},
        {"method": "token", "code": code, "strength": 3},
    ):
        refused(someone.call("POST", "/session/elevation", body), 422, "invalid_input")
    assert failures(stack, owner) == 0
    assert someone.elevate(code).status_code == 201, "nothing of it spent the code"


def test_s20_a_strength_of_ones_own_making_counts_for_nothing(owner: Holder) -> None:
    headers = {"X-Strength": "3", "X-Elevated": "true"}
    answer = owner.person.call("GET", "/session", headers=headers).json()
    assert (answer["strength"], answer["elevated_until"]) == (1, None)


def suspended(stack: Stack, owner: Holder) -> Callable[[], Any]:
    path = f"/credentials/{owner.credential}/suspension"
    owner.person.expect(200, "POST", path)
    return lambda: owner.person.expect(200, "DELETE", path)


def expired(stack: Stack, owner: Holder) -> Callable[[], Any]:
    before = datetime.fromisoformat(shown(owner.person, owner.credential)["expires_at"])
    expire(stack, owner.person, stack.clock.now() - timedelta(seconds=1))
    return lambda: expire(stack, owner.person, before)


@pytest.mark.parametrize("end", [suspended, expired])
def test_s8_a_suspended_or_expired_credential_spends_no_right_code_and_counts_no_wrong_one(
    stack: Stack, owner: Holder, end: Callable[[Stack, Holder], Callable[[], Any]]
) -> None:
    someone, code = owner.person, owner.device.press()
    elevated = owner.another_session()
    assert elevated.elevate(owner.device.press()).status_code == 201
    code = owner.device.press()
    before = live_row(stack, someone)

    undo = end(stack, owner)

    expected = f"credential_{end.__name__}"
    for tried in (code, *wrong_codes(owner.device, 5), code):
        refused(someone.elevate(tried), 403, expected)
    assert shown(someone, owner.credential)["status"] == end.__name__
    [way] = session(someone)["elevation"]
    assert way["obstacle"] == expected
    assert session(elevated)["strength"] == 1
    after = live_row(stack, someone)
    assert [after[one] for one in ("last", "failed")] == [before[one] for one in ("last", "failed")]
    undo()
    assert someone.elevate(code).status_code == 201


def test_s8_a_credential_that_is_not_activated_or_has_no_token_takes_no_code(
    supply: Supply, stack: Stack
) -> None:
    someone, entitlement = person(stack), supply.next()
    device: Device = entitlement.device
    refused(someone.elevate(device.press()), 403, "no_token")
    credential = someone.redeem(entitlement.license_key)["id"]
    refused(someone.elevate(device.press()), 403, "credential_not_activated")
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    refused(someone.elevate(device.press()), 403, "no_token")
    assert session(someone)["elevation"] == []
