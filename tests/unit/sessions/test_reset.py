"""Resetting a password (F3): what was mailed is what counts, wherever it dies."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from keyfob.audit.entry import Actor, Entry
from keyfob.audit.store import AuditRow
from keyfob.dynamo import Conflict, Database
from keyfob.errors import (
    IdentityUnavailable,
    KeysUnavailable,
    PasswordResetPending,
    WrongCredentials,
)
from keyfob.messages.outbox import Kind, Message
from keyfob.messages.store import OutboxRow
from keyfob.sessions import store as rows
from keyfob.sessions.password import PasswordCheck
from keyfob.sessions.reset import reset_promise
from tests.support.builders import CLIENT
from tests.support.fakes import (
    FakeClock,
    Meddler,
    fake_seal,
)
from tests.support.house import PERMANENT, House

TEMPORARY = "temporary-password"
MUST_CHANGE, WRONG = PasswordCheck.MUST_CHANGE, PasswordCheck.WRONG


class DiedError(BaseException):
    """The process ends here."""


def state(promise: Message, database: Database) -> str:
    row = database.get(OutboxRow, promise.id, "-")
    assert row
    return str(row.state)


def test_the_promise_is_an_effect_named_by_account_and_epoch_F3() -> None:
    promise = reset_promise("acc_ada", 8, "req-9")
    assert promise.id.startswith("eff_")
    assert (promise.subject, promise.recipient) == ("ACCOUNT#acc_ada", "acc_ada")
    assert (promise.version, promise.correlation) == (8, "req-9")
    assert promise.id != reset_promise("acc_ada", 9, "req-9").id
    assert promise.id != reset_promise("acc_eve", 8, "req-9").id


# The row


def test_one_write_raises_the_epoch_ends_all_sessions_and_marks_the_row_S22(house: House) -> None:
    signed_in = house.sign_in(PERMANENT)
    promise = house.revoke()
    seen = house.seen
    assert (seen.epoch, dict(seen.live), seen.pending_reset) == (2, {}, promise.id)
    assert signed_in.session.id not in seen.live


def test_ending_all_sessions_leaves_the_mark_S22(house: House) -> None:
    promise = house.revoke()
    house.use.sign_out_everywhere(house.ada.id, CLIENT)
    assert (house.seen.epoch, house.seen.pending_reset) == (3, promise.id)


def test_a_reset_that_is_pending_stays_the_one_that_counts_F3(house: House) -> None:
    first = house.revoke()
    second = house.revoke()
    assert (house.seen.epoch, house.seen.pending_reset) == (3, first.id)
    assert house.reset.perform(house.claimed(second)) is False
    assert house.passwords.calls == []
    assert house.reset.perform(house.claimed(first)) is True
    assert house.seen.pending_reset is None


def test_a_done_reset_raises_the_epoch_again_and_takes_the_mark_away_S22(house: House) -> None:
    house.revoke()
    by = Actor(kind="system", id="effects")
    entry = Entry(action="password.reset", actor=by, at=house.shop.clock())
    house.transactions.commit(rows.reset_done(house.seen), audit=[entry])
    assert (house.seen.epoch, house.seen.pending_reset) == (3, None)


@pytest.mark.parametrize("changed", [{"epoch": 1}, {"pending_reset": "eff_another"}])
def test_a_row_that_changed_meanwhile_is_not_done_S46(house: House, changed: Any) -> None:
    from dataclasses import replace

    house.revoke()
    by = Actor(kind="system", id="effects")
    entry = Entry(action="password.reset", actor=by, at=house.shop.clock())
    with pytest.raises(Conflict):
        house.transactions.commit(rows.reset_done(replace(house.seen, **changed)), audit=[entry])
    assert house.seen.epoch == 2


def test_a_reset_sets_a_temporary_password_and_promises_its_mail_F3(house: House) -> None:
    promise = house.revoke()
    house.worker.deliver(promise.id)
    assert state(promise, house.shop.database) == "done"
    [password] = house.mailed()
    assert house.check(password) is MUST_CHANGE
    assert house.check(PERMANENT) is WRONG
    [mail] = [row for row in house.shop.promises() if row.kind == Kind.TEMPORARY_PASSWORD]
    assert (mail.recipient, mail.subject_version, mail.correlation) == (house.ada.id, 3, "req-9")
    assert dict(mail.facts) == {"until": "2026-12-22T07:00:00+00:00"}
    [entry] = house.entries("password.reset")
    assert (entry.pk, entry.actor_kind, dict(entry.facts)) == (
        "ACTOR#effects",
        "system",
        {"account": house.ada.id},
    )


def test_the_holder_signs_in_with_what_was_mailed_and_must_choose_a_new_one_F3(
    house: House,
) -> None:
    house.worker.deliver(house.revoke().id)
    [password] = house.mailed()
    house.shop.keep_promises()
    [mail] = house.shop.mail.sent
    body = mail.get_body(("plain",))
    assert body
    assert password in body.get_content()
    assert mail["To"].addresses[0].addr_spec == house.ada.email
    challenge = house.sign_in(password)
    assert challenge.session.strength == 0
    signed_in = house.use.set_password(
        house.ada.id, challenge.session, "another long password", CLIENT
    )
    assert signed_in.session.strength == 1
    for old in (PERMANENT, password):
        with pytest.raises(WrongCredentials):
            house.sign_in(old)


def test_a_done_reset_is_not_done_again_S42(house: House) -> None:
    promise = house.revoke()
    assert house.reset.perform(house.claimed(promise)) is True
    assert house.reset.perform(house.claimed(promise)) is False
    assert house.passwords.calls == ["set_temporary"]
    assert len(house.mailed()) == 1


def test_nobody_is_reset_for_an_unknown_account(house: House) -> None:
    promise = reset_promise("acc_nobody", 2, "")
    assert house.reset.perform(house.claimed(promise)) is False
    assert house.passwords.calls == []


def test_killed_before_the_commit_it_is_done_again_with_another_password_S46(
    house: House, client: Meddler, clock: FakeClock
) -> None:
    promise = house.revoke()

    def die(_operation: Any, _request: Any) -> Any:
        raise DiedError

    client.next("transact_write_items", die)
    with pytest.raises(DiedError):
        house.worker.deliver(promise.id)
    assert house.check(house.made[0]) is MUST_CHANGE
    assert house.mailed() == []
    with pytest.raises(PasswordResetPending):
        house.sign_in(house.made[0])
    clock.advance(seconds=61)
    house.worker.deliver(promise.id)
    assert house.mailed() == [house.made[1]]
    assert house.check(house.made[1]) is MUST_CHANGE
    assert house.check(house.made[0]) is WRONG


def test_killed_after_the_commit_nothing_is_done_again_S46(
    house: House, client: Meddler, clock: FakeClock
) -> None:
    promise = house.revoke()

    def die_afterwards(operation: Any, request: Any) -> Any:
        operation(**request)
        raise DiedError

    client.next("transact_write_items", die_afterwards)
    with pytest.raises(DiedError):
        house.worker.deliver(promise.id)
    clock.advance(seconds=61)
    house.worker.deliver(promise.id)
    assert state(promise, house.shop.database) == "moot"
    assert house.mailed() == house.made
    assert house.check(house.made[0]) is MUST_CHANGE


def test_overtaken_before_the_commit_the_last_password_is_the_mailed_one_S46(
    house: House, client: Meddler
) -> None:
    promise = house.revoke()

    def ended_first(operation: Any, request: Any) -> Any:
        house.use.sign_out_everywhere(house.ada.id, CLIENT)
        return operation(**request)

    client.next("transact_write_items", ended_first)
    assert house.reset.perform(house.claimed(promise)) is True
    assert house.mailed() == [house.made[-1]]
    assert len(house.made) == 2
    assert house.check(house.made[-1]) is MUST_CHANGE
    assert house.seen.epoch == 4


def test_a_silent_password_store_postpones_the_reset_and_nobody_gets_in_S50(
    house: House, clock: FakeClock
) -> None:
    promise = house.revoke()
    house.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        house.reset.perform(house.claimed(promise))
    house.worker.deliver(promise.id)
    assert state(promise, house.shop.database) == "pending"
    assert house.shop.counts.seen["MessageFailed"] == 1
    house.passwords.silent = False
    with pytest.raises(PasswordResetPending):
        house.sign_in(PERMANENT)
    clock.advance(minutes=1)
    house.worker.deliver(promise.id)
    assert house.mailed() == [house.made[-1]]


def test_a_silent_key_service_leaves_the_password_store_alone_S50(house: House) -> None:
    def silent(_name: str, _secret: str) -> bytes:
        raise KeysUnavailable

    house.parties.sealing = silent
    promise = house.revoke()
    with pytest.raises(KeysUnavailable):
        house.reset.perform(house.claimed(promise))
    assert house.passwords.calls == []
    assert house.seen.pending_reset == promise.id


def test_the_password_is_in_no_table_and_no_log_S17(
    house: House, caplog: pytest.LogCaptureFixture, client: Meddler
) -> None:
    caplog.set_level(logging.DEBUG)
    promise = house.revoke()

    def refused(_operation: Any, _request: Any) -> Any:
        raise ValueError(house.made[-1])  # not even in the words of somebody's error

    client.next("transact_write_items", refused)
    house.worker.deliver(promise.id)
    house.shop.clock.advance(minutes=1)
    house.worker.deliver(promise.id)
    house.shop.keep_promises()
    assert len(house.made) == 2
    assert len(house.shop.mail.sent) == 1
    lines = str([record.__dict__ for record in caplog.records])
    assert "promise kept" in lines
    tables = (rows.SessionsRow, OutboxRow, AuditRow)
    kept = json.dumps([list(house.shop.database.scan(one)) for one in tables], default=str)
    for password in house.made:
        assert password not in lines
        assert password not in kept
    done = house.shop.promises(pending=False)
    assert [row.sealed for row in done if row.kind == Kind.TEMPORARY_PASSWORD] == [None]


def test_a_mail_sealed_for_another_row_is_not_opened_S17(house: House) -> None:
    house.parties.sealing = lambda _name, secret: fake_seal("msg_another", secret)
    house.worker.deliver(house.revoke().id)
    house.shop.keep_promises()
    assert house.shop.mail.sent == []
    assert house.shop.counts.seen["MessageFailed"] == 1
