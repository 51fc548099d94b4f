"""An operator's redrive of a dead message leaves an audit entry (G3, S60)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.messages.store import OutboxRow, OutboxStore, put
from keyfob.storage.transaction import Transactions
from keyfob.usecases.messages.reviving import Reviving
from tests.support.fakes import START, FakeClock, Meddler
from tests.support.order_world import OPERATOR

MESSAGE = Message(kind=Kind.ORDER_CANCELED, subject="ORDER#1", version=1, recipient="acc_ada")


def operator(reason: str) -> Actor:
    """An operator who acts for this reason."""
    return replace(OPERATOR, reason=reason)


@pytest.fixture
def reviving(transactions: Transactions, clock: FakeClock) -> Reviving:
    return Reviving(transactions, clock)


@pytest.fixture
def dead(database: Database, clock: FakeClock) -> OutboxStore:
    policy = Policy(outbox_attempts=1)
    database.write(put(MESSAGE, START, patience=policy.outbox_patience))
    outbox = OutboxStore(database, policy)
    leased = outbox.lease(MESSAGE.id, clock.now)
    assert leased
    assert outbox.postpone(leased, clock.now)
    return outbox


def entries(database: Database) -> list[AuditRow]:
    return [AuditRow.from_raw_data(item) for item in database.scan(AuditRow)]


def state(database: Database) -> str:
    row = database.get(OutboxRow, MESSAGE.id, "-")
    assert row
    return str(row.state)


@pytest.mark.usefixtures("dead")
def test_a_revived_message_has_an_entry_with_operator_and_reason_S60(
    reviving: Reviving, database: Database, client: Meddler
) -> None:
    assert reviving.revive(MESSAGE.id, by=operator("the address is right again"))
    [entry] = entries(database)
    assert (entry.action, entry.actor_kind, entry.pk) == (
        "message.revived",
        "operator",
        "ACTOR#console",
    )
    assert entry.facts == {"message": MESSAGE.id, "reason": "the address is right again"}
    assert state(database) == "pending"
    [sent] = client.requests("transact_write_items")
    assert len(sent["TransactItems"]) == 2


def test_a_message_that_is_not_dead_leaves_no_entry_S60(
    reviving: Reviving, dead: OutboxStore, database: Database
) -> None:
    assert not reviving.revive("msg_unknown", by=operator("why not"))
    assert reviving.revive(MESSAGE.id, by=operator("once"))
    assert not reviving.revive(MESSAGE.id, by=operator("twice"))
    assert [one.facts["reason"] for one in entries(database)] == ["once"]


@pytest.mark.usefixtures("dead")
def test_of_two_operators_one_revives_a_message_S60(
    reviving: Reviving, database: Database, client: Meddler
) -> None:
    def the_other_is_faster(operation: Any, request: Any) -> Any:
        assert reviving.revive(MESSAGE.id, by=operator("faster"))
        return operation(**request)

    client.next("transact_write_items", the_other_is_faster)
    assert not reviving.revive(MESSAGE.id, by=operator("slower"))
    assert [one.facts["reason"] for one in entries(database)] == ["faster"]
