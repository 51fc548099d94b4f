"""A recovery that dies, or meets a reset or another new password (F3, S22, S46, S50)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyfob.errors import (
    Busy,
    IdentityUnavailable,
    NotAuthenticated,
    PasswordResetPending,
    WrongRecoveryCode,
)
from keyfob.messages.outbox import Kind, Message
from keyfob.sessions.password import PasswordCheck
from tests.support.builders import CLIENT
from tests.support.fakes import START, FakeClock, Meddler
from tests.support.house import PERMANENT, RECOVERED, House

TEMPORARY = "temporary-password"
RIGHT, MUST_CHANGE, WRONG = PasswordCheck.RIGHT, PasswordCheck.MUST_CHANGE, PasswordCheck.WRONG


class DiedError(BaseException):
    """The process ends here."""


def die(_operation: Any, _request: Any) -> Any:
    raise DiedError


def die_afterwards(operation: Any, request: Any) -> Any:
    operation(**request)
    raise DiedError


def go_on(operation: Any, request: Any) -> Any:
    return operation(**request)


def once(house: House, act: Callable[[], object]) -> None:
    """Do this when the password store is told next, just before it takes the new password."""

    def acting() -> None:
        house.passwords.before_answer = None
        act()

    house.passwords.before_answer = acting


def told(house: House) -> list[str]:
    return [str(one.kind) for one in house.shop.promises() if one.kind == Kind.PASSWORD_RECOVERED]


# A reset


def test_while_a_reset_is_pending_only_the_right_code_learns_of_it_and_stays_good_F3(
    house: House, clock: FakeClock
) -> None:
    code = house.code()
    promise = house.revoke()
    with pytest.raises(WrongRecoveryCode):
        house.recover("0000-0000")
    for _ in range(6):  # the right code is no guess
        with pytest.raises(PasswordResetPending):
            house.recover(code)
    assert (house.passwords.calls, house.seen.epoch) == ([], 2)
    assert house.reset.perform(house.claimed(promise))
    clock.advance(minutes=1)
    house.recover(code)
    assert house.check(RECOVERED) is RIGHT


def test_a_revocation_just_before_the_code_is_used_up_wins_F3(
    house: House, client: Meddler
) -> None:
    code = house.code()

    def revoked_first(operation: Any, request: Any) -> Any:
        house.revoke()
        return operation(**request)

    client.next("transact_write_items", revoked_first)
    with pytest.raises(PasswordResetPending):
        house.recover(code)
    assert house.passwords.calls == []
    assert house.seen.new_password_until is None


def test_a_recovery_under_way_is_waited_for_and_then_replaced_by_the_reset_F3(
    house: House, clock: FakeClock
) -> None:
    """Told before it arrives, the password store would keep what was chosen before."""
    code = house.code()
    promises: list[Message] = []

    def revoked_and_tried() -> None:
        promises.append(house.revoke())
        with pytest.raises(Busy):
            house.reset.perform(house.claimed(promises[0]))

    once(house, revoked_and_tried)
    with pytest.raises(PasswordResetPending):
        house.recover(code)
    assert house.passwords.calls == ["set_password"]
    assert told(house) == []
    clock.advance(seconds=60)
    assert house.reset.perform(house.claimed(promises[0]))
    assert house.check(RECOVERED) is WRONG
    assert house.check(house.mailed()[0]) is MUST_CHANGE


def test_a_recovery_that_has_arrived_holds_no_reset_up_F3(house: House) -> None:
    house.recover(house.code())
    promise = house.revoke()
    assert house.reset.perform(house.claimed(promise))
    assert house.check(RECOVERED) is WRONG


# Another new password


def test_a_recovery_waits_for_a_new_password_that_is_on_its_way_already_S22(
    house: House, clock: FakeClock
) -> None:
    """Or the one before could arrive after the one that was reported as set."""
    first = house.code()
    house.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        house.recover(first, "the phrase that may yet arrive")
    house.passwords.silent = False
    clock.advance(seconds=1)
    second = house.code()
    clock.advance(seconds=58)
    for _ in range(6):
        with pytest.raises(Busy):
            house.recover(second)
    assert house.passwords.calls == ["set_password"]
    clock.advance(seconds=1)
    house.recover(second)
    assert house.check(RECOVERED) is RIGHT


@pytest.mark.parametrize("arrived", [True, False])
def test_a_password_chosen_with_a_challenge_meanwhile_leaves_nobody_sure_and_says_so_S22(
    house: House, clock: FakeClock, *, arrived: bool
) -> None:
    """It may have reached the password store before ours or after it."""
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    code = house.code()

    def chosen_meanwhile() -> None:
        clock.advance(seconds=2)
        challenge = house.sign_in(TEMPORARY)
        if arrived:
            house.use.set_password(house.ada.id, challenge.session, "chosen meanwhile", CLIENT)
        else:
            house.use._spend(house.ada.id, challenge.session, CLIENT)

    once(house, chosen_meanwhile)
    with pytest.raises(Busy, match="Ask for a new code"):
        house.recover(code)
    assert dict(house.seen.live) == {}
    assert told(house) == ["password_recovered"]
    # Until the other one can't arrive any more.
    ends = START + timedelta(seconds=60 if arrived else 62)
    assert house.seen.new_password_until == ends


def test_a_sign_out_everywhere_meanwhile_does_not_leave_the_addresses_untold_A4(
    house: House,
) -> None:
    """Nor may it be taken for one: it raises the epoch like another new password."""
    code = house.code()
    once(house, lambda: house.use.sign_out_everywhere(house.ada.id, CLIENT))
    with pytest.raises(Busy, match="Ask for a new code"):
        house.recover(code)
    assert told(house) == ["password_recovered"]
    assert house.check(RECOVERED) is RIGHT


def test_a_write_just_before_the_last_commit_has_it_decided_again_S46(
    house: House, client: Meddler
) -> None:
    code = house.code()

    def began_first(operation: Any, request: Any) -> Any:
        house.sign_in(RECOVERED)
        house.use.sign_out_everywhere(house.ada.id, CLIENT)
        return operation(**request)

    client.next("transact_write_items", go_on, began_first)
    with pytest.raises(Busy):
        house.recover(code)
    assert told(house) == ["password_recovered"]
    assert house.seen.epoch == 4


# Silence and death


def test_a_silent_password_store_leaves_the_code_used_and_a_new_one_goes_on_S50(
    house: House, clock: FakeClock
) -> None:
    before = house.sign_in(PERMANENT)
    code = house.code()
    house.passwords.silent = True
    with pytest.raises(IdentityUnavailable, match="Ask for a new code"):
        house.recover(code)
    house.passwords.silent = False
    assert before.session.id not in house.seen.live
    with pytest.raises(WrongRecoveryCode):
        house.recover(code)
    assert house.check(PERMANENT) is RIGHT
    assert told(house) == []
    clock.advance(minutes=1)
    house.recover(house.code())
    assert house.check(RECOVERED) is RIGHT


def test_killed_before_the_first_commit_nothing_has_happened_S46(
    house: House, client: Meddler
) -> None:
    before, code = house.sign_in(PERMANENT), house.code()
    client.next("transact_write_items", die)
    with pytest.raises(DiedError):
        house.recover(code)
    assert before.session.id in house.seen.live
    assert house.passwords.calls == ["check"]
    house.recover(code)


def test_killed_after_the_first_commit_the_old_password_counts_and_a_new_code_goes_on_S46(
    house: House, client: Meddler, clock: FakeClock
) -> None:
    code = house.code()
    client.next("transact_write_items", die_afterwards)
    with pytest.raises(DiedError):
        house.recover(code)
    assert house.check(PERMANENT) is RIGHT
    with pytest.raises(WrongRecoveryCode):
        house.recover(code)
    assert [entry.pk for entry in house.entries("password.recovery_begun")]
    clock.advance(minutes=1)
    house.recover(house.code())
    assert house.check(RECOVERED) is RIGHT


def test_killed_before_the_last_commit_the_new_password_counts_S46(
    house: House, client: Meddler
) -> None:
    code = house.code()
    client.next("transact_write_items", go_on, die)
    with pytest.raises(DiedError):
        house.recover(code)
    assert house.sign_in(RECOVERED).session.strength == 1
    assert told(house) == []
    assert house.seen.new_password_until
    assert house.entries("password.recovered") == []


def test_killed_after_the_last_commit_all_has_happened_S46(house: House, client: Meddler) -> None:
    code = house.code()
    client.next("transact_write_items", go_on, die_afterwards)
    with pytest.raises(DiedError):
        house.recover(code)
    assert house.sign_in(RECOVERED).session.strength == 1
    assert told(house) == ["password_recovered"]
    assert house.seen.new_password_until is None


def test_a_challenge_from_before_the_recovery_sets_no_password_S22(house: House) -> None:
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    challenge = house.sign_in(TEMPORARY)
    house.recover(house.code())
    with pytest.raises(NotAuthenticated):
        house.use.set_password(house.ada.id, challenge.session, PERMANENT, CLIENT)
    assert house.check(RECOVERED) is RIGHT
