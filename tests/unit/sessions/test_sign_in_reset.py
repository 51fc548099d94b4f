"""Nobody signs in while a password is being reset, or slips through before or after (S22)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keyfob.errors import (
    Busy,
    NotAuthenticated,
    PasswordResetPending,
    WrongCredentials,
)
from keyfob.messages.outbox import Message
from keyfob.sessions.password import PasswordCheck
from tests.support.builders import CLIENT
from tests.support.fakes import (
    FakeClock,
    Meddler,
)
from tests.support.house import PERMANENT, House

TEMPORARY = "temporary-password"
MUST_CHANGE, WRONG = PasswordCheck.MUST_CHANGE, PasswordCheck.WRONG


def test_a_right_password_is_refused_while_the_reset_is_pending_S22(house: House) -> None:
    house.revoke()
    for _ in range(11):  # a right password is no guess
        with pytest.raises(PasswordResetPending):
            house.sign_in(PERMANENT)
    assert dict(house.seen.live) == {}


def test_a_wrong_password_says_nothing_of_a_pending_reset_S25(house: House) -> None:
    house.revoke()
    with pytest.raises(WrongCredentials):
        house.sign_in("not the password")


def test_a_temporary_password_that_was_never_mailed_opens_nothing_S22(house: House) -> None:
    house.revoke()
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    with pytest.raises(PasswordResetPending):
        house.sign_in(TEMPORARY)
    assert dict(house.seen.live) == {}


def test_a_sign_in_that_began_before_the_revocation_does_not_survive_it_S22(house: House) -> None:
    def revoked_first() -> None:
        house.revoke()

    house.passwords.before_answer = revoked_first
    with pytest.raises(PasswordResetPending):
        house.sign_in(PERMANENT)
    assert dict(house.seen.live) == {}


def test_a_revocation_just_before_the_session_is_written_wins_S22(
    house: House, client: Meddler
) -> None:
    def revoked_first(operation: Any, request: Any) -> Any:
        house.revoke()
        return operation(**request)

    client.next("transact_write_items", revoked_first)
    with pytest.raises(PasswordResetPending):
        house.sign_in(PERMANENT)
    assert dict(house.seen.live) == {}


@pytest.mark.parametrize("earlier", [True, False])
def test_a_sign_in_with_the_old_password_is_refused_after_the_reset_was_done_S22(
    house: House, *, earlier: bool
) -> None:
    """It began before the revocation, or while the reset was pending."""
    promise = None if earlier else house.revoke()

    def done_meanwhile() -> None:
        house.passwords.before_answer = None
        house.reset.perform(house.claimed(promise or house.revoke()))
        # The answer was "right" before the password store was told.
        house.passwords.set_password(house.ada.id, PERMANENT)

    house.passwords.before_answer = done_meanwhile
    with pytest.raises(NotAuthenticated, match="just ended"):
        house.sign_in(PERMANENT)
    assert dict(house.seen.live) == {}


def test_a_challenge_from_before_the_revocation_sets_no_password_S22(house: House) -> None:
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    challenge = house.sign_in(TEMPORARY)
    house.revoke()
    house.passwords.calls.clear()
    with pytest.raises(NotAuthenticated):
        house.use.set_password(house.ada.id, challenge.session, PERMANENT, CLIENT)
    assert "set_password" not in house.passwords.calls
    assert dict(house.seen.live) == {}


def test_a_new_password_under_way_begins_no_session_after_a_revocation_S22(house: House) -> None:
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    challenge = house.sign_in(TEMPORARY)
    house.passwords.before_answer = lambda: _once_told(house, house.revoke)
    with pytest.raises(NotAuthenticated):
        house.use.set_password(house.ada.id, challenge.session, PERMANENT, CLIENT)
    assert dict(house.seen.live) == {}
    assert house.seen.pending_reset


def test_a_new_password_under_way_is_waited_for_and_then_replaced_F3(
    house: House, clock: FakeClock
) -> None:
    """Told before it arrives, the password store would keep what was chosen before."""
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    challenge = house.sign_in(TEMPORARY)
    promises: list[Message] = []

    def revoked_and_tried() -> None:
        promises.append(house.revoke())
        with pytest.raises(Busy):
            house.reset.perform(house.claimed(promises[0]))

    house.passwords.before_answer = lambda: _once_told(house, revoked_and_tried)
    with pytest.raises(NotAuthenticated):
        house.use.set_password(house.ada.id, challenge.session, PERMANENT, CLIENT)
    assert "set_temporary" not in house.passwords.calls[1:]
    clock.advance(seconds=60)
    assert house.reset.perform(house.claimed(promises[0]))
    assert house.check(PERMANENT) is WRONG
    assert house.check(house.mailed()[0]) is MUST_CHANGE


def test_a_new_password_that_has_arrived_holds_no_reset_up_F3(house: House) -> None:
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    challenge = house.sign_in(TEMPORARY)
    house.use.set_password(house.ada.id, challenge.session, PERMANENT, CLIENT)
    assert house.seen.new_password_until is None
    assert house.reset.perform(house.claimed(house.revoke()))


def test_one_that_has_arrived_says_nothing_of_another_still_on_its_way_F3(
    house: House, clock: FakeClock
) -> None:
    house.passwords.set_temporary(house.ada.id, TEMPORARY)
    slow = house.sign_in(TEMPORARY)
    until: list[Any] = []

    def another_is_faster() -> None:
        until.append(house.seen.new_password_until)
        clock.advance(seconds=1)
        quick = house.sign_in(TEMPORARY)
        house.use.set_password(house.ada.id, quick.session, PERMANENT, CLIENT)

    house.passwords.before_answer = lambda: _once_told(house, another_is_faster)
    with pytest.raises(NotAuthenticated):
        house.use.set_password(house.ada.id, slow.session, "another long password", CLIENT)
    assert [house.seen.new_password_until] == until
    with pytest.raises(Busy):
        house.reset.perform(house.claimed(house.revoke()))


def _once_told(house: House, act: Callable[[], object]) -> None:
    if house.passwords.calls[-1] == "set_password":
        house.passwords.before_answer = None
        act()
