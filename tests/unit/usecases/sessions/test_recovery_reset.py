"""A recovery that dies or races with a reset or another new password (F3, S22, S46, S50)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import Busy
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    NotAuthenticated,
    PasswordResetPending,
    WrongRecoveryCode,
)
from keyfob.domain.sessions.password import PasswordCheck
from tests.support.account_world import PERMANENT, RECOVERED, AccountWorld
from tests.support.builders import CLIENT
from tests.support.fakes import START, FakeClock, Meddler

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


def once(account_world: AccountWorld, act: Callable[[], object]) -> None:
    """Does this in the next call of the password store, before it takes the new password."""

    def acting() -> None:
        account_world.passwords.before_answer = None
        act()

    account_world.passwords.before_answer = acting


def told(account_world: AccountWorld) -> list[str]:
    return [
        str(one.kind)
        for one in account_world.orders.queued()
        if one.kind == Kind.PASSWORD_RECOVERED
    ]


# A reset


def test_only_the_right_code_reveals_a_pending_reset_and_stays_good_F3(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    code = account_world.code()
    message = account_world.revoke()
    with pytest.raises(WrongRecoveryCode):
        account_world.recover("00000-00000-00000")
    for _ in range(6):  # the right code is no guess
        with pytest.raises(PasswordResetPending):
            account_world.recover(code)
    assert (account_world.passwords.calls, account_world.seen.epoch) == ([], 2)
    assert account_world.reset.perform(account_world.leased(message))
    clock.advance(minutes=1)
    account_world.recover(code)
    assert account_world.check(RECOVERED) is RIGHT


def test_a_revocation_just_before_the_code_is_used_up_wins_F3(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()

    def revoked_first(operation: Any, request: Any) -> Any:
        account_world.revoke()
        return operation(**request)

    client.next("transact_write_items", revoked_first)
    with pytest.raises(PasswordResetPending):
        account_world.recover(code)
    assert account_world.passwords.calls == []
    assert account_world.seen.new_password_until is None


def test_a_reset_waits_for_a_recovery_under_way_and_then_replaces_it_F3(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    """If the reset were set first, the recovery's password would then replace it."""
    code = account_world.code()
    queued: list[Message] = []

    def revoked_and_tried() -> None:
        queued.append(account_world.revoke())
        with pytest.raises(Busy):
            account_world.reset.perform(account_world.leased(queued[0]))

    once(account_world, revoked_and_tried)
    with pytest.raises(PasswordResetPending):
        account_world.recover(code)
    assert account_world.passwords.calls == ["set_password"]
    assert told(account_world) == []
    clock.advance(seconds=60)
    assert account_world.reset.perform(account_world.leased(queued[0]))
    assert account_world.check(RECOVERED) is WRONG
    assert account_world.check(account_world.mailed()[0]) is MUST_CHANGE


def test_a_recovery_that_has_arrived_holds_no_reset_up_F3(account_world: AccountWorld) -> None:
    account_world.recover(account_world.code())
    message = account_world.revoke()
    assert account_world.reset.perform(account_world.leased(message))
    assert account_world.check(RECOVERED) is WRONG


# Another new password


