"""Registering a hardware token: what binds, what is refused, what is counted (D1, D2, S29)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.credentials.credential import State, Suspender
from keyfob.credentials.registration import Pair
from keyfob.errors import (
    DomainError,
    Expired,
    IdempotencyKeyReused,
    InvalidInput,
    NotActivated,
    NotApproved,
    NotFound,
    ResetNeeded,
    Suspended,
    TokenRegistered,
    WrongCodes,
    WrongSerial,
)
from keyfob.messages.outbox import Kind
from keyfob.receipts import Receipt
from local.device import Device
from tests.support.builders import a_hardware_token, a_receipt, a_session
from tests.support.bureau import Bureau
from tests.support.fakes import START
from tests.support.holding import pair, register, spoiled
from tests.support.shop import OPERATOR


@pytest.fixture
def device(bureau: Bureau) -> Device:
    """Shipped for Ada's credential, which is active and has no token yet."""
    bureau.credential()
    return bureau.delivered()


def test_two_codes_bind_the_token_and_all_of_it_is_one_transaction_D1_S46(
    bureau: Bureau, device: Device
) -> None:
    before = len(bureau.client.requests("transact_write_items"))
    done = register(bureau, device)
    assert len(bureau.client.requests("transact_write_items")) == before + 1
    assert done.token == bureau.token
    assert (bureau.token.serial, bureau.token.last) == (device.serial, device.step)
    stored = bureau.stored(device)
    assert (stored.state, stored.holder, stored.is_free) == (
        "assigned",
        bureau.live.subject,
        False,
    )
    assert bureau.trail(f"TOKEN#{device.serial}") == ["token.shipped", "token.assigned"]
    assert bureau.trail(bureau.live.subject)[-1] == "token.registered"
    assert bureau.live.version == len(bureau.trail(bureau.live.subject))
    assert bureau.shop.kinds() == [Kind.TOKEN_REGISTERED]


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
    shape: dict[str, Any], bureau: Bureau
) -> None:
    bureau.credential()
    device = bureau.delivered(**shape)
    register(bureau, device)
    bureau.clock.advance(seconds=60)
    code = device.press() if device.period is None else device.code()
    assert bureau.elevate(bureau.signed_in(), code).session.strength == 2


def test_how_far_its_clock_is_off_is_kept_D1(bureau: Bureau, device: Device) -> None:
    device.clock = lambda: bureau.clock() + timedelta(seconds=180)
    register(bureau, device)
    assert (bureau.token.drift, bureau.token.drift_base) == (6, 6)


def test_the_codes_of_registration_are_spent_D1_S2(bureau: Bureau, device: Device) -> None:
    register(bureau, device)
    with pytest.raises(DomainError) as refused:
        bureau.elevate(bureau.signed_in(), device.code())
    assert refused.value.code == "code_already_used"


def test_a_serial_number_is_taken_as_people_type_it_D1(bureau: Bureau, device: Device) -> None:
    device.serial = f"  {device.serial.lower()} "
    assert register(bureau, device).token


def test_a_success_forgives_earlier_failures_D2(bureau: Bureau, device: Device) -> None:
    with pytest.raises(WrongCodes):
        register(bureau, device, spoiled(device))
    register(bureau, device)
    assert bureau.live.tries == ()


def test_wrong_codes_are_counted_and_bind_nothing_D2(bureau: Bureau, device: Device) -> None:
    with pytest.raises(WrongCodes):
        register(bureau, device, spoiled(device))
    assert (bureau.live.token, len(bureau.live.tries)) == (None, 1)
    assert bureau.stored(device).is_free
    assert bureau.shop.kinds() == []


def unknown(bureau: Bureau) -> Device:
    return Device("FT-NOBODY-KNOWS", bureau.clock)


def block(bureau: Bureau, device: Device) -> None:
    """Use up the tries: wrong serials and wrong codes count alike."""
    for number in range(bureau.policy.pair_failures - 1):
        with pytest.raises((WrongCodes, WrongSerial)):
            register(bureau, device if number % 2 else unknown(bureau), spoiled(device))
    with pytest.raises(ResetNeeded):
        register(bureau, device, spoiled(device))


