"""Registering a hardware token: binding, refusals, counting (D1, D2, S29)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.credentials.errors import (
    Expired,
    NotActivated,
    NotApproved,
    ResetNeeded,
    Suspended,
    TokenRegistered,
    WrongCodes,
    WrongSerial,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.errors import DomainError, IdempotencyKeyReused, InvalidInput, NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.credentials.store import CredentialRow, live_key
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.usecases.credentials.registration import Pair
from local.device import Device
from tests.support.builders import a_hardware_token, a_record
from tests.support.credential_world import CredentialWorld
from tests.support.fakes import START
from tests.support.order_world import OPERATOR
from tests.support.token_acts import pair, register, spoiled


@pytest.fixture
def device(credential_world: CredentialWorld) -> Device:
    """Shipped for Ada's credential, which is active and has no token yet."""
    credential_world.credential()
    return credential_world.delivered()


def test_two_codes_bind_the_token_and_all_of_it_is_one_transaction_D1_S46(
    credential_world: CredentialWorld, device: Device
) -> None:
    before = len(credential_world.client.requests("transact_write_items"))
    done = register(credential_world, device)
    assert len(credential_world.client.requests("transact_write_items")) == before + 1
    assert done.token == credential_world.token
    assert (credential_world.token.serial, credential_world.token.last) == (
        device.serial,
        device.step,
    )
    stored = credential_world.stored(device)
    assert (stored.state, stored.holder, stored.is_free) == (
        "assigned",
        credential_world.live.subject,
        False,
    )
    assert credential_world.trail(f"TOKEN#{device.serial}") == ["token.shipped", "token.assigned"]
    assert credential_world.trail(credential_world.live.subject)[-1] == "token.registered"
    assert credential_world.live.version == len(
        credential_world.trail(credential_world.live.subject)
    )
    assert credential_world.orders.kinds() == [Kind.TOKEN_REGISTERED]


@pytest.mark.parametrize(
    "shape",
    [
        {"algorithm": "sha256", "digits": 6, "period": 60},
        {"algorithm": "sha512"},
        {"period": None, "counter": 990},
        {"period": None, "digits": 6},
    ],
)
def test_every_kind_of_token_registers_and_then_signs_in_D1(
    shape: dict[str, Any], credential_world: CredentialWorld
) -> None:
    credential_world.credential()
    device = credential_world.delivered(**shape)
    register(credential_world, device)
    credential_world.clock.advance(seconds=60)
    code = device.press() if device.period is None else device.code()
    assert credential_world.elevate(credential_world.signed_in(), code).session.strength == 2


def test_how_far_its_clock_is_off_is_kept_D1(
    credential_world: CredentialWorld, device: Device
) -> None:
    device.clock = lambda: credential_world.clock() + timedelta(seconds=180)
    register(credential_world, device)
    assert (credential_world.token.drift, credential_world.token.drift_base) == (6, 6)


def test_the_codes_of_registration_are_spent_D1_S2(
    credential_world: CredentialWorld, device: Device
) -> None:
    register(credential_world, device)
    with pytest.raises(DomainError) as refused:
        credential_world.elevate(credential_world.signed_in(), device.code())
    assert refused.value.code == "code_already_used"


def test_a_serial_number_is_taken_as_people_type_it_D1(
    credential_world: CredentialWorld, device: Device
) -> None:
    device.serial = f"  {device.serial.lower()} "
    assert register(credential_world, device).token


def test_a_success_forgives_earlier_failures_D2(
    credential_world: CredentialWorld, device: Device
) -> None:
    with pytest.raises(WrongCodes):
        register(credential_world, device, spoiled(device))
    register(credential_world, device)
    assert credential_world.live.tries == ()


def test_wrong_codes_are_counted_and_bind_nothing_D2(
    credential_world: CredentialWorld, device: Device
) -> None:
    with pytest.raises(WrongCodes):
        register(credential_world, device, spoiled(device))
    assert (credential_world.live.token, len(credential_world.live.tries)) == (None, 1)
    assert credential_world.stored(device).is_free
    assert credential_world.orders.kinds() == []


def unknown(credential_world: CredentialWorld) -> Device:
    return Device("FT-NOBODY-KNOWS", credential_world.clock)


def block(credential_world: CredentialWorld, device: Device) -> None:
    """Use up the tries: wrong serials and wrong codes count alike."""
    for number in range(credential_world.policy.pair_failures - 1):
        with pytest.raises((WrongCodes, WrongSerial)):
            register(
                credential_world,
                device if number % 2 else unknown(credential_world),
                spoiled(device),
            )
    with pytest.raises(ResetNeeded):
        register(credential_world, device, spoiled(device))


def test_the_fifth_failure_leaves_only_a_reset_and_notifies_the_holder_D2(
    credential_world: CredentialWorld, device: Device
) -> None:
    block(credential_world, device)
    assert credential_world.trail(credential_world.live.subject)[-1] == "token.blocked"
    assert credential_world.live.version == len(
        credential_world.trail(credential_world.live.subject)
    )
    assert credential_world.orders.kinds() == [Kind.TOKEN_BLOCKED]
    before, opened = credential_world.live, len(credential_world.seeds.opened)
    with pytest.raises(ResetNeeded):
        register(credential_world, device)
    assert credential_world.live == before
    assert len(credential_world.seeds.opened) == opened


