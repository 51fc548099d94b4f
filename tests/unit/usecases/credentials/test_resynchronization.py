"""Finding a locked or drifted token again (F2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.errors import (
    Expired,
    NotActivated,
    NotApproved,
    NoToken,
    ResetNeeded,
    Suspended,
    WrongCodes,
)
from keyfob.domain.errors import DomainError, InvalidInput, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.usecases.credentials.registration import Pair
from local.device import Device
from tests.support.credential_world import CredentialWorld, wrong
from tests.support.fakes import START
from tests.support.order_world import OPERATOR


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Ada's token."""
    return credential_world.holder()


def locked(credential_world: CredentialWorld) -> Credential:
    """Five wrong codes in a row."""
    return credential_world.changed(
        token=replace(credential_world.token, failed=("1", "2", "3", "4", "5"))
    )


def pair(device: Device) -> Pair:
    """Two consecutive unspent codes of the token."""
    first = device.code(0) if device.period else device.press()
    second = device.code(1) if device.period else device.press()
    return Pair(first=first, second=second)


def resynchronize(credential_world: CredentialWorld, typed: Pair) -> Credential:
    return credential_world.registration.resynchronize(
        credential_world.live.id, typed, credential_world.by
    )


def test_two_codes_unlock_and_the_next_one_signs_in_F2(
    credential_world: CredentialWorld, device: Device
) -> None:
    locked(credential_world)
    resynchronize(credential_world, pair(device))
    assert (credential_world.token.failed, credential_world.live.tries) == ((), ())
    assert credential_world.trail(credential_world.live.subject)[-1] == "token.resynchronized"
    assert credential_world.live.version == len(
        credential_world.trail(credential_world.live.subject)
    )
    assert credential_world.orders.kinds() == [Kind.TOKEN_RESYNCHRONIZED]
    credential_world.clock.advance(seconds=30)
    assert (
        credential_world.elevate(credential_world.signed_in(), device.code(1)).session.strength == 2
    )


def test_a_token_minutes_off_is_found_and_its_drift_kept_F2(
    credential_world: CredentialWorld, device: Device
) -> None:
    device.clock = lambda: credential_world.clock() + timedelta(minutes=9)
    resynchronize(credential_world, pair(device))
    assert credential_world.token.drift == credential_world.token.drift_base == 9 * 2 + 1


def test_a_counter_that_was_pressed_away_is_found_F2(credential_world: CredentialWorld) -> None:
    device = credential_world.holder(period=None, counter=5)
    device.counter = 900
    resynchronize(credential_world, pair(device))
    assert credential_world.token.last == 901
    assert (
        credential_world.elevate(credential_world.signed_in(), device.press()).session.strength == 2
    )


def test_only_after_a_reset_a_token_far_beyond_the_window_is_found_F2(
    credential_world: CredentialWorld, device: Device
) -> None:
    device.clock = lambda: credential_world.clock() + timedelta(hours=1)
    with pytest.raises(WrongCodes):
        resynchronize(credential_world, pair(device))
    credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
    resynchronize(credential_world, pair(device))
    assert credential_world.token.reset is False, "once"


def test_spent_codes_find_nothing_S2(credential_world: CredentialWorld, device: Device) -> None:
    credential_world.elevate(credential_world.signed_in(), device.code())
    with pytest.raises(WrongCodes):
        resynchronize(credential_world, Pair(first=device.code(-1), second=device.code(0)))
    with pytest.raises(WrongCodes):
        resynchronize(credential_world, Pair(first=device.code(0), second=device.code(1)))
    assert len(credential_world.live.tries) == 2


def test_the_fifth_failure_leaves_only_a_reset_which_keeps_the_lock_F2(
    credential_world: CredentialWorld, device: Device
) -> None:
    locked(credential_world)
    spoiled = Pair(first=device.code(0), second=wrong(device.code(1)))
    for count in range(1, credential_world.policy.pair_failures):
        with pytest.raises(WrongCodes):
            resynchronize(credential_world, spoiled)
        assert len(credential_world.live.tries) == count
    for typed in (spoiled, pair(device)):
        with pytest.raises(ResetNeeded):
            resynchronize(credential_world, typed)
    assert credential_world.orders.kinds() == [Kind.TOKEN_BLOCKED]
    credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
    assert credential_world.token.is_locked(credential_world.policy)
    resynchronize(credential_world, pair(device))
    assert credential_world.token.failed == ()


UNFIT: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"state": State.PENDING_APPROVAL}, NotApproved),
    ({"state": State.PENDING_ACTIVATION}, NotActivated),
    ({"suspensions": {"holder": START}}, Suspended),
    ({"expires_at": START}, Expired),
    ({"token": None}, NoToken),
    ({"tries": ("1", "2", "3", "4", "5")}, ResetNeeded),
]


@pytest.mark.parametrize(("changes", "refusal"), UNFIT)
def test_an_unusable_token_is_refused_with_its_reason_and_compares_nothing_F2_S8(
    changes: dict[str, Any],
    refusal: type[DomainError],
    credential_world: CredentialWorld,
    device: Device,
) -> None:
    before = credential_world.changed(**changes)
    with pytest.raises(refusal):
        resynchronize(credential_world, pair(device))
    assert credential_world.live == before
    assert credential_world.seeds.opened == []


def test_a_typing_error_costs_nothing_F2(credential_world: CredentialWorld, device: Device) -> None:
    with pytest.raises(InvalidInput):
        resynchronize(credential_world, Pair(first="1234567", second=device.code(1)))
    assert credential_world.live.tries == ()


def test_another_credentials_name_is_not_found_S23(
    credential_world: CredentialWorld, device: Device
) -> None:
    with pytest.raises(NotFound):
        credential_world.registration.resynchronize("crd_x", pair(device), credential_world.by)
