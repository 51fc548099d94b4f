"""Which serial numbers a credential can have; all others are one and the same failure (S29)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.errors import (
    WrongSerial,
)
from keyfob.inventory.batch import State as BatchState
from local.device import Device
from tests.support.bureau import ORDER, Bureau
from tests.support.holding import pair, register, spoiled


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Shipped for Ada's credential, which is active and has no token yet."""
    bureau.credential()
    return bureau.delivered()


def unknown(bureau: Bureau) -> Device:
    return Device("FT-NOBODY-KNOWS", bureau.clock)


def of_another_order(bureau: Bureau) -> Device:
    return bureau.delivered("SO-99999")


def shipped_for_nothing(bureau: Bureau) -> Device:
    return bureau.delivered(None)


def assigned_to_somebody(bureau: Bureau) -> Device:
    device = bureau.delivered()
    bureau.assigned(device, "CREDENTIAL#acc_eve#crd_1")
    return device


def of_an_unfinished_batch(bureau: Bureau) -> Device:
    return bureau.delivered(batch=BatchState.IMPORTING)


def her_own_lost_one(bureau: Bureau) -> Device:
    device = bureau.delivered()
    register(bureau, device)
    bureau.management.revoke_token(bureau.live.id, bureau.by)
    bureau.changed(replacing=False)
    return device


FOREIGN = [
    unknown,
    of_another_order,
    shipped_for_nothing,
    assigned_to_somebody,
    of_an_unfinished_batch,
    her_own_lost_one,
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_serials_that_are_not_hers_are_one_and_the_same_counted_failure_S29(
    foreign: Any, bureau: Bureau, device: Device
) -> None:
    other = foreign(bureau)
    opened, before = len(bureau.seeds.opened), bureau.client.requests("update_item")
    with pytest.raises(WrongSerial) as refused:
        register(bureau, other)
    assert (str(refused.value), refused.value.fields) == (WrongSerial.detail, {})
    assert len(bureau.live.tries) == 1
    assert len(bureau.seeds.opened) == opened, "no secret is opened for somebody else"
    assert len(bureau.client.requests("update_item")) == len(before) + 1


@pytest.mark.parametrize("foreign", FOREIGN)
def test_serials_that_are_not_hers_take_the_same_steps_S29(
    foreign: Any, bureau: Bureau, device: Device
) -> None:
    def steps(other: Device) -> list[str]:
        before = len(bureau.client.calls)
        with pytest.raises(WrongSerial):
            register(bureau, other)
        return [name for name, _ in bureau.client.calls[before:]]

    assert steps(foreign(bureau)) == steps(assigned_to_somebody(bureau))


@pytest.mark.parametrize("foreign", FOREIGN)
def test_right_and_wrong_codes_of_a_foreign_token_look_the_same_S29(
    foreign: Any, bureau: Bureau, device: Device
) -> None:
    other = foreign(bureau)
    for typed in (pair(other), spoiled(other)):
        with pytest.raises(WrongSerial):
            register(bureau, other, typed)
    assert len(bureau.live.tries) == 2


def test_any_token_of_the_order_may_be_registered_first_D1(bureau: Bureau) -> None:
    bureau.credential(unit=0)
    assert register(bureau, bureau.delivered(ORDER, unit=1)).token


def test_a_lost_token_is_followed_only_by_one_shipped_for_this_credential_D4(
    bureau: Bureau,
) -> None:
    bureau.credential(unit=1, replacing=True)
    for other in (bureau.delivered(ORDER, unit=0), bureau.delivered("SO-99999", unit=1)):
        with pytest.raises(WrongSerial):
            register(bureau, other)
    assert register(bureau, bureau.delivered(ORDER, unit=1)).token