def test_a_recovery_waits_for_a_new_password_that_is_on_its_way_already_S22(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    """Otherwise the earlier password could arrive after the one that was reported as set."""
    first = account_world.code()
    account_world.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        account_world.recover(first, "the phrase that may yet arrive")
    account_world.passwords.silent = False
    clock.advance(seconds=1)
    second = account_world.code()
    clock.advance(seconds=58)
    for _ in range(6):
        with pytest.raises(Busy):
            account_world.recover(second)
    assert account_world.passwords.calls == ["set_password"]
    clock.advance(seconds=1)
    account_world.recover(second)
    assert account_world.check(RECOVERED) is RIGHT


@pytest.mark.parametrize("arrived", [True, False])
def test_a_password_chosen_with_a_challenge_meanwhile_leaves_the_outcome_unsure_S22(
    account_world: AccountWorld, clock: FakeClock, *, arrived: bool
) -> None:
    """It may have reached the password store before ours or after it."""
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    code = account_world.code()

    def chosen_meanwhile() -> None:
        clock.advance(seconds=2)
        challenge = account_world.sign_in(TEMPORARY)
        if arrived:
            account_world.use.set_password(
                account_world.ada.id, challenge.session, "a phrase chosen meanwhile", CLIENT
            )
        else:
            account_world.use._spend(account_world.ada.id, challenge.session, CLIENT)

    once(account_world, chosen_meanwhile)
    with pytest.raises(Busy, match="Ask for a new code"):
        account_world.recover(code)
    assert dict(account_world.seen.live) == {}
    assert told(account_world) == ["password_recovered"]
    # The lease ends when the other password can't arrive any more.
    ends = START + timedelta(seconds=60 if arrived else 62)
    assert account_world.seen.new_password_until == ends


def test_a_sign_out_everywhere_meanwhile_still_notifies_the_addresses_A4(
    account_world: AccountWorld,
) -> None:
    """It isn't another new password, although it raises the epoch likewise."""
    code = account_world.code()
    once(account_world, account_world.sign_out_everywhere)
    with pytest.raises(Busy, match="Ask for a new code"):
        account_world.recover(code)
    assert told(account_world) == ["password_recovered"]
    assert account_world.check(RECOVERED) is RIGHT


def test_a_write_just_before_the_last_commit_has_it_decided_again_S46(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()

    def began_first(operation: Any, request: Any) -> Any:
        account_world.sign_in(RECOVERED)
        account_world.sign_out_everywhere()
        return operation(**request)

    client.next("transact_write_items", go_on, began_first)
    with pytest.raises(Busy):
        account_world.recover(code)
    assert told(account_world) == ["password_recovered"]
    assert account_world.seen.epoch == 4


# Silence and death


def test_a_silent_password_store_leaves_the_code_used_and_a_new_one_goes_on_S50(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    before = account_world.sign_in(PERMANENT)
    code = account_world.code()
    account_world.passwords.silent = True
    with pytest.raises(IdentityUnavailable, match="Ask for a new code"):
        account_world.recover(code)
    account_world.passwords.silent = False
    assert before.session.id not in account_world.seen.live
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert account_world.check(PERMANENT) is RIGHT
    assert told(account_world) == []
    clock.advance(minutes=1)
    account_world.recover(account_world.code())
    assert account_world.check(RECOVERED) is RIGHT


def test_a_recovery_killed_before_the_first_commit_changes_nothing_S46(
    account_world: AccountWorld, client: Meddler
) -> None:
    before, code = account_world.sign_in(PERMANENT), account_world.code()
    client.next("transact_write_items", die)
    with pytest.raises(DiedError):
        account_world.recover(code)
    assert before.session.id in account_world.seen.live
    assert account_world.passwords.calls == ["check"]
    account_world.recover(code)


def test_a_recovery_killed_after_the_first_commit_keeps_the_old_password_S46(
    account_world: AccountWorld, client: Meddler, clock: FakeClock
) -> None:
    code = account_world.code()
    client.next("transact_write_items", die_afterwards)
    with pytest.raises(DiedError):
        account_world.recover(code)
    assert account_world.check(PERMANENT) is RIGHT
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert [entry.pk for entry in account_world.entries("password.recovery_begun")]
    clock.advance(minutes=1)
    account_world.recover(account_world.code())
    assert account_world.check(RECOVERED) is RIGHT


def test_a_recovery_killed_before_the_last_commit_sets_the_new_password_S46(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()
    client.next("transact_write_items", go_on, die)
    with pytest.raises(DiedError):
        account_world.recover(code)
    assert account_world.sign_in(RECOVERED).session.strength == 1
    assert told(account_world) == []
    assert account_world.seen.new_password_until
    assert account_world.entries("password.recovered") == []


def test_a_recovery_killed_after_the_last_commit_is_complete_S46(
    account_world: AccountWorld, client: Meddler
) -> None:
    code = account_world.code()
    client.next("transact_write_items", go_on, die_afterwards)
    with pytest.raises(DiedError):
        account_world.recover(code)
    assert account_world.sign_in(RECOVERED).session.strength == 1
    assert told(account_world) == ["password_recovered"]
    assert account_world.seen.new_password_until is None


def test_a_challenge_from_before_the_recovery_sets_no_password_S22(
    account_world: AccountWorld,
) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    challenge = account_world.sign_in(TEMPORARY)
    account_world.recover(account_world.code())
    with pytest.raises(NotAuthenticated):
        account_world.use.set_password(account_world.ada.id, challenge.session, PERMANENT, CLIENT)
    assert account_world.check(RECOVERED) is RIGHT
