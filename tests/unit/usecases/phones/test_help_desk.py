"""An operator's acts on phones (F2)."""

from __future__ import annotations

import pytest

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.messages.store import OutboxRow
from tests.support.faults import first
from tests.support.order_world import OPERATOR
from tests.support.phone_world import PhoneWorld
from tests.support.phones import NUMBERS


def told(phone_world: PhoneWorld, kind: Kind) -> int:
    found = map(OutboxRow.from_raw_data, phone_world.credential_world.database.scan(OutboxRow))
    return len([row for row in found if row.kind == kind])


def free(phone_world: PhoneWorld) -> Credential:
    return phone_world.help.free(phone_world.credential_world.ada.user_id, OPERATOR)


def trail(phone_world: PhoneWorld) -> list[str]:
    return phone_world.credential_world.trail(phone_world.live.subject)


# Freeing


def test_a_locked_phone_is_freed_by_an_operator_alone_F2(phone_world: PhoneWorld) -> None:
    phone_world.subscriber()
    phone = phone_world.bound()
    assert phone_world.fail_in_rounds(phone.id, 4)[-1] == "phone_locked"
    phone_world.clock.advance(hours=2)
    phone_world.token = phone_world.credential_world.signed_in()
    freed = free(phone_world)
    assert freed == phone_world.live
    assert trail(phone_world)[-1] == "phone.freed"
    assert told(phone_world, Kind.PHONE_FREED) == 1
    phone_world.send(phone.id)
    assert phone_world.fail(4) == ["wrong_code"] * 4
    phone_world.elevate()


def test_freeing_brings_no_strength_back_S20(phone_world: PhoneWorld) -> None:
    phone_world.subscriber()
    phone = phone_world.bound()
    phone_world.send(phone.id)
    by_phone = phone_world.elevate().token
    phone_world.token = phone_world.credential_world.signed_in()
    phone_world.clock.advance(minutes=2)
    phone_world.send(phone.id)
    phone_world.fail(5)
    free(phone_world)
    phone_world.token = by_phone
    assert phone_world.strength == 1


def test_each_phone_with_wrong_codes_is_freed_and_notified_and_no_other_F2(
    phone_world: PhoneWorld,
) -> None:
    device = phone_world.credential_world.holder()
    phone_world.token = phone_world.credential_world.elevate(phone_world.token, device.code()).token
    phones = [phone_world.bound(number) for number in NUMBERS[:3]]
    waiting = phone_world.add(NUMBERS[3])
    phone_world.token = phone_world.credential_world.signed_in()
    for phone, wrong in zip(phones, (1, 2, 0), strict=True):
        phone_world.send(phone.id)
        phone_world.fail(wrong, phone.id)
    free(phone_world)
    assert [phone_world.all[phone.id].failed for phone in phones] == [()] * 3
    assert trail(phone_world)[-2:] == ["phone.freed"] * 2
    assert told(phone_world, Kind.PHONE_FREED) == 2
    assert waiting.id in phone_world.all


def test_freeing_again_changes_nothing_F2(phone_world: PhoneWorld) -> None:
    phone_world.subscriber()
    phone_world.send(phone_world.bound().id)
    phone_world.fail()
    free(phone_world)
    before = trail(phone_world)
    free(phone_world)
    assert trail(phone_world) == before
    assert told(phone_world, Kind.PHONE_FREED) == 1


def test_a_phone_removed_or_right_in_that_moment_needs_no_freeing_F2(
    phone_world: PhoneWorld,
) -> None:
    phone_world.subscriber()
    phone = phone_world.bound()
    phone_world.send(phone.id)
    phone_world.fail()
    client = phone_world.credential_world.client
    client.next("transact_write_items", first(phone_world.elevate))
    free(phone_world)
    phone_world.clock.advance(minutes=2)
    phone_world.send(phone.id)
    phone_world.fail()
    client.next("transact_write_items", first(lambda: phone_world.remove(phone.id, confirmed=True)))
    free(phone_world)
    assert "phone.freed" not in trail(phone_world)


def test_a_user_without_phones_is_not_found_F2(phone_world: PhoneWorld) -> None:
    for user_id in ("nobody", "x", phone_world.credential_world.ada.user_id):
        with pytest.raises(NotFound):
            phone_world.help.free(user_id, OPERATOR)
