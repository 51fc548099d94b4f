"""Asking for a recovery code: the same for every user id (A4, S25)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.errors import KeysUnavailable, StorageUnavailable, TooManyTries
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import IdentityUnavailable, WrongRecoveryCode
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.sessions.recoveries import RecoveryRow, key_of
from keyfob.storage.sessions.store import SessionsRow
from keyfob.usecases.sessions.guessing import NOBODY
from tests.support.account_world import PERMANENT, AccountWorld
from tests.support.builders import CLIENT
from tests.support.fakes import START, FakeClock, Meddler, fake_seal, fake_unseal, unique

UNKNOWN = "nobody-of-this-name"


def row_of(account_world: AccountWorld, user_id: str) -> RecoveryRow:
    found = account_world.orders.database.get(RecoveryRow, key_of(user_id), "-")
    assert found
    return found


def deactivated(account_world: AccountWorld) -> str:
    """The user id of an inactive account."""
    return account_world.orders.person(active=False).user_id


def elsewhere() -> Client:
    """A network address without earlier requests."""
    return replace(CLIENT, address=unique("address-"))


def shape(value: Any) -> Any:
    """The structure of a request, without its values."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value).__name__


def asked(account_world: AccountWorld, client: Meddler, user_id: str) -> list[tuple[str, Any]]:
    """The requests to the tables that asking for a code makes."""
    client.calls.clear()
    account_world.recovery.request(user_id, elsewhere())
    return [(name, shape(request)) for name, request in client.calls]


def test_one_transaction_leaves_a_row_an_entry_and_a_sealed_mail_A4_S17_S46(
    account_world: AccountWorld, client: Meddler
) -> None:
    account_world.orders.clock.advance(milliseconds=5)
    client.calls.clear()
    code = account_world.code()
    assert len(client.requests("transact_write_items")) == 1
    row = row_of(account_world, account_world.ada.user_id)
    assert (row.account, row.made) == (account_world.ada.id, START.timestamp() * 1000 + 5)
    assert "used" not in row.attribute_values
    assert (row.until, row.expires) == (row.made + 1_800_000, START.timestamp() + 3600)
    [entry] = account_world.entries("password.recovery_requested")
    assert (entry.pk, entry.address) == (f"ACTOR#{account_world.ada.id}", CLIENT.address)
    [mail] = [one for one in account_world.orders.queued() if one.kind == Kind.RECOVERY_CODE]
    assert (mail.recipient, mail.correlation) == (account_world.ada.id, CLIENT.correlation)
    assert dict(mail.facts) == {
        "at": "2026-11-22T07:00:00+00:00",
        "until": "2026-11-22T07:30:00+00:00",
        "address": CLIENT.address,
        "sealed_as": f"{row.pk}#{int(row.made)}",
    }
    assert mail.sealed == row.sealed
    tables = [list(account_world.orders.database.scan(one)) for one in (RecoveryRow, OutboxRow)]
    assert code not in json.dumps(tables, default=str)


def test_the_mail_brings_the_code_and_says_who_asked_A4(account_world: AccountWorld) -> None:
    code = account_world.code()
    account_world.orders.send_queued()
    [mail] = account_world.orders.mail.sent
    body = mail.get_body(("plain",))
    assert body
    assert code in body.get_content()
    assert CLIENT.address in body.get_content()
    assert mail["To"].addresses[0].addr_spec == account_world.ada.email
    [done] = account_world.orders.queued(pending=False)
    assert not done.sealed


def test_every_user_id_costs_the_same_requests_to_the_tables_S25(
    account_world: AccountWorld, client: Meddler
) -> None:
    inactive = deactivated(account_world)
    shapes = [
        asked(account_world, client, one)
        for one in (account_world.ada.user_id, UNKNOWN, inactive, "  ")
    ]
    assert shapes[0]
    assert all(one == shapes[0] for one in shapes)
    account_world.orders.clock.advance(seconds=1)
    again = [
        asked(account_world, client, one)
        for one in (account_world.ada.user_id, UNKNOWN, inactive, "  ")
    ]
    assert all(one == again[0] for one in again)


