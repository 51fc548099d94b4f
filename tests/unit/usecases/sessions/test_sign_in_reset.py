"""No sign-in succeeds while a password is being reset, or just before or after (S22)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.domain.errors import Busy
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.errors import NotAuthenticated, PasswordResetPending, WrongCredentials
from keyfob.domain.sessions.password import PasswordCheck
from tests.support.account_world import PERMANENT, AccountWorld
from tests.support.builders import CLIENT
from tests.support.fakes import (
    FakeClock,
    Meddler,
)

TEMPORARY = "temporary-password"
MUST_CHANGE, WRONG = PasswordCheck.MUST_CHANGE, PasswordCheck.WRONG


def test_a_right_password_is_refused_while_the_reset_is_pending_S22(
    account_world: AccountWorld,
) -> None:
    account_world.revoke()
    for _ in range(11):  # a right password is no guess
        with pytest.raises(PasswordResetPending):
            account_world.sign_in(PERMANENT)
    assert dict(account_world.seen.live) == {}


def test_a_wrong_password_says_nothing_of_a_pending_reset_S25(account_world: AccountWorld) -> None:
    account_world.revoke()
    with pytest.raises(WrongCredentials):
        account_world.sign_in("not the password")


def test_a_temporary_password_that_was_never_mailed_opens_nothing_S22(
    account_world: AccountWorld,
) -> None:
    account_world.revoke()
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    with pytest.raises(PasswordResetPending):
        account_world.sign_in(TEMPORARY)
    assert dict(account_world.seen.live) == {}


def test_a_sign_in_that_began_before_the_revocation_does_not_survive_it_S22(
    account_world: AccountWorld,
) -> None:
    def revoked_first() -> None:
        account_world.revoke()

    account_world.passwords.before_answer = revoked_first
    with pytest.raises(PasswordResetPending):
        account_world.sign_in(PERMANENT)
    assert dict(account_world.seen.live) == {}


def test_a_revocation_just_before_the_session_is_written_wins_S22(
    account_world: AccountWorld, client: Meddler
) -> None:
    def revoked_first(operation: Any, request: Any) -> Any:
        account_world.revoke()
        return operation(**request)

    client.next("transact_write_items", revoked_first)
    with pytest.raises(PasswordResetPending):
        account_world.sign_in(PERMANENT)
    assert dict(account_world.seen.live) == {}


@pytest.mark.parametrize("earlier", [True, False])
def test_a_sign_in_with_the_old_password_is_refused_after_the_reset_was_done_S22(
    account_world: AccountWorld, *, earlier: bool
) -> None:
    """It began before the revocation, or while the reset was pending."""
    message = None if earlier else account_world.revoke()

    def done_meanwhile() -> None:
        account_world.passwords.before_answer = None
        account_world.reset.perform(account_world.leased(message or account_world.revoke()))
        # The password store answered "right" before the reset.
        account_world.passwords.set_password(account_world.ada.id, PERMANENT)

    account_world.passwords.before_answer = done_meanwhile
    with pytest.raises(NotAuthenticated, match="just ended"):
        account_world.sign_in(PERMANENT)
    assert dict(account_world.seen.live) == {}


def test_a_challenge_from_before_the_revocation_sets_no_password_S22(
    account_world: AccountWorld,
) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    challenge = account_world.sign_in(TEMPORARY)
    account_world.revoke()
    account_world.passwords.calls.clear()
    with pytest.raises(NotAuthenticated):
        account_world.use.set_password(account_world.ada.id, challenge.session, PERMANENT, CLIENT)
    assert "set_password" not in account_world.passwords.calls
    assert dict(account_world.seen.live) == {}


def test_a_new_password_under_way_begins_no_session_after_a_revocation_S22(
    account_world: AccountWorld,
) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    challenge = account_world.sign_in(TEMPORARY)
    account_world.passwords.before_answer = lambda: _once_told(account_world, account_world.revoke)
    with pytest.raises(NotAuthenticated):
        account_world.use.set_password(account_world.ada.id, challenge.session, PERMANENT, CLIENT)
    assert dict(account_world.seen.live) == {}
    assert account_world.seen.pending_reset


def test_a_reset_waits_for_a_new_password_under_way_and_then_replaces_it_F3(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    """If the reset were set first, the chosen password would then replace it."""
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    challenge = account_world.sign_in(TEMPORARY)
    queued: list[Message] = []

    def revoked_and_tried() -> None:
        queued.append(account_world.revoke())
        with pytest.raises(Busy):
            account_world.reset.perform(account_world.leased(queued[0]))

    account_world.passwords.before_answer = lambda: _once_told(account_world, revoked_and_tried)
    with pytest.raises(NotAuthenticated):
        account_world.use.set_password(account_world.ada.id, challenge.session, PERMANENT, CLIENT)
    assert "set_temporary" not in account_world.passwords.calls[1:]
    clock.advance(seconds=60)
    assert account_world.reset.perform(account_world.leased(queued[0]))
    assert account_world.check(PERMANENT) is WRONG
    assert account_world.check(account_world.mailed()[0]) is MUST_CHANGE


def test_a_new_password_that_has_arrived_holds_no_reset_up_F3(account_world: AccountWorld) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    challenge = account_world.sign_in(TEMPORARY)
    account_world.use.set_password(account_world.ada.id, challenge.session, PERMANENT, CLIENT)
    assert account_world.seen.new_password_until is None
    assert account_world.reset.perform(account_world.leased(account_world.revoke()))


def test_an_arrived_password_says_nothing_of_another_still_on_its_way_F3(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    account_world.passwords.set_temporary(account_world.ada.id, TEMPORARY)
    slow = account_world.sign_in(TEMPORARY)
    until: list[Any] = []

    def another_is_faster() -> None:
        until.append(account_world.seen.new_password_until)
        clock.advance(seconds=1)
        quick = account_world.sign_in(TEMPORARY)
        account_world.use.set_password(account_world.ada.id, quick.session, PERMANENT, CLIENT)

    account_world.passwords.before_answer = lambda: _once_told(account_world, another_is_faster)
    with pytest.raises(NotAuthenticated):
        account_world.use.set_password(
            account_world.ada.id, slow.session, "another long password", CLIENT
        )
    assert [account_world.seen.new_password_until] == until
    with pytest.raises(Busy):
        account_world.reset.perform(account_world.leased(account_world.revoke()))


def _once_told(account_world: AccountWorld, act: Callable[[], object]) -> None:
    if account_world.passwords.calls[-1] == "set_password":
        account_world.passwords.before_answer = None
        act()
