"""Resynchronizing a locked or drifted token by two codes: F2, S7, and cases for a reset only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.client import Person
from local.stack import Stack
from tests.support.running.credential_checks import (
    expire,
    how_often,
    live_row,
    operator,
    refused,
    resynchronize,
    session,
    shown,
    told,
    wrong_codes,
)
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

BLOCKED = "Too many failed tries with your token"


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Event-based tokens."""
    return Supply(stack, 5, period=None)


@pytest.fixture(scope="module")
def clocks(stack: Stack) -> Supply:
    """Time-based tokens."""
    return Supply(stack, 4)


def lock(owner: Holder) -> None:
    for code in wrong_codes(owner.device, 5):
        owner.person.elevate(code)
    assert shown(owner.person, owner.credential)["status"] == "locked"


def test_f2_a_locked_token_is_unlocked_by_two_codes_and_nothing_else(
    stack: Stack, supply: Supply
) -> None:
    owner = supply.holder()
    someone, device = owner.person, owner.device
    lock(owner)
    first, second = device.press(), device.press()

    answer = resynchronize(someone, owner.credential, [first, second])

    assert answer.status_code == 200, answer.text
    assert answer.json() == shown(someone, owner.credential)
    assert (answer.json()["status"], answer.json()["token"]["locked"]) == ("active", False)
    assert session(someone)["strength"] == 1, "finding the token again signs nobody in"
    told(stack, someone, "Your token is locked", "Your token was resynchronized")
    account = someone.token.split(".")[0]
    entries = Rows(stack).entries(f"CREDENTIAL#{account}#{owner.credential}")
    assert [one["action"] for one in entries[-2:]] == ["token.locked", "token.resynchronized"]
    # Both are spent, and the very next one is accepted.
    for code in (first, second):
        assert someone.elevate(code).status_code == 403
    assert someone.elevate(device.press()).status_code == 201


def test_f2_s7_a_used_first_code_is_refused_and_the_code_after_the_two_is_accepted(
    stack: Stack, clocks: Supply
) -> None:
    owner = clocks.holder()
    someone, device = owner.person, owner.device
    spent = int(live_row(stack, someone)["last"])
    used, following, last, after = (device.at(spent + ahead) for ahead in range(1, 5))
    assert someone.elevate(used).status_code == 201
    lock(owner)

    refused(resynchronize(someone, owner.credential, [used, following]), 422, "wrong_codes")
    assert len(live_row(stack, someone)["tries"]) == 1
    assert shown(someone, owner.credential)["status"] == "locked"

    assert resynchronize(someone, owner.credential, [following, last]).status_code == 200
    refused(someone.elevate(last), 403, "code_already_used")
    for code in (used, following):
        assert someone.elevate(code).status_code == 403
    assert someone.elevate(after).status_code == 201


def test_f2_a_token_that_drifted_by_minutes_is_found_and_followed(
    stack: Stack, clocks: Supply
) -> None:
    owner = clocks.holder()
    device = owner.device
    device.clock = lambda: stack.clock.now() + timedelta(minutes=9)
    refused(owner.person.elevate(device.code()), 403, "wrong_code")
    first, second, after = (device.at(device.step + ahead) for ahead in range(3))
    assert resynchronize(owner.person, owner.credential, [first, second]).status_code == 200
    assert owner.person.elevate(after).status_code == 201
    assert live_row(stack, owner.person)["failed"] == []


def test_f2_a_token_that_was_pressed_hundreds_of_times_is_found(supply: Supply) -> None:
    owner = supply.holder()
    owner.device.counter += 900
    refused(owner.person.elevate(owner.device.press()), 403, "wrong_code")
    codes = [owner.device.press(), owner.device.press()]
    assert resynchronize(owner.person, owner.credential, codes).status_code == 200
    assert owner.person.elevate(owner.device.press()).status_code == 201


def test_f2_s7_other_pairs_are_refused_the_fifth_needs_an_operators_reset(
    stack: Stack, supply: Supply
) -> None:
    owner = supply.holder()
    someone, device = owner.person, owner.device
    lock(owner)
    one, two, three = device.press(), device.press(), device.press()
    [guess] = wrong_codes(device)
    wrong = [[one, three], [two, one], [one, one], [guess, two]]
    for codes in wrong:
        refused(resynchronize(someone, owner.credential, codes), 422, "wrong_codes")
    assert not shown(someone, owner.credential)["reset_needed"]
    blocked = refused(resynchronize(someone, owner.credential, [one, guess]), 403, "reset_needed")
    assert blocked["support"]
    # The right codes don't help any more, and are not spent.
    refused(resynchronize(someone, owner.credential, [one, two]), 403, "reset_needed")
    seen = shown(someone, owner.credential)
    assert (seen["reset_needed"], seen["status"]) == (True, "locked")

    answer = operator(stack, "reset_token", someone)

    assert (answer["status"], answer["token"]) == ("locked", device.serial), "still to be proved"
    refused(someone.elevate(two), 403, "token_locked")
    assert resynchronize(someone, owner.credential, [one, two]).status_code == 200
    assert someone.elevate(three).status_code == 201
    told(
        stack,
        someone,
        BLOCKED,
        "Your token can be tried again",
        "Your token was resynchronized",
    )
    assert how_often(stack, someone, BLOCKED) == 1


def test_f2_beyond_the_wide_window_only_a_reset_finds_a_token(stack: Stack, clocks: Supply) -> None:
    owner = clocks.holder()
    someone, device = owner.person, owner.device
    device.clock = lambda: stack.clock.now() + timedelta(days=3)

    pair = [device.code(), device.code(1)]
    refused(resynchronize(someone, owner.credential, pair), 422, "wrong_codes")
    operator(stack, "reset_token", someone)
    assert resynchronize(someone, owner.credential, pair).status_code == 200
    # Only once: the next time the window is as before.
    device.clock = lambda: stack.clock.now() + timedelta(days=6)
    pair = [device.code(), device.code(1)]
    refused(resynchronize(someone, owner.credential, pair), 422, "wrong_codes")


def test_f2_a_credential_out_of_use_or_without_a_token_is_not_resynchronized(
    stack: Stack, supply: Supply
) -> None:
    owner = supply.holder()
    someone, device = owner.person, owner.device
    codes = [device.press(), device.press()]
    path = f"/credentials/{owner.credential}"
    someone.expect(200, "POST", f"{path}/suspension")
    refused(resynchronize(someone, owner.credential, codes), 403, "credential_suspended")
    someone.expect(200, "DELETE", f"{path}/suspension")
    someone.expect(200, "POST", f"{path}/token/revocation")
    refused(resynchronize(someone, owner.credential, codes), 403, "no_token")
    expire(stack, someone, stack.clock.now())
    refused(resynchronize(someone, owner.credential, codes), 403, "credential_expired")
    assert live_row(stack, someone)["tries"] == []


def test_f2_an_operator_can_only_reset_what_is_there(stack: Stack) -> None:
    stranger: Person = person(stack)
    for someone in (stranger, Person(stranger.url, "nobody-of-this-name")):
        answer = operator(stack, "reset_token", someone)
        assert answer["error"] == "not_found"
        assert "user id" in answer["detail"]