def test_every_user_id_costs_the_same_requests_to_the_key_service_S25(
    account_world: AccountWorld,
) -> None:
    told: list[str] = []
    hashed, sealed = account_world.parties.hashing, account_world.parties.sealing

    def hashing(purpose: str, value: str) -> str:
        told.append(f"{purpose} {len(value)}")
        return hashed(purpose, value)

    def sealing(name: str, secret: str) -> bytes:
        told.append(f"seal {len(secret)}")
        return sealed(name, secret)

    account_world.parties.hashing, account_world.parties.sealing = hashing, sealing
    for one in (account_world.ada.user_id, UNKNOWN, deactivated(account_world)):
        account_world.recovery.request(one, CLIENT)
    assert [one.split(" ")[0] for one in told] == ["recovery-code", "seal"] * 3
    assert told[1] == told[3] == told[5]


@pytest.mark.parametrize("who", ["unknown", "deactivated"])
def test_the_code_of_an_unknown_or_deactivated_user_is_never_mailed_and_opens_nothing_S25(
    account_world: AccountWorld, who: str
) -> None:
    user_id = UNKNOWN if who == "unknown" else deactivated(account_world)
    code = account_world.code(user_id)
    assert row_of(account_world, user_id).account == NOBODY
    [mail] = account_world.orders.queued()
    assert mail.recipient == NOBODY
    account_world.orders.send_queued()
    assert account_world.orders.mail.sent == []
    assert account_world.orders.counts.seen["MessageMoot"] == 1
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code, user_id=user_id)
    assert row_of(account_world, user_id).used is None


def test_a_pending_reset_changes_nothing_about_asking_S25(
    account_world: AccountWorld, client: Meddler
) -> None:
    before = asked(account_world, client, account_world.ada.user_id)
    other = account_world.orders.person()
    account_world.ada, ada = other, account_world.ada
    account_world.revoke()
    account_world.ada = ada
    assert asked(account_world, client, other.user_id) == before


def test_case_and_blanks_around_a_user_id_are_forgiven(account_world: AccountWorld) -> None:
    account_world.recovery.request(f" {account_world.ada.user_id.upper()} ", CLIENT)
    assert row_of(account_world, account_world.ada.user_id).account == account_world.ada.id


# Asking again


