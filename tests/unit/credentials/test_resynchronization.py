"""Finding a locked or drifted token again (F2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.credentials.credential import Credential, State
from keyfob.credentials.registration import Pair
from keyfob.errors import (
    DomainError,
    Expired,
    InvalidInput,
    NotActivated,
    NotApproved,
    NotFound,
    NoToken,
    ResetNeeded,
    Suspended,
    WrongCodes,
)
from keyfob.messages.outbox import Kind
from local.device import Device
from tests.support.bureau import Bureau, wrong
from tests.support.fakes import START
from tests.support.shop import OPERATOR


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Ada's token."""
    return bureau.holder()


def locked(bureau: Bureau) -> Credential:
    """Five wrong codes in a row."""
    return bureau.changed(token=replace(bureau.token, failed=("1", "2", "3", "4", "5")))


def pair(device: Device) -> Pair:
    """Two consecutive codes of it that are not spent."""
    first = device.code(0) if device.period else device.press()
    second = device.code(1) if device.period else device.press()
    return Pair(first=first, second=second)


def resynchronize(bureau: Bureau, typed: Pair) -> Credential:
    return bureau.registration.resynchronize(bureau.live.id, typed, bureau.by)


def test_two_codes_unlock_and_the_next_one_signs_in_F2(bureau: Bureau, device: Device) -> None:
    locked(bureau)
    resynchronize(bureau, pair(device))
    assert (bureau.token.failed, bureau.live.tries) == ((), ())
    assert bureau.trail(bureau.live.subject)[-1] == "token.resynchronized"
    assert bureau.live.version == len(bureau.trail(bureau.live.subject))
    assert bureau.shop.kinds() == [Kind.TOKEN_RESYNCHRONIZED]
    bureau.clock.advance(seconds=30)
    assert bureau.elevate(bureau.signed_in(), device.code(1)).session.strength == 2


def test_a_token_a_day_off_is_found_and_its_drift_kept_F2(bureau: Bureau, device: Device) -> None:
    device.clock = lambda: bureau.clock() + timedelta(hours=23)
    resynchronize(bureau, pair(device))
    assert bureau.token.drift == bureau.token.drift_base == 23 * 120 + 1


def test_a_counter_that_was_pressed_away_is_found_F2(bureau: Bureau) -> None:
    device = bureau.holder(period=None, counter=5)
    device.counter = 900
    resynchronize(bureau, pair(device))
    assert bureau.token.last == 901
    assert bureau.elevate(bureau.signed_in(), device.press()).session.strength == 2


def test_only_after_a_reset_a_token_far_beyond_the_window_is_found_F2(
    bureau: Bureau, device: Device
) -> None:
    device.clock = lambda: bureau.clock() + timedelta(days=3)
    with pytest.raises(WrongCodes):
        resynchronize(bureau, pair(device))
    bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR)
    resynchronize(bureau, pair(device))
    assert bureau.token.reset is False, "once"


def test_spent_codes_find_nothing_S2(bureau: Bureau, device: Device) -> None:
    bureau.elevate(bureau.signed_in(), device.code())
    with pytest.raises(WrongCodes):
        resynchronize(bureau, Pair(first=device.code(-1), second=device.code(0)))
    with pytest.raises(WrongCodes):
        resynchronize(bureau, Pair(first=device.code(0), second=device.code(1)))
    assert len(bureau.live.tries) == 2


def test_the_fifth_failure_leaves_only_a_reset_which_keeps_the_lock_F2(
    bureau: Bureau, device: Device
) -> None:
    locked(bureau)
    spoiled = Pair(first=device.code(0), second=wrong(device.code(1)))
    for count in range(1, bureau.policy.pair_failures):
        with pytest.raises(WrongCodes):
            resynchronize(bureau, spoiled)
        assert len(bureau.live.tries) == count
    for typed in (spoiled, pair(device)):
        with pytest.raises(ResetNeeded):
            resynchronize(bureau, typed)
    assert bureau.shop.kinds() == [Kind.TOKEN_BLOCKED]
    bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR)
    assert bureau.token.is_locked(bureau.policy)
    resynchronize(bureau, pair(device))
    assert bureau.token.failed == ()


UNFIT: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"state": State.PENDING_APPROVAL}, NotApproved),
    ({"state": State.PENDING_ACTIVATION}, NotActivated),
    ({"state": State.SUSPENDED}, Suspended),
    ({"expires_at": START}, Expired),
    ({"token": None}, NoToken),
    ({"tries": ("1", "2", "3", "4", "5")}, ResetNeeded),
]


@pytest.mark.parametrize(("changes", "refusal"), UNFIT)
def test_what_cannot_be_resynchronized_is_told_apart_and_compares_nothing_F2_S8(
    changes: dict[str, Any], refusal: type[DomainError], bureau: Bureau, device: Device
) -> None:
    before = bureau.changed(**changes)
    with pytest.raises(refusal):
        resynchronize(bureau, pair(device))
    assert bureau.live == before
    assert bureau.seeds.opened == []


def test_a_typing_error_costs_nothing_F2(bureau: Bureau, device: Device) -> None:
    with pytest.raises(InvalidInput):
        resynchronize(bureau, Pair(first="1234567", second=device.code(1)))
    assert bureau.live.tries == ()


def test_another_credentials_name_is_not_found_S23(bureau: Bureau, device: Device) -> None:
    with pytest.raises(NotFound):
        bureau.registration.resynchronize("crd_x", pair(device), bureau.by)
