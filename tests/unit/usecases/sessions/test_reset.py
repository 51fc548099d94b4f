"""Resetting a password (F3): the mailed password counts, wherever the reset dies."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    PasswordResetPending,
    WrongCredentials,
)
from keyfob.domain.sessions.password import PasswordCheck
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Conflict, Database
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.sessions import store as rows
from keyfob.usecases.sessions.reset import reset_effect
from tests.support.account_world import PERMANENT, AccountWorld
from tests.support.builders import CLIENT
from tests.support.fakes import (
    FakeClock,
    Meddler,
    fake_seal,
)

TEMPORARY = "temporary-password"
MUST_CHANGE, WRONG = PasswordCheck.MUST_CHANGE, PasswordCheck.WRONG


class DiedError(BaseException):
    """The process ends here."""


def state(message: Message, database: Database) -> str:
    row = database.get(OutboxRow, message.id, "-")
    assert row
    return str(row.state)


def test_the_message_is_an_effect_named_by_account_and_epoch_F3() -> None:
    message = reset_effect("acc_ada", 8, "req-9")
    assert message.id.startswith("eff_")
    assert (message.subject, message.recipient) == ("ACCOUNT#acc_ada", "acc_ada")
    assert (message.version, message.correlation) == (8, "req-9")
    assert message.id != reset_effect("acc_ada", 9, "req-9").id
    assert message.id != reset_effect("acc_eve", 8, "req-9").id


# The row


def test_one_write_raises_the_epoch_ends_all_sessions_and_marks_the_row_S22(
    account_world: AccountWorld,
) -> None:
    signed_in = account_world.sign_in(PERMANENT)
    message = account_world.revoke()
    seen = account_world.seen
    assert (seen.epoch, dict(seen.live), seen.pending_reset) == (2, {}, message.id)
    assert signed_in.session.id not in seen.live


def test_ending_all_sessions_leaves_the_mark_S22(account_world: AccountWorld) -> None:
    message = account_world.revoke()
    account_world.sign_out_everywhere()
    assert (account_world.seen.epoch, account_world.seen.pending_reset) == (3, message.id)


def test_a_reset_that_is_pending_stays_the_one_that_counts_F3(account_world: AccountWorld) -> None:
    first = account_world.revoke()
    second = account_world.revoke()
    assert (account_world.seen.epoch, account_world.seen.pending_reset) == (3, first.id)
    assert account_world.reset.perform(account_world.leased(second)) is False
    assert account_world.passwords.calls == []
    assert account_world.reset.perform(account_world.leased(first)) is True
    assert account_world.seen.pending_reset is None


def test_a_done_reset_raises_the_epoch_again_and_takes_the_mark_away_S22(
    account_world: AccountWorld,
) -> None:
    account_world.revoke()
    by = Actor(kind="system", id="effects")
    entry = Entry(action="password.reset", actor=by, at=account_world.orders.clock())
    account_world.transactions.commit(rows.reset_done(account_world.seen), audit=[entry])
    assert (account_world.seen.epoch, account_world.seen.pending_reset) == (3, None)


@pytest.mark.parametrize("changed", [{"epoch": 1}, {"pending_reset": "eff_another"}])
def test_a_row_that_changed_meanwhile_is_not_done_S46(
    account_world: AccountWorld, changed: Any
) -> None:
    from dataclasses import replace

    account_world.revoke()
    by = Actor(kind="system", id="effects")
    entry = Entry(action="password.reset", actor=by, at=account_world.orders.clock())
    with pytest.raises(Conflict):
        account_world.transactions.commit(
            rows.reset_done(replace(account_world.seen, **changed)), audit=[entry]
        )
    assert account_world.seen.epoch == 2


def test_a_reset_sets_a_temporary_password_and_messages_its_mail_F3(
    account_world: AccountWorld,
) -> None:
    message = account_world.revoke()
    account_world.worker.deliver(message.id)
    assert state(message, account_world.orders.database) == "done"
    [password] = account_world.mailed()
    assert account_world.check(password) is MUST_CHANGE
    assert account_world.check(PERMANENT) is WRONG
    [mail] = [row for row in account_world.orders.queued() if row.kind == Kind.TEMPORARY_PASSWORD]
    assert (mail.recipient, mail.subject_version, mail.correlation) == (
        account_world.ada.id,
        3,
        "req-9",
    )
    assert dict(mail.facts) == {"until": "2026-12-22T07:00:00+00:00"}
    [entry] = account_world.entries("password.reset")
    assert (entry.pk, entry.actor_kind, dict(entry.facts)) == (
        "ACTOR#effects",
        "system",
        {"account": account_world.ada.id},
    )


def test_the_holder_signs_in_with_the_mailed_password_and_must_choose_a_new_one_F3(
    account_world: AccountWorld,
) -> None:
    account_world.worker.deliver(account_world.revoke().id)
    [password] = account_world.mailed()
    account_world.orders.send_queued()
    [mail] = account_world.orders.mail.sent
    body = mail.get_body(("plain",))
    assert body
    assert password in body.get_content()
    assert mail["To"].addresses[0].addr_spec == account_world.ada.email
    challenge = account_world.sign_in(password)
    assert challenge.session.strength == 0
    signed_in = account_world.use.set_password(
        account_world.ada.id, challenge.session, "another long password", CLIENT
    )
    assert signed_in.session.strength == 1
    for old in (PERMANENT, password):
        with pytest.raises(WrongCredentials):
            account_world.sign_in(old)


def test_a_done_reset_is_not_done_again_S42(account_world: AccountWorld) -> None:
    message = account_world.revoke()
    assert account_world.reset.perform(account_world.leased(message)) is True
    assert account_world.reset.perform(account_world.leased(message)) is False
    assert account_world.passwords.calls == ["set_temporary"]
    assert len(account_world.mailed()) == 1


def test_an_unknown_account_is_not_reset(account_world: AccountWorld) -> None:
    message = reset_effect("acc_nobody", 2, "")
    assert account_world.reset.perform(account_world.leased(message)) is False
    assert account_world.passwords.calls == []


def test_a_reset_killed_before_the_commit_is_done_again_with_another_password_S46(
    account_world: AccountWorld, client: Meddler, clock: FakeClock
) -> None:
    message = account_world.revoke()

    def die(_operation: Any, _request: Any) -> Any:
        raise DiedError

    client.next("transact_write_items", die)
    with pytest.raises(DiedError):
        account_world.worker.deliver(message.id)
    assert account_world.check(account_world.made[0]) is MUST_CHANGE
    assert account_world.mailed() == []
    with pytest.raises(PasswordResetPending):
        account_world.sign_in(account_world.made[0])
    clock.advance(seconds=61)
    account_world.worker.deliver(message.id)
    assert account_world.mailed() == [account_world.made[1]]
    assert account_world.check(account_world.made[1]) is MUST_CHANGE
    assert account_world.check(account_world.made[0]) is WRONG


def test_a_reset_killed_after_the_commit_is_not_done_again_S46(
    account_world: AccountWorld, client: Meddler, clock: FakeClock
) -> None:
    message = account_world.revoke()

    def die_afterwards(operation: Any, request: Any) -> Any:
        operation(**request)
        raise DiedError

    client.next("transact_write_items", die_afterwards)
    with pytest.raises(DiedError):
        account_world.worker.deliver(message.id)
    clock.advance(seconds=61)
    account_world.worker.deliver(message.id)
    assert state(message, account_world.orders.database) == "moot"
    assert account_world.mailed() == account_world.made
    assert account_world.check(account_world.made[0]) is MUST_CHANGE


def test_the_mailed_password_is_the_last_one_if_overtaken_before_the_commit_S46(
    account_world: AccountWorld, client: Meddler
) -> None:
    message = account_world.revoke()

    def ended_first(operation: Any, request: Any) -> Any:
        account_world.sign_out_everywhere()
        return operation(**request)

    client.next("transact_write_items", ended_first)
    assert account_world.reset.perform(account_world.leased(message)) is True
    assert account_world.mailed() == [account_world.made[-1]]
    assert len(account_world.made) == 2
    assert account_world.check(account_world.made[-1]) is MUST_CHANGE
    assert account_world.seen.epoch == 4


def test_a_silent_password_store_postpones_the_reset_and_nobody_gets_in_S50(
    account_world: AccountWorld, clock: FakeClock
) -> None:
    message = account_world.revoke()
    account_world.passwords.silent = True
    with pytest.raises(IdentityUnavailable):
        account_world.reset.perform(account_world.leased(message))
    account_world.worker.deliver(message.id)
    assert state(message, account_world.orders.database) == "pending"
    assert account_world.orders.counts.seen["MessageFailed"] == 1
    account_world.passwords.silent = False
    with pytest.raises(PasswordResetPending):
        account_world.sign_in(PERMANENT)
    clock.advance(minutes=1)
    account_world.worker.deliver(message.id)
    assert account_world.mailed() == [account_world.made[-1]]


def test_a_silent_key_service_leaves_the_password_store_alone_S50(
    account_world: AccountWorld,
) -> None:
    def silent(_name: str, _secret: str) -> bytes:
        raise KeysUnavailable

    account_world.parties.sealing = silent
    message = account_world.revoke()
    with pytest.raises(KeysUnavailable):
        account_world.reset.perform(account_world.leased(message))
    assert account_world.passwords.calls == []
    assert account_world.seen.pending_reset == message.id


def test_the_password_is_in_no_table_and_no_log_S17(
    account_world: AccountWorld, caplog: pytest.LogCaptureFixture, client: Meddler
) -> None:
    caplog.set_level(logging.DEBUG)
    message = account_world.revoke()

    def refused(_operation: Any, _request: Any) -> Any:
        raise ValueError(account_world.made[-1])  # not even in the words of somebody's error

    client.next("transact_write_items", refused)
    account_world.worker.deliver(message.id)
    account_world.orders.clock.advance(minutes=1)
    account_world.worker.deliver(message.id)
    account_world.orders.send_queued()
    assert len(account_world.made) == 2
    assert len(account_world.orders.mail.sent) == 1
    lines = str([record.__dict__ for record in caplog.records])
    assert "message sent" in lines
    tables = (rows.SessionsRow, OutboxRow, AuditRow)
    kept = json.dumps(
        [list(account_world.orders.database.scan(one)) for one in tables], default=str
    )
    for password in account_world.made:
        assert password not in lines
        assert password not in kept
    done = account_world.orders.queued(pending=False)
    assert [row.sealed for row in done if row.kind == Kind.TEMPORARY_PASSWORD] == [None]


def test_a_mail_sealed_for_another_row_is_not_opened_S17(account_world: AccountWorld) -> None:
    account_world.parties.sealing = lambda _name, secret: fake_seal("msg_another", secret)
    account_world.worker.deliver(account_world.revoke().id)
    account_world.orders.send_queued()
    assert account_world.orders.mail.sent == []
    assert account_world.orders.counts.seen["MessageFailed"] == 1
