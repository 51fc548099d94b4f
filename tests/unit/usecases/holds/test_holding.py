"""A hold begins in the transaction of its end, or neither happens (S46, S54)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.holds.errors import AccountFrozen, BindingHeld
from keyfob.domain.holds.notifications import number_name
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.holds.store import FreezeLinkRow, HoldRow, HoldStore, NumbersRow
from keyfob.storage.messages.store import OutboxRow
from keyfob.usecases.directory.accounts import NewAccount
from keyfob.wiring.holds import freezing_of, reopening_of
from tests.support.builders import CLIENT, an_account, to_end
from tests.support.fakes import Meddler, fake_unseal
from tests.support.order_world import OPERATOR
from tests.support.phone_world import PhoneWorld, refusal_of
from tests.support.phones import NUMBER, NUMBERS

HOURS = timedelta(hours=1)


@pytest.fixture
def holds(phone_world: PhoneWorld) -> HoldStore:
    return HoldStore(phone_world.credential_world.database)


def remove_by_password(phone_world: PhoneWorld, phone: str) -> None:
    phone_world.remove(phone, confirmed=True)


def queued(phone_world: PhoneWorld, kind: Kind) -> list[OutboxRow]:
    rows = phone_world.credential_world.orders.queued()
    return [row for row in rows if row.kind == kind]


def entries(phone_world: PhoneWorld, action: str) -> list[AuditRow]:
    found = phone_world.credential_world.database.scan(AuditRow)
    return [row for row in map(AuditRow.from_raw_data, found) if row.action == action]


def administrator(phone_world: PhoneWorld) -> str:
    """Another account, which administers Ada's organization."""
    account = an_account()
    new = NewAccount(
        account=account,
        roles=(Role.ORGANIZATION_ADMINISTRATOR,),
        temporary_password="temporary-password",
    )
    phone_world.credential_world.orders.seed.accounts([new], by=OPERATOR)
    return account.id


@pytest.fixture
def phone(phone_world: PhoneWorld) -> str:
    """Ada's only phone, registered."""
    phone_world.subscriber()
    return phone_world.bound().id


def test_one_transaction_has_the_end_the_hold_its_entry_and_every_notification_S46_S54(
    phone_world: PhoneWorld, phone: str, holds: HoldStore, client: Meddler
) -> None:
    chief = administrator(phone_world)
    client.calls.clear()
    remove_by_password(phone_world, phone)
    assert len(client.requests("transact_write_items")) == 1
    ada, now = phone_world.by.id, phone_world.clock()
    hold = holds.get(ada)
    assert hold
    assert (hold.began, hold.until) == (now, now + 72 * HOURS)
    [entry] = entries(phone_world, "binding.held")
    facts = {"account": ada, "ended": "authenticator", "until": hold.until.isoformat()}
    assert (entry.pk, entry.facts) == (f"ACTOR#{ada}", facts)
    mails = queued(phone_world, Kind.BINDING_HELD)
    assert {row.recipient for row in mails} == {ada, chief}
    [text] = queued(phone_world, Kind.BINDING_HELD_TEXT)
    tokens = {fake_unseal(row.pk, row.sealed) for row in [*mails, text]}
    assert len(tokens) == 1
    assert holds.frozen_by(tokens.pop(), now) == ada


def test_neither_token_nor_number_is_readable_in_a_row_S17_S47(
    phone_world: PhoneWorld, phone: str, holds: HoldStore
) -> None:
    remove_by_password(phone_world, phone)
    database, ada = phone_world.credential_world.database, phone_world.by.id
    [mail] = queued(phone_world, Kind.BINDING_HELD)
    token = fake_unseal(mail.pk, mail.sealed)
    rows = [list(database.scan(one)) for one in (HoldRow, OutboxRow, AuditRow)]
    assert token not in str(rows)
    assert NUMBER not in str(rows)
    kept = holds.numbers(ada, phone_world.clock()).sealed
    assert fake_unseal(number_name(ada, phone), kept[phone]) == NUMBER


def test_a_silent_key_service_lets_nothing_end_S50(
    phone_world: PhoneWorld, phone: str, holds: HoldStore
) -> None:
    parties = phone_world.credential_world.base.parties

    def silent(_name: str, _secret: str) -> Any:
        raise KeysUnavailable

    working, parties.sealing = parties.sealing, silent
    with pytest.raises(KeysUnavailable):
        remove_by_password(phone_world, phone)
    assert phone in phone_world.live.phones
    assert holds.get(phone_world.by.id) is None
    parties.sealing = working
    remove_by_password(phone_world, phone)


