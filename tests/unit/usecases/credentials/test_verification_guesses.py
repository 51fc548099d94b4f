"""Wrong codes under races and outages: none lost, none counted twice (S4)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.credentials.errors import NoToken, Suspended, TokenLocked
from keyfob.domain.errors import Busy, StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.session import Token
from local.device import Device
from tests.support.credential_world import CredentialWorld, wrong
from tests.support.faults import (
    contended,
    contended_row,
    first,
    land_twice,
    lose_the_answer,
    recognize_the_token,
    silent,
)
from tests.support.token_acts import fail


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Ada's token."""
    return credential_world.holder()


@pytest.fixture
def session(credential_world: CredentialWorld) -> Token:
    """Signed in by password."""
    return credential_world.signed_in()


def test_a_wrong_code_counts_once_when_the_client_sends_its_append_again_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("update_item", land_twice)
    fail(credential_world, device, session)
    assert len(credential_world.token.failed) == 1
    assert len(credential_world.seeds.opened) == 1, (
        "it was counted: the second run compares nothing"
    )


def test_a_wrong_code_whose_counts_answer_got_lost_is_counted_and_not_answered_S4_S50(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("update_item", lose_the_answer)
    with pytest.raises(StorageUnavailable):
        credential_world.elevate(session, wrong(device.code()))
    assert len(credential_world.token.failed) == 1


def test_a_wrong_code_that_could_not_be_counted_is_not_answered_S4_S50(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("update_item", silent)
    with pytest.raises(StorageUnavailable):
        credential_world.elevate(session, wrong(device.code()))
    credential_world.client.next("update_item", *[contended_row] * 5)
    with pytest.raises(Busy):
        credential_world.elevate(session, wrong(device.code()))
    assert credential_world.token.failed == ()


def test_a_wrong_code_waits_for_transactions_in_its_way_and_is_counted_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    credential_world.client.next("update_item", contended_row, contended_row)
    fail(credential_world, device, session)
    assert len(credential_world.token.failed) == 1


def test_wrong_codes_at_once_are_each_counted_and_the_last_locks_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    # Four other tries are counted between its reading and its counting, which makes it the last.
    credential_world.client.next(
        "update_item", first(lambda: fail(credential_world, device, session, times=4))
    )
    with pytest.raises(TokenLocked):
        credential_world.elevate(session, wrong(device.code()))
    assert len(credential_world.token.failed) == credential_world.policy.otp_failures
    assert credential_world.orders.kinds() == [Kind.TOKEN_LOCKED]


def test_two_last_tries_at_once_lock_once_and_one_mail_is_queued_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    fail(credential_world, device, session, times=4)

    def locked_by_another() -> None:
        with pytest.raises(TokenLocked):
            credential_world.elevate(session, wrong(device.code()))

    credential_world.client.next("transact_write_items", first(locked_by_another))
    with pytest.raises(TokenLocked):
        credential_world.elevate(session, wrong(device.code()))
    assert len(credential_world.token.failed) == credential_world.policy.otp_failures
    assert credential_world.trail(credential_world.live.subject).count("token.locked") == 1
    assert credential_world.orders.kinds() == [Kind.TOKEN_LOCKED]


@pytest.mark.parametrize("faults", [(lose_the_answer, recognize_the_token), (land_twice,)])
def test_a_lock_whose_answer_got_lost_is_one_lock_S4(
    faults: tuple[Any, ...], credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    fail(credential_world, device, session, times=4)
    credential_world.client.next("transact_write_items", *faults)
    with pytest.raises(TokenLocked):
        credential_world.elevate(session, wrong(device.code()))
    assert len(credential_world.token.failed) == credential_world.policy.otp_failures
    assert credential_world.trail(credential_world.live.subject).count("token.locked") == 1


def test_the_last_try_is_not_answered_while_its_lock_could_not_be_written_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    fail(credential_world, device, session, times=4)
    for fault, refusal in ((silent, StorageUnavailable), (contended, Busy)):
        credential_world.client.next("transact_write_items", *[fault] * 5)
        with pytest.raises(refusal):
            credential_world.elevate(session, wrong(device.code()))
    with pytest.raises(TokenLocked):
        credential_world.elevate(session, wrong(device.code()))


def test_a_wrong_code_for_a_credential_suspended_meanwhile_is_not_counted_S8(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    def suspended() -> None:
        credential_world.management.suspend(
            credential_world.live.id, credential_world.proof, credential_world.by
        )

    credential_world.client.next("update_item", first(suspended))
    with pytest.raises(Suspended):
        credential_world.elevate(session, wrong(device.code()))
    assert credential_world.token.failed == ()


def test_a_wrong_code_of_a_token_that_was_given_up_meanwhile_counts_for_no_other_S4(
    credential_world: CredentialWorld, device: Device, session: Token
) -> None:
    def lost() -> None:
        credential_world.management.revoke_token(
            credential_world.live.id, credential_world.proof, credential_world.by
        )

    credential_world.client.next("update_item", first(lost))
    with pytest.raises(NoToken):
        credential_world.elevate(session, wrong(device.code()))
