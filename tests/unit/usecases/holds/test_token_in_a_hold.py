"""First tokens during a hold and after it (D1, D4, S54)."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.storage.holds.store import HoldStore
from keyfob.usecases.credentials.registration import Pair
from keyfob.wiring.holds import freezing_of, reopening_of
from local.device import Device
from tests.support.builders import a_binder, a_record, a_session
from tests.support.credential_world import ORDER, CredentialWorld
from tests.support.fakes import START
from tests.support.faults import first
from tests.support.order_world import OPERATOR
from tests.support.phone_world import refusal_of


def given_up(credential_world: CredentialWorld) -> None:
    """Ada has given her token up by her password."""
    credential_world.holder()
    credential_world.clock.advance(minutes=1)
    world = credential_world
    world.management.revoke_token(world.live.id, world.proof, world.by)


def register(world: CredentialWorld, device: Device, release_code: str | None = None) -> Credential:
    device.settle()
    codes = device.pair(ahead=-1)
    binder = replace(world.binder, release_code=release_code)
    pair = Pair(first=codes["first_code"], second=codes["second_code"])
    record = a_record(world.ada.id)
    return world.registration.register(world.live.id, device.serial, pair, binder, record)


def test_a_token_shipped_for_the_order_waits_for_the_end_of_the_hold_uncounted_D4_S54(
    credential_world: CredentialWorld,
) -> None:
    given_up(credential_world)
    device = credential_world.delivered(ORDER)
    for _ in range(6):
        assert refusal_of(lambda: register(credential_world, device)) == "binding_held"
    assert credential_world.live.tries == ()
    credential_world.clock.advance(hours=72)
    assert register(credential_world, device).token


def test_a_replacement_shipped_after_the_end_is_registered_at_once_D4_S54(
    credential_world: CredentialWorld,
) -> None:
    given_up(credential_world)
    device, other = credential_world.delivered(None), credential_world.delivered(ORDER)
    credential_world.sent(device, ORDER, replacement=True)
    assert refusal_of(lambda: register(credential_world, other)) == "binding_held"
    assert register(credential_world, device).token


def test_a_token_waits_no_longer_than_60_days_and_then_for_a_release_S54(
    credential_world: CredentialWorld,
) -> None:
    given_up(credential_world)
    device = credential_world.delivered(ORDER)
    credential_world.clock.advance(days=60)
    assert refusal_of(lambda: register(credential_world, device)) == "reopening_required"
    release = reopening_of(credential_world.base).release(credential_world.ada.user_id, OPERATOR)
    assert register(credential_world, device, release.code).token
    hold = HoldStore(credential_world.database).get(credential_world.ada.id)
    assert hold
    assert hold.release is None


def test_a_repeated_registration_finds_its_result_though_its_release_is_spent_S54(
    credential_world: CredentialWorld,
) -> None:
    given_up(credential_world)
    device = credential_world.delivered(ORDER)
    release = reopening_of(credential_world.base).release(credential_world.ada.user_id, OPERATOR)
    device.settle()
    codes = device.pair(ahead=-1)
    world = credential_world
    binder = replace(world.binder, release_code=release.code)
    pair = Pair(first=codes["first_code"], second=codes["second_code"])
    record = a_record(world.ada.id)
    first, again = (
        world.registration.register(world.live.id, device.serial, pair, binder, record)
        for _ in range(2)
    )
    assert first.token == again.token


def test_a_token_that_a_phones_code_adds_is_refused_by_a_freeze_meanwhile_S46_S54(
    credential_world: CredentialWorld,
) -> None:
    world = credential_world
    seen = world.credential(kind=ProductKind.PHONE, phones={"phone": 0})
    device = world.added(seen.id)
    device.settle()
    codes = device.pair(ahead=-1)
    pair = Pair(first=codes["first_code"], second=codes["second_code"])
    session = a_session(
        strength=seen.level, by="phone", epoch=seen.epoch_of("phone") or 0, coded=START
    )
    binder, record = a_binder(world.by, session), a_record(world.ada.id)
    freezing = freezing_of(world.base)
    world.client.next(
        "transact_write_items", first(lambda: freezing.by_operator(world.ada.user_id, OPERATOR))
    )
    refused = refusal_of(
        lambda: world.registration.register(seen.id, device.serial, pair, binder, record)
    )
    assert refused == "account_frozen"
    assert world.live.token is None