def test_a_hold_keeps_its_numbers_and_its_link_no_longer_than_it_needs_them_S54(
    phone_world: PhoneWorld, phone: str, holds: HoldStore
) -> None:
    remove_by_password(phone_world, phone)
    database, ada, now = (
        phone_world.credential_world.database,
        phone_world.by.id,
        phone_world.clock(),
    )
    row = database.get(NumbersRow, f"HOLD#{ada}", "numbers")
    assert row
    assert row.expires == int((now + 72 * HOURS).timestamp())
    assert holds.numbers(ada, now + 72 * HOURS).sealed == {}
    [link] = [
        FreezeLinkRow.from_raw_data(item)
        for item in database.scan(FreezeLinkRow)
        if item["pk"]["S"].startswith("FREEZE#")
    ]
    assert link.expires == int((now + 96 * HOURS).timestamp())


def test_a_phone_removed_beside_another_is_kept_until_the_other_ends_S54(
    phone_world: PhoneWorld, phone: str, holds: HoldStore
) -> None:
    phone_world.send(phone)
    phone_world.elevate()
    other = phone_world.bound(NUMBERS[1]).id
    remove_by_password(phone_world, phone)
    assert holds.get(phone_world.by.id) is None
    assert queued(phone_world, Kind.BINDING_HELD_TEXT) == []
    remove_by_password(phone_world, other)
    texts = queued(phone_world, Kind.BINDING_HELD_TEXT)
    assert {row.subject.rpartition("#")[2] for row in texts} == {phone, other}


def test_a_second_end_before_the_first_is_told_has_messages_of_its_own_S46(
    phone_world: PhoneWorld, phone: str
) -> None:
    remove_by_password(phone_world, phone)
    world = phone_world.credential_world
    world.management.revoke(world.live.id, world.proof, world.by, confirmed=True)
    mails = queued(phone_world, Kind.BINDING_HELD)
    assert sorted(int(row.subject_version) for row in mails) == [1, 2]
    assert [row.facts["ended"] for row in sorted(mails, key=lambda row: row.subject_version)] == [
        "authenticator",
        "credential",
    ]


def test_after_a_removal_with_a_code_the_next_phone_follows_at_once_D3_S54(
    phone_world: PhoneWorld, phone: str
) -> None:
    phone_world.token = phone_world.credential_world.signed_in()
    phone_world.send(phone)
    phone_world.elevate()
    proof = to_end(phone_world.session)
    phone_world.remove(phone, confirmed=True, proof=proof)
    assert queued(phone_world, Kind.BINDING_HELD) == []
    assert entries(phone_world, "binding.held") == []
    phone_world.token = phone_world.credential_world.signed_in()
    phone_world.confirm(phone_world.add(NUMBERS[1]).id)
    assert len(phone_world.live.phones) == 1


# First bindings against the row


def test_a_freeze_that_is_faster_than_a_binding_refuses_it_S54(
    phone_world: PhoneWorld, client: Meddler
) -> None:
    """The binding has read no hold, and commits only if there is none yet."""
    phone_world.subscriber()
    new, world = phone_world.add(), phone_world.credential_world
    freezing = freezing_of(world.base)

    def frozen_first(operation: Any, request: Any) -> Any:
        freezing.by_operator(world.ada.user_id, OPERATOR)
        return operation(**request)

    client.next("transact_write_items", frozen_first)
    with pytest.raises(AccountFrozen):
        phone_world.confirm(new.id)
    assert phone_world.live.phones == {}


def test_a_release_code_is_spent_by_the_binding_it_allows_S54(
    phone_world: PhoneWorld, phone: str, holds: HoldStore
) -> None:
    remove_by_password(phone_world, phone)
    world = phone_world.credential_world
    release = reopening_of(world.base).release(world.ada.user_id, OPERATOR)
    phone_world.token = world.signed_in()
    with pytest.raises(BindingHeld):
        phone_world.add(NUMBERS[1])
    new = phone_world.add(NUMBERS[1], release_code=release.code)
    assert holds.get(world.ada.id).release  # type: ignore[union-attr]
    phone_world.confirm(new.id, release_code=release.code)
    hold = holds.get(world.ada.id)
    assert hold
    assert hold.release is None
    assert list(phone_world.live.phones) == [new.id]


