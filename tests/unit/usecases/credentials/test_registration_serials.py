"""Serial numbers that a credential accepts; all others fail in the same way (S29)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.credentials.errors import WrongSerial
from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.batch import State as BatchState
from keyfob.storage.inventory.store import withdraw_token
from local.device import Device
from tests.support.builders import a_record
from tests.support.credential_world import ORDER, CredentialWorld
from tests.support.token_acts import pair, register, spoiled


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Shipped for Ada's credential, which is active and has no token yet."""
    credential_world.credential()
    return credential_world.delivered()


def unknown(credential_world: CredentialWorld) -> Device:
    return Device("FT-NOBODY-KNOWS", credential_world.clock)


def of_another_order(credential_world: CredentialWorld) -> Device:
    return credential_world.delivered("SO-99999")


def shipped_for_nothing(credential_world: CredentialWorld) -> Device:
    return credential_world.delivered(None)


def assigned_to_somebody(credential_world: CredentialWorld) -> Device:
    device = credential_world.delivered()
    credential_world.assigned(device, "CREDENTIAL#acc_eve#crd_1")
    return device


def of_an_unfinished_batch(credential_world: CredentialWorld) -> Device:
    return credential_world.delivered(batch=BatchState.IMPORTING)


def her_own_lost_one(credential_world: CredentialWorld) -> Device:
    device = credential_world.delivered()
    register(credential_world, device)
    credential_world.management.revoke_token(
        credential_world.live.id, credential_world.proof, credential_world.by
    )
    credential_world.changed(replacing=False)
    return device


def withdrawn(credential_world: CredentialWorld) -> Device:
    device = credential_world.delivered()
    credential_world._happened("x", withdraw_token(credential_world.stored(device)))
    return device


FOREIGN = [
    withdrawn,
    unknown,
    of_another_order,
    shipped_for_nothing,
    assigned_to_somebody,
    of_an_unfinished_batch,
    her_own_lost_one,
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_serials_that_are_not_hers_are_one_and_the_same_counted_failure_S29(
    foreign: Any, credential_world: CredentialWorld, device: Device
) -> None:
    other = foreign(credential_world)
    opened, before = (
        len(credential_world.seeds.opened),
        credential_world.client.requests("update_item"),
    )
    with pytest.raises(WrongSerial) as refused:
        register(credential_world, other)
    assert (str(refused.value), refused.value.fields) == (WrongSerial.detail, {})
    assert len(credential_world.live.tries) == 1
    assert len(credential_world.seeds.opened) == opened, "no secret is opened for somebody else"
    assert len(credential_world.client.requests("update_item")) == len(before) + 1


@pytest.mark.parametrize("foreign", FOREIGN)
def test_serials_that_are_not_hers_take_the_same_steps_S29(
    foreign: Any, credential_world: CredentialWorld, device: Device
) -> None:
    def steps(other: Device) -> list[str]:
        before = len(credential_world.client.calls)
        with pytest.raises(WrongSerial):
            register(credential_world, other)
        return [name for name, _ in credential_world.client.calls[before:]]

    assert steps(foreign(credential_world)) == steps(assigned_to_somebody(credential_world))


@pytest.mark.parametrize("foreign", FOREIGN)
def test_right_and_wrong_codes_of_a_foreign_token_look_the_same_S29(
    foreign: Any, credential_world: CredentialWorld, device: Device
) -> None:
    other = foreign(credential_world)
    for typed in (pair(other), spoiled(other)):
        with pytest.raises(WrongSerial):
            register(credential_world, other, typed)
    assert len(credential_world.live.tries) == 2


@pytest.mark.parametrize("typed", ["FT 1000.", "FT#1000", "FT1", "F" * 33, "\u041aF-1000"])
def test_what_cant_be_a_serial_is_refused_before_anything_is_read_or_counted_D1_S65(
    typed: str, credential_world: CredentialWorld, device: Device
) -> None:
    """Five typing errors don't shut out the right serial number."""
    live, codes = credential_world.live, pair(device)
    record = a_record(credential_world.ada.id)
    before = len(credential_world.client.calls)
    for _ in range(credential_world.policy.pair_failures + 1):
        with pytest.raises(InvalidInput) as refused:
            credential_world.registration.register(
                live.id, typed, codes, credential_world.binder, record
            )
        assert set(refused.value.fields) == {"serial"}
    assert credential_world.client.calls[before:] == []
    assert register(credential_world, device).token


@pytest.mark.parametrize("dash", ["\u2011", "\u2013", "\u00a0-\u00a0", "\u2212"])
def test_blanks_and_dashes_of_any_kind_are_forgiven_in_a_serial_D1_S65(
    dash: str, credential_world: CredentialWorld, device: Device
) -> None:
    printed = device.serial
    device.serial = device.serial.lower().replace("-", dash) + "\u00a0"
    assert "-" in printed
    found = register(credential_world, device).token
    assert found
    assert found.serial == printed


def test_any_token_of_the_order_may_be_registered_first_D1(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential(unit=0)
    assert register(credential_world, credential_world.delivered(ORDER, unit=1)).token


def test_a_lost_token_is_followed_only_by_one_shipped_for_this_credential_D4(
    credential_world: CredentialWorld,
) -> None:
    credential_world.credential(unit=1, replacing=True)
    for other in (
        credential_world.delivered(ORDER, unit=0),
        credential_world.delivered("SO-99999", unit=1),
    ):
        with pytest.raises(WrongSerial):
            register(credential_world, other)
    assert register(credential_world, credential_world.delivered(ORDER, unit=1)).token
