"""What an operator does for phones (F2, D4, S14)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.credentials.credential import Credential
from keyfob.errors import IllegalTransition, NotFound
from keyfob.messages.outbox import Kind
from keyfob.messages.store import OutboxRow
from keyfob.orders.kind import ProductKind
from keyfob.phones.help import reopen
from tests.support.builders import a_credential, a_hardware_token
from tests.support.faults import first
from tests.support.phones import NUMBERS
from tests.support.shop import OPERATOR
from tests.support.switchboard import Switchboard

PHONE, HARDWARE = ProductKind.PHONE, ProductKind.HARDWARE_TOKEN


def told(switchboard: Switchboard, kind: Kind) -> int:
    found = map(OutboxRow.from_raw_data, switchboard.bureau.database.scan(OutboxRow))
    return len([row for row in found if row.kind == kind])


def free(switchboard: Switchboard) -> Credential:
    return switchboard.help.free(switchboard.bureau.ada.user_id, OPERATOR)


def trail(switchboard: Switchboard) -> list[str]:
    return switchboard.bureau.trail(switchboard.live.subject)


# Freeing


def test_a_locked_phone_is_freed_by_an_operator_alone_F2(switchboard: Switchboard) -> None:
    switchboard.subscriber()
    phone = switchboard.bound()
    assert switchboard.fail_in_rounds(phone.id, 4)[-1] == "phone_locked"
    switchboard.clock.advance(hours=2)
    switchboard.token = switchboard.bureau.signed_in()
    freed = free(switchboard)
    assert freed == switchboard.live
    assert trail(switchboard)[-1] == "phone.freed"
    assert told(switchboard, Kind.PHONE_FREED) == 1
    switchboard.send(phone.id)
    assert switchboard.fail(4) == ["wrong_code"] * 4
    switchboard.elevate()


def test_freeing_brings_no_strength_back_S20(switchboard: Switchboard) -> None:
    switchboard.subscriber()
    phone = switchboard.bound()
    switchboard.send(phone.id)
    by_phone = switchboard.elevate().token
    switchboard.token = switchboard.bureau.signed_in()
    switchboard.clock.advance(minutes=2)
    switchboard.send(phone.id)
    switchboard.fail(5)
    free(switchboard)
    switchboard.token = by_phone
    assert switchboard.strength == 1


def test_each_phone_with_wrong_codes_is_freed_and_told_of_and_no_other_F2(
    switchboard: Switchboard,
) -> None:
    device = switchboard.bureau.holder()
    switchboard.token = switchboard.bureau.elevate(switchboard.token, device.code()).token
    phones = [switchboard.bound(number) for number in NUMBERS[:3]]
    waiting = switchboard.add(NUMBERS[3])
    switchboard.token = switchboard.bureau.signed_in()
    for phone, wrong in zip(phones, (1, 2, 0), strict=True):
        switchboard.send(phone.id)
        switchboard.fail(wrong, phone.id)
    free(switchboard)
    assert [switchboard.all[phone.id].failed for phone in phones] == [()] * 3
    assert trail(switchboard)[-2:] == ["phone.freed"] * 2
    assert told(switchboard, Kind.PHONE_FREED) == 2
    assert waiting.id in switchboard.all


def test_freeing_again_changes_nothing_F2(switchboard: Switchboard) -> None:
    switchboard.subscriber()
    switchboard.send(switchboard.bound().id)
    switchboard.fail()
    free(switchboard)
    before = trail(switchboard)
    free(switchboard)
    assert trail(switchboard) == before
    assert told(switchboard, Kind.PHONE_FREED) == 1


def test_a_phone_removed_or_right_in_that_moment_needs_no_freeing_F2(
    switchboard: Switchboard,
) -> None:
    switchboard.subscriber()
    phone = switchboard.bound()
    switchboard.send(phone.id)
    switchboard.fail()
    client = switchboard.bureau.client
    client.next("transact_write_items", first(switchboard.elevate))
    free(switchboard)
    switchboard.clock.advance(minutes=2)
    switchboard.send(phone.id)
    switchboard.fail()
    client.next("transact_write_items", first(lambda: switchboard.remove(phone.id, confirmed=True)))
    free(switchboard)
    assert "phone.freed" not in trail(switchboard)


def test_nobodys_phones_are_not_freed_F2(switchboard: Switchboard) -> None:
    for user_id in ("nobody", "x", switchboard.bureau.ada.user_id):
        with pytest.raises(NotFound):
            switchboard.help.free(user_id, OPERATOR)
        with pytest.raises(NotFound):
            switchboard.help.reopen(user_id, OPERATOR)


# Reopening


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ({"kind": PHONE, "replacing": True}, True),
        ({"kind": HARDWARE, "replacing": True}, False),
        ({"kind": PHONE, "phones": {"phone1": 0}}, False),
        ({"kind": PHONE, "phones": {"phone1": 0}, "replacing": True}, False),
        ({"kind": PHONE, "token": a_hardware_token()}, False),
        ({"kind": PHONE, "token": a_hardware_token(), "replacing": True}, False),
        ({"kind": HARDWARE, "token": a_hardware_token(), "replacing": True}, False),
    ],
)
def test_only_a_credential_for_phones_that_lost_them_all_is_reopened_S14(
    state: dict[str, Any], allowed: bool
) -> None:
    credential = a_credential(**state)
    if allowed:
        assert reopen(credential).credential.is_fresh
        return
    with pytest.raises(IllegalTransition):
        reopen(credential)


@pytest.mark.parametrize("kind", list(ProductKind))
def test_a_fresh_credential_is_open_already_S14(kind: ProductKind) -> None:
    fresh = a_credential(kind=kind)
    assert (reopen(fresh).credential, reopen(fresh).change) == (fresh, None)


def test_a_reopened_credential_begins_with_a_first_phone_and_its_holder_is_told_S14(
    switchboard: Switchboard,
) -> None:
    switchboard.subscriber()
    switchboard.remove(switchboard.bound().id, confirmed=True)
    done = switchboard.help.reopen(switchboard.bureau.ada.user_id, OPERATOR)
    assert (done.is_fresh, done.replacing) == (True, False)
    assert trail(switchboard)[-1] == "credential.reopened"
    assert told(switchboard, Kind.CREDENTIAL_REOPENED) == 1
    switchboard.help.reopen(switchboard.bureau.ada.user_id, OPERATOR)
    assert told(switchboard, Kind.CREDENTIAL_REOPENED) == 1
    phone = switchboard.bound(NUMBERS[1])
    assert switchboard.live.phones == {phone.id: 0}