def test_twenty_wrong_codes_of_a_release_are_compared_S54(
    phone_world: PhoneWorld, phone: str
) -> None:
    remove_by_password(phone_world, phone)
    world = phone_world.credential_world
    release = reopening_of(world.base).release(world.ada.user_id, OPERATOR)
    phone_world.token = world.signed_in()
    for _ in range(20):
        tried = refusal_of(lambda: phone_world.add(NUMBERS[1], release_code="AAAAA-AAAAA"))
        assert tried == "wrong_release_code"
    tried = refusal_of(lambda: phone_world.add(NUMBERS[1], release_code=release.code))
    assert tried == "too_many_tries"


# Freezing


def test_a_freeze_ends_sessions_tells_everybody_once_and_keeps_the_numbers_S54(
    phone_world: PhoneWorld, phone: str, holds: HoldStore
) -> None:
    chief = administrator(phone_world)
    remove_by_password(phone_world, phone)
    world = phone_world.credential_world
    [mail, *_] = queued(phone_world, Kind.BINDING_HELD)
    token = fake_unseal(mail.pk, mail.sealed)
    freezing = freezing_of(world.base)
    for _ in range(2):
        assert freezing.by_link(token, CLIENT).frozen
    assert (dict(world.row.live), world.row.frozen) == ({}, True)
    told = queued(phone_world, Kind.ACCOUNT_FROZEN)
    assert {row.recipient for row in told} == {world.ada.id, chief}
    assert len(told) == 2
    [entry] = entries(phone_world, "account.frozen")
    assert (entry.pk, entry.address) == ("ACTOR#freeze", CLIENT.address)
    later = phone_world.clock() + 30 * 24 * HOURS
    assert phone in holds.numbers(world.ada.id, later).sealed


def test_thawing_begins_the_hold_anew_and_resets_the_password_S54(
    phone_world: PhoneWorld, holds: HoldStore
) -> None:
    world = phone_world.credential_world
    freezing_of(world.base).by_operator(world.ada.user_id, OPERATOR)
    phone_world.clock.advance(days=30)
    reopening_of(world.base).thaw(world.ada.user_id, OPERATOR)
    hold = holds.get(world.ada.id)
    assert hold
    assert (hold.frozen, hold.until) == (False, phone_world.clock() + 72 * HOURS)
    assert not world.row.frozen
    assert world.row.pending_reset in {row.pk for row in queued(phone_world, Kind.RESET_PASSWORD)}
    assert len(queued(phone_world, Kind.ACCOUNT_THAWED)) == 1
    assert len(queued(phone_world, Kind.BINDING_HELD)) == 1


@pytest.mark.parametrize("act", ["thaw", "release"])
def test_an_operators_act_is_refused_where_it_makes_no_sense_S54(
    act: str, phone_world: PhoneWorld
) -> None:
    world = phone_world.credential_world
    reopening = reopening_of(world.base)
    if act == "release":
        freezing_of(world.base).by_operator(world.ada.user_id, OPERATOR)
    assert refusal_of(lambda: getattr(reopening, act)(world.ada.user_id, OPERATOR)) == (
        "illegal_state"
    )
    assert refusal_of(lambda: getattr(reopening, act)("nobody-at-all", OPERATOR)) == "not_found"


def test_an_operators_acts_leave_their_reason_and_the_account_S60(phone_world: PhoneWorld) -> None:
    world = phone_world.credential_world
    by = Actor(kind="operator", id="console", correlation="req-9", reason="Called back")
    freezing_of(world.base).by_operator(world.ada.user_id, by)
    reopening_of(world.base).thaw(world.ada.user_id, by)
    reopening_of(world.base).release(world.ada.user_id, by)
    for action in ("account.frozen", "account.thawed", "binding.held", "binding.released"):
        [entry] = entries(phone_world, action)
        assert (entry.facts["reason"], entry.facts["account"]) == ("Called back", world.ada.id)
        assert entry.correlation == "req-9"


def test_no_more_administrators_are_told_than_a_transaction_has_room_for_S46(
    phone_world: PhoneWorld, phone: str
) -> None:
    for _ in range(25):
        administrator(phone_world)
    remove_by_password(phone_world, phone)
    assert len(queued(phone_world, Kind.BINDING_HELD)) == 21