@pytest.mark.parametrize("shape", [{}, {"period": None}])
def test_a_reset_widens_the_next_registration_once_D2_S64(
    shape: dict[str, Any], credential_world: CredentialWorld
) -> None:
    credential_world.credential()
    far, next_one = credential_world.delivered(**shape), credential_world.delivered(**shape)
    for one in (far, next_one):
        one.counter, one.clock = 5_000, lambda: credential_world.clock() + timedelta(days=3)
    with pytest.raises(WrongCodes):
        register(credential_world, far)
    assert "reset" not in row_of(credential_world)
    credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
    assert row_of(credential_world)["reset"] is True
    with pytest.raises(WrongCodes):
        register(credential_world, far, spoiled(far))
    assert credential_world.live.reset, "a failure leaves it open"
    register(credential_world, far)
    assert (credential_world.live.reset, credential_world.token.reset) == (False, False)
    world = credential_world
    world.management.revoke_token(world.live.id, world.coded, world.by)
    credential_world.changed(replacing=False)
    with pytest.raises(WrongCodes):
        register(credential_world, next_one)


def row_of(credential_world: CredentialWorld) -> dict[str, Any]:
    """The attributes of Ada's credential's row."""
    row = credential_world.database.get(CredentialRow, *live_key(credential_world.ada.id))
    assert row
    return dict(row.attribute_values)


def test_an_operators_reset_reopens_registration_D2(
    credential_world: CredentialWorld, device: Device
) -> None:
    block(credential_world, device)
    credential_world.help_desk.reset_token(credential_world.ada.user_id, OPERATOR)
    assert register(credential_world, device).token
    assert credential_world.orders.kinds() == [
        Kind.TOKEN_BLOCKED,
        Kind.TOKEN_REGISTERED,
        Kind.TOKEN_RESET,
    ]


TYPING_ERRORS = [
    (Pair(first="1234567", second="12345678"), "first_code"),
    (Pair(first="12345678", second="123456789"), "second_code"),
    (Pair(first="12345678", second="1234-5678"), "second_code"),
    (Pair(first="", second="12345678"), "first_code"),
    (Pair(first="123456", second="12345678"), "second_code"),
]


@pytest.mark.parametrize(("typed", "field"), TYPING_ERRORS)
def test_a_typing_error_costs_nothing_and_reads_nothing_D2(
    typed: Pair, field: str, credential_world: CredentialWorld, device: Device
) -> None:
    credential, reads = credential_world.live, len(credential_world.client.requests("get_item"))
    with pytest.raises(InvalidInput) as refused:
        credential_world.registration.register(
            credential.id,
            device.serial,
            typed,
            credential_world.binder,
            a_record(credential_world.ada.id),
        )
    assert list(refused.value.fields) == [field]
    assert len(credential_world.client.requests("get_item")) == reads
    assert credential_world.live.tries == ()


UNFIT: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"state": State.PENDING_APPROVAL}, NotApproved),
    ({"state": State.PENDING_ACTIVATION}, NotActivated),
    ({"suspensions": {Suspender.SYSTEM: START}}, Suspended),
    ({"expires_at": START}, Expired),
    ({"token": a_hardware_token()}, TokenRegistered),
    ({"tries": ("1", "2", "3", "4", "5")}, ResetNeeded),
]


@pytest.mark.parametrize(("changes", "refusal"), UNFIT)
def test_a_credential_that_cannot_have_a_token_is_refused_and_compares_nothing_D2_S8(
    changes: dict[str, Any],
    refusal: type[DomainError],
    credential_world: CredentialWorld,
    device: Device,
) -> None:
    before = credential_world.changed(**changes)
    with pytest.raises(refusal):
        register(credential_world, device)
    assert credential_world.live == before
    assert credential_world.seeds.opened == []


def test_another_credentials_name_is_not_found_S23(
    credential_world: CredentialWorld, device: Device
) -> None:
    with pytest.raises(NotFound):
        credential_world.registration.register(
            "crd_x",
            device.serial,
            pair(device),
            credential_world.binder,
            a_record(credential_world.ada.id),
        )


def test_the_same_request_again_gives_the_same_credential_and_writes_nothing_D1(
    credential_world: CredentialWorld, device: Device
) -> None:
    record, typed = a_record(credential_world.ada.id), pair(device)
    done = register(credential_world, device, typed, record)
    writes = len(credential_world.client.requests("transact_write_items"))
    again = register(credential_world, device, typed, record)
    assert (again.id, again.token) == (done.id, done.token)
    assert len(credential_world.client.requests("transact_write_items")) == writes
    with pytest.raises(IdempotencyKeyReused):
        register(
            credential_world,
            device,
            typed,
            IdempotencyRecord(account=record.account, key=record.key, body="x"),
        )