def test_the_fifth_failure_leaves_only_a_reset_and_tells_the_holder_D2(
    bureau: Bureau, device: Device
) -> None:
    block(bureau, device)
    assert bureau.trail(bureau.live.subject)[-1] == "token.blocked"
    assert bureau.live.version == len(bureau.trail(bureau.live.subject))
    assert bureau.shop.kinds() == [Kind.TOKEN_BLOCKED]
    before, opened = bureau.live, len(bureau.seeds.opened)
    with pytest.raises(ResetNeeded):
        register(bureau, device)
    assert bureau.live == before
    assert len(bureau.seeds.opened) == opened


def test_an_operators_reset_reopens_registration_D2(bureau: Bureau, device: Device) -> None:
    block(bureau, device)
    bureau.help_desk.reset_token(bureau.ada.user_id, OPERATOR)
    assert register(bureau, device).token
    assert bureau.shop.kinds() == [Kind.TOKEN_BLOCKED, Kind.TOKEN_REGISTERED, Kind.TOKEN_RESET]


TYPING_ERRORS = [
    (Pair(first="1234567", second="12345678"), "first_code"),
    (Pair(first="12345678", second="123456789"), "second_code"),
    (Pair(first="12345678", second="1234 5678"), "second_code"),
    (Pair(first="", second="12345678"), "first_code"),
    (Pair(first="123456", second="12345678"), "second_code"),
]


@pytest.mark.parametrize(("typed", "field"), TYPING_ERRORS)
def test_a_typing_error_costs_nothing_and_reads_nothing_D2(
    typed: Pair, field: str, bureau: Bureau, device: Device
) -> None:
    credential, reads = bureau.live, len(bureau.client.requests("get_item"))
    with pytest.raises(InvalidInput) as refused:
        bureau.registration.register(
            credential.id,
            device.serial,
            typed,
            a_receipt(bureau.ada.id),
            bureau.by,
            session=a_session(),
        )
    assert list(refused.value.fields) == [field]
    assert len(bureau.client.requests("get_item")) == reads
    assert bureau.live.tries == ()


UNFIT: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"state": State.PENDING_APPROVAL}, NotApproved),
    ({"state": State.PENDING_ACTIVATION}, NotActivated),
    ({"state": State.SUSPENDED, "suspended_by": Suspender.SYSTEM}, Suspended),
    ({"expires_at": START}, Expired),
    ({"token": a_hardware_token()}, TokenRegistered),
    ({"tries": ("1", "2", "3", "4", "5")}, ResetNeeded),
]


@pytest.mark.parametrize(("changes", "refusal"), UNFIT)
def test_what_cannot_have_a_token_now_is_told_apart_and_compares_nothing_D2_S8(
    changes: dict[str, Any], refusal: type[DomainError], bureau: Bureau, device: Device
) -> None:
    before = bureau.changed(**changes)
    with pytest.raises(refusal):
        register(bureau, device)
    assert bureau.live == before
    assert bureau.seeds.opened == []


def test_another_credentials_name_is_not_found_S23(bureau: Bureau, device: Device) -> None:
    with pytest.raises(NotFound):
        bureau.registration.register(
            "crd_x",
            device.serial,
            pair(device),
            a_receipt(bureau.ada.id),
            bureau.by,
            session=a_session(),
        )


def test_the_same_request_again_gives_the_same_credential_and_writes_nothing_D1(
    bureau: Bureau, device: Device
) -> None:
    receipt, typed = a_receipt(bureau.ada.id), pair(device)
    done = register(bureau, device, typed, receipt)
    writes = len(bureau.client.requests("transact_write_items"))
    again = register(bureau, device, typed, receipt)
    assert (again.id, again.token) == (done.id, done.token)
    assert len(bureau.client.requests("transact_write_items")) == writes
    with pytest.raises(IdempotencyKeyReused):
        register(bureau, device, typed, Receipt(account=receipt.account, key=receipt.key, body="x"))