def test_asking_again_mails_the_same_code_and_extends_it_S56(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    first = account_world.code()
    clock.advance(minutes=29)
    assert account_world.code(client=elsewhere()) == first
    assert {one.facts["until"] for one in account_world.orders.queued()} == {
        "2026-11-22T07:30:00+00:00",
        "2026-11-22T07:59:00+00:00",
    }
    account_world.orders.send_queued()
    bodies = [one.get_body(("plain",)) for one in account_world.orders.mail.sent]
    assert [first in one.get_content() for one in bodies if one] == [True, True]
    clock.advance(minutes=29, seconds=59)
    account_world.recover(first)


def test_a_stranger_who_keeps_asking_keeps_the_holders_code_good_S56(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    """Every minute for an hour, from changing addresses; mails are bounded all the same."""
    code, before = account_world.code(), len(account_world.orders.queued())
    for _ in range(60):
        clock.advance(minutes=1)
        account_world.recovery.request(account_world.ada.user_id, elsewhere())
    mails = account_world.orders.queued()
    assert {fake_unseal(str(one.facts["sealed_as"]), one.sealed) for one in mails} == {code}
    assert len(mails) - before <= 3 * 60 / 15
    account_world.recover(code)


def test_a_code_is_replaced_before_it_is_a_day_old_A4(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    first = account_world.code()
    for _ in range(48):
        clock.advance(minutes=29)
        assert account_world.code() == first
    clock.advance(minutes=29)
    second = account_world.code()
    assert second != first
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(first)
    account_world.recover(second)


@pytest.mark.parametrize("why", ["used", "expired"])
def test_asking_after_a_code_was_used_or_expired_mails_another_A4(
    account_world: AccountWorld, clock: FakeClock, why: str
) -> None:
    first = account_world.code()
    if why == "used":
        account_world.recover(first)
    clock.advance(minutes=30 if why == "expired" else 0, seconds=1)
    second = account_world.code()
    assert second != first
    account_world.recover(second)


def test_an_account_that_gets_a_user_id_gets_a_code_of_its_own_S25(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    """A code under the placeholder was never mailed to anybody."""
    never_mailed = account_world.code(user_id := unique("grace"))
    account_world.orders.person(user_id=user_id)
    clock.advance(seconds=1)
    assert account_world.code(user_id) != never_mailed
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(never_mailed, user_id=user_id)


def test_two_requests_at_once_mail_one_code_A4(
    account_world: AccountWorld, client: Meddler
) -> None:
    """The row is read again if it has changed since."""
    client.next("transact_write_items", asked_first(account_world))
    account_world.recovery.request(account_world.ada.user_id, CLIENT)
    first, second = account_world.codes()
    assert first == second
    account_world.recover(first)


def test_a_code_used_just_before_it_is_extended_stays_used_A4(
    account_world: AccountWorld, client: Meddler, clock: FakeClock
) -> None:
    code = account_world.code()
    clock.advance(seconds=1)

    def used_first(operation: Any, request: Any) -> Any:
        account_world.recover(code)
        return operation(**request)

    client.next("transact_write_items", used_first)
    account_world.recovery.request(account_world.ada.user_id, elsewhere())
    assert account_world.codes()[-1] != code
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code, "yet another long phrase")


def test_a_code_replaced_just_before_it_is_extended_stays_replaced_A4(
    account_world: AccountWorld, client: Meddler, clock: FakeClock
) -> None:
    code = account_world.code()
    clock.advance(seconds=1)

    def used_and_asked_first(operation: Any, request: Any) -> Any:
        account_world.recover(code)
        return asked_first(account_world)(operation, request)

    client.next("transact_write_items", used_and_asked_first)
    account_world.recovery.request(account_world.ada.user_id, elsewhere())
    assert account_world.codes()[-1] == account_world.codes()[-2] != code


def asked_first(account_world: AccountWorld) -> Any:
    """A fault: somebody else's request comes first, at another instant."""

    def fault(operation: Any, request: Any) -> Any:
        account_world.orders.clock.advance(milliseconds=1)
        account_world.recovery.request(account_world.ada.user_id, elsewhere())
        account_world.orders.clock.advance(milliseconds=1)
        return operation(**request)

    return fault


def test_after_three_mails_in_a_quarter_of_an_hour_nothing_is_done_for_anybody_S25_S56(
    account_world: AccountWorld, client: Meddler, clock: FakeClock
) -> None:
    inactive, costs = deactivated(account_world), []
    for user_id in (account_world.ada.user_id, UNKNOWN, inactive):
        for _ in range(3):
            account_world.recovery.request(user_id, elsewhere())
            clock.advance(milliseconds=1)
        costs.append(asked(account_world, client, user_id))
    assert [name for name, _ in costs[0]] == ["batch_get_item", "put_item", "batch_get_item"]
    assert costs == [costs[0]] * 3
    assert len(account_world.codes()) == 9
    clock.advance(minutes=15)
    account_world.recovery.request(account_world.ada.user_id, elsewhere())
    assert len(account_world.codes()) == 10


def test_a_code_that_was_used_leaves_room_for_the_mail_of_the_next_S56(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    """Otherwise the mailbox would have no good code while nothing is mailed."""
    for _ in range(5):
        account_world.recovery.request(account_world.ada.user_id, elsewhere())
        clock.advance(milliseconds=1)
    account_world.passwords.silent = True
    with pytest.raises(IdentityUnavailable, match="Ask for a new code in a minute"):
        account_world.recover(account_world.codes()[-1])
    account_world.passwords.silent = False
    clock.advance(minutes=1)
    account_world.recover(account_world.code())


def test_the_21st_request_of_an_address_in_an_hour_is_refused_and_charges_nobody_else(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    for number in range(20):
        account_world.recovery.request(f"somebody{number}", CLIENT)
    for _ in range(4):
        with pytest.raises(TooManyTries):
            account_world.recovery.request(account_world.ada.user_id, CLIENT)
    account_world.recovery.request(account_world.ada.user_id, elsewhere())
    clock.advance(hours=1)
    account_world.recovery.request(account_world.ada.user_id, CLIENT)


@pytest.mark.parametrize("what", ["hashing", "sealing"])
def test_a_silent_key_service_leaves_everything_as_it_was_and_is_not_counted_S50(
    account_world: AccountWorld, what: str
) -> None:
    def silent(_first: str, _second: str) -> Any:
        raise KeysUnavailable

    working = getattr(account_world.parties, what)
    setattr(account_world.parties, what, silent)
    for _ in range(21):
        with pytest.raises(KeysUnavailable):
            account_world.recovery.request(account_world.ada.user_id, CLIENT)
    assert account_world.orders.queued() == []
    setattr(account_world.parties, what, working)
    account_world.recover(account_world.code())


def test_silent_tables_are_reported_as_such_S50(
    account_world: AccountWorld, client: Meddler
) -> None:
    def silent(_operation: Any, _request: Any) -> Any:
        raise StorageUnavailable

    client.next("transact_write_items", silent)
    with pytest.raises(StorageUnavailable):
        account_world.recovery.request(account_world.ada.user_id, CLIENT)


def test_asking_ends_no_session_and_changes_no_password_A4(account_world: AccountWorld) -> None:
    before = account_world.sign_in(PERMANENT)
    account_world.code()
    assert list(account_world.seen.live) == [before.session.id]
    assert "set_password" not in account_world.passwords.calls


def test_a_mail_that_comes_too_late_is_not_sent_S44(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    account_world.code()
    clock.advance(minutes=30)
    account_world.orders.send_queued()
    assert account_world.orders.mail.sent == []
    [done] = account_world.orders.queued(pending=False)
    assert done.state == "moot"
    assert not done.sealed


def test_the_account_of_a_code_can_not_be_altered_in_the_row_S17(
    account_world: AccountWorld,
) -> None:
    """It can't be moved to another row either: the hash covers both."""
    eve, code = account_world.orders.person(), account_world.code()
    row = row_of(account_world, account_world.ada.user_id)
    row.account = eve.id
    account_world.orders.database._client.put_item(
        **account_world.orders.database._named(row.get_save_kwargs_from_instance())
    )
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    assert account_world.orders.database.get(SessionsRow, f"ACCOUNT#{eve.id}", "-").epoch == 1  # type: ignore[union-attr]


# What an earlier version wrote


def test_a_row_of_an_earlier_version_has_no_good_code(account_world: AccountWorld) -> None:
    """It had neither the sealed code nor an end."""
    code = account_world.code()
    row = row_of(account_world, account_world.ada.user_id)
    row.sealed = row.until = None
    account_world.orders.database._client.put_item(
        **account_world.orders.database._named(row.get_save_kwargs_from_instance())
    )
    with pytest.raises(WrongRecoveryCode):
        account_world.recover(code)
    account_world.orders.clock.advance(seconds=1)
    account_world.recover(account_world.code())


def test_a_mail_that_an_earlier_version_queued_is_sent(account_world: AccountWorld) -> None:
    """Its code is sealed under its own id."""
    code = account_world.code()
    [mail] = account_world.orders.queued()
    mail.facts = {name: one for name, one in mail.facts.items() if name != "sealed_as"}
    mail.sealed = fake_seal(mail.pk, code)
    account_world.orders.database._client.put_item(
        **account_world.orders.database._named(mail.get_save_kwargs_from_instance())
    )
    account_world.orders.send_queued()
    [sent] = account_world.orders.mail.sent
    assert code in str(sent)
