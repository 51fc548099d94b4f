"""Transactions: all or nothing, conditional, observers notified afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from keyfob.domain.audit.entry import Entry
from keyfob.domain.errors import Busy, StorageUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Conflict, Database
from keyfob.storage.messages.store import OutboxRow
from keyfob.storage.orders.order_row import OrderRow, place
from keyfob.storage.orders.store import SequenceRow
from keyfob.storage.rows import Put, Subject, Update
from keyfob.storage.transaction import Transactions
from tests.support.builders import ACTOR, an_order
from tests.support.fakes import START, FakeClock, Meddler

SUBJECT = "ORDER#SO-10001"


def entry(subject: str | None = SUBJECT, action: str = "order.placed") -> Entry:
    return Entry(action=action, actor=ACTOR, at=START, subject=subject)


def message(version: int = 1) -> Message:
    return Message(kind=Kind.ORDER_CANCELED, subject=SUBJECT, version=version, recipient="acc_ada")


def change_po(number: int, head: str, text: str = "changed") -> Update:
    return Update(
        row=OrderRow,
        key=(SUBJECT, "-"),
        actions=[OrderRow.po_number.set(text)],
        condition=OrderRow.pk.exists(),
        subject=Subject(id=SUBJECT, number=number, head=head),
    )


def refusal(code: str, *reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": ""},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "TransactWriteItems")


def raising(error: Exception) -> Callable[..., Any]:
    def fault(_operation: Any, _request: Any) -> Any:
        raise error

    return fault


def lose_the_answer(operation: Any, request: Any) -> Any:
    """DynamoDB commits; the answer never arrives."""
    operation(**request)
    raise ReadTimeoutError(endpoint_url="https://dynamodb.example")


def recognize_the_token(_operation: Any, _request: Any) -> Any:
    """DynamoDB's answer to a request whose token it has seen."""
    return {}


@pytest.fixture
def placed(transactions: Transactions, database: Database) -> OrderRow:
    transactions.commit(place(an_order(), START), audit=[entry()], messages=[message()])
    row = database.get(OrderRow, SUBJECT, "-")
    assert row
    return row


def rows(database: Database, kind: type) -> list[Any]:
    return list(database.scan(kind))


def test_a_change_its_entry_and_its_message_are_one_transaction_S46(
    placed: OrderRow, database: Database, client: Meddler
) -> None:
    [sent] = client.requests("transact_write_items")
    assert len(sent["TransactItems"]) == 3
    assert len(rows(database, AuditRow)) == len(rows(database, OutboxRow)) == 1
    audit = AuditRow.from_raw_data(rows(database, AuditRow)[0])
    assert (audit.pk, audit.sk, audit.number) == (SUBJECT, "000000000001", 1)
    assert (placed.version, placed.head) == (1, audit.hash)


def test_no_item_is_written_when_one_fails_S46(
    placed: OrderRow, transactions: Transactions, database: Database
) -> None:
    # The same message again: the order's own condition holds, the message's does not.
    with pytest.raises(Conflict):
        transactions.commit(
            change_po(1, placed.head), audit=[entry(action="x")], messages=[message()]
        )
    now = database.get(OrderRow, SUBJECT, "-")
    assert now
    assert (now.po_number, now.version) == ("PO-7", 1)
    assert len(rows(database, AuditRow)) == 1


def test_a_change_raises_version_and_head_under_the_version_seen_S46(
    placed: OrderRow, transactions: Transactions, database: Database
) -> None:
    transactions.commit(change_po(1, placed.head), audit=[entry(action="order.changed")])
    now = database.get(OrderRow, SUBJECT, "-")
    second = database.get(AuditRow, SUBJECT, "000000000002")
    assert now
    assert second
    assert (now.po_number, now.version, now.head) == ("changed", 2, second.hash)
    assert second.previous == placed.head


def test_a_commit_on_an_older_version_conflicts_S46(
    placed: OrderRow, transactions: Transactions, database: Database
) -> None:
    head = placed.head
    transactions.commit(change_po(1, head, "first"), audit=[entry(action="a")])
    with pytest.raises(Conflict):
        transactions.commit(change_po(1, head, "second"), audit=[entry(action="b")])
    now = database.get(OrderRow, SUBJECT, "-")
    assert now
    assert now.po_number == "first"


def test_the_version_itself_is_a_condition_beside_the_entrys_key_S46(
    placed: OrderRow, transactions: Transactions, client: Meddler
) -> None:
    transactions.commit(change_po(1, placed.head), audit=[entry(action="a")])
    update = client.requests("transact_write_items")[-1]["TransactItems"][0]["Update"]
    names = {value: key for key, value in update["ExpressionAttributeNames"].items()}
    assert f"{names['version']} = " in update["ConditionExpression"]


@pytest.mark.parametrize("audit", [[], [None], ["ORDER#other"], [SUBJECT, SUBJECT]])
def test_a_subject_without_exactly_one_entry_about_it_is_refused_G4(
    audit: list[str | None], transactions: Transactions, client: Meddler
) -> None:
    with pytest.raises(ValueError, match="entries about"):
        transactions.commit(place(an_order(), START), audit=[entry(one) for one in audit])
    assert client.calls == []


def test_an_entry_about_something_that_does_not_change_is_refused_G4(
    transactions: Transactions,
) -> None:
    with pytest.raises(ValueError, match="entries about"):
        transactions.commit(audit=[entry()])


def test_only_audited_rows_can_be_subjects(transactions: Transactions) -> None:
    update = Update(
        row=SequenceRow,
        key=("SEQUENCE#orders", "-"),
        actions=[SequenceRow.last.set(1)],
        condition=SequenceRow.pk.exists(),
        subject=Subject(id="SEQUENCE#orders"),
    )
    with pytest.raises(TypeError, match="SequenceRow"):
        transactions.commit(update, audit=[entry("SEQUENCE#orders")])


def test_more_than_a_hundred_items_are_refused_before_anything_is_sent_S46(
    transactions: Transactions, client: Meddler
) -> None:
    messages = [message(version) for version in range(99)]
    with pytest.raises(ValueError, match="101 items"):
        transactions.commit(place(an_order(), START), audit=[entry()], messages=messages)
    assert client.calls == []


def test_observers_are_notified_after_the_commit_and_only_then_S46(
    database: Database, clock: FakeClock, client: Meddler
) -> None:
    told: list[str] = []

    def observe(about: Entry) -> None:
        assert client.requests("transact_write_items")
        told.append(about.action)

    transactions = Transactions(database, clock, patience=timedelta(minutes=2), observe=observe)
    transactions.commit(place(an_order(), START), audit=[entry()])
    with pytest.raises(Conflict):
        transactions.commit(place(an_order(), START), audit=[entry(action="again")])
    assert told == ["order.placed"]


def test_a_lost_answer_is_asked_for_again_under_the_same_token_S46(
    transactions: Transactions, database: Database, client: Meddler
) -> None:
    client.next("transact_write_items", lose_the_answer, recognize_the_token)
    transactions.commit(place(an_order(), START), audit=[entry()])
    first, second = client.requests("transact_write_items")
    assert first == second
    assert len(first["ClientRequestToken"]) == 26
    assert database.get(OrderRow, SUBJECT, "-")


def test_two_transactions_never_share_a_token_S46(
    transactions: Transactions, client: Meddler
) -> None:
    for number in ("SO-1", "SO-2"):
        order = an_order(number=number)
        transactions.commit(place(order, START), audit=[entry(order.subject)])
    first, second = client.requests("transact_write_items")
    assert first["ClientRequestToken"] != second["ClientRequestToken"]


def test_a_request_still_in_progress_is_asked_for_again_under_the_same_token_S46(
    transactions: Transactions, client: Meddler
) -> None:
    client.next("transact_write_items", raising(refusal("TransactionInProgressException")))
    transactions.commit(place(an_order(), START), audit=[entry()])
    first, second = client.requests("transact_write_items")
    assert first["ClientRequestToken"] == second["ClientRequestToken"]


def test_a_table_that_never_answers_is_unavailable_after_bounded_sendings_S50(
    transactions: Transactions, client: Meddler
) -> None:
    silence = raising(ReadTimeoutError(endpoint_url="https://dynamodb.example"))
    client.next("transact_write_items", *[silence] * 5)
    with pytest.raises(StorageUnavailable):
        transactions.commit(place(an_order(), START), audit=[entry()])
    assert len(client.requests("transact_write_items")) == 5


def test_a_table_that_cannot_be_reached_is_unavailable_at_once_since_nothing_landed_S50(
    transactions: Transactions, client: Meddler
) -> None:
    unreachable = raising(ConnectTimeoutError(endpoint_url="https://dynamodb.example"))
    client.next("transact_write_items", unreachable)
    with pytest.raises(StorageUnavailable):
        transactions.commit(place(an_order(), START), audit=[entry()])
    assert len(client.requests("transact_write_items")) == 1


THROTTLED = [
    refusal("TransactionCanceledException", "None", "ThrottlingError"),
    refusal("TransactionCanceledException", "ProvisionedThroughputExceeded", "None"),
]


@pytest.mark.parametrize("throttled", THROTTLED)
def test_a_throttled_transaction_is_sent_again_under_its_token_S50(
    throttled: ClientError, transactions: Transactions, client: Meddler, database: Database
) -> None:
    client.next("transact_write_items", raising(throttled), raising(throttled))
    transactions.commit(place(an_order(), START), audit=[entry()])
    tokens = [one["ClientRequestToken"] for one in client.requests("transact_write_items")]
    assert (len(tokens), len(set(tokens))) == (3, 1)
    assert database.get(OrderRow, SUBJECT, "-")


@pytest.mark.parametrize("throttled", THROTTLED)
def test_a_transaction_that_is_always_throttled_is_unavailable_S50(
    throttled: ClientError, transactions: Transactions, client: Meddler
) -> None:
    client.next("transact_write_items", *[raising(throttled)] * 5)
    with pytest.raises(StorageUnavailable):
        transactions.commit(place(an_order(), START), audit=[entry()])
    assert len(client.requests("transact_write_items")) == 5


@pytest.mark.parametrize(
    "defect",
    [
        refusal("TransactionCanceledException", "None", "ValidationError"),
        # Whatever else is in its way, it can never succeed.
        refusal("TransactionCanceledException", "ConditionalCheckFailed", "ValidationError"),
        refusal("TransactionCanceledException", "ValidationError", "TransactionConflict"),
        refusal("TransactionCanceledException", "ItemCollectionSizeLimitExceeded"),
        refusal("IdempotentParameterMismatchException"),
    ],
)
def test_a_transaction_that_can_never_succeed_is_a_defect_S50(
    defect: ClientError, transactions: Transactions, client: Meddler
) -> None:
    client.next("transact_write_items", raising(defect))
    with pytest.raises(ClientError) as raised:
        transactions.commit(place(an_order(), START), audit=[entry()])
    assert raised.value is defect
    assert len(client.requests("transact_write_items")) == 1


CONTENDED = [
    refusal("TransactionConflictException"),
    refusal("TransactionCanceledException", "None", "TransactionConflict"),
    refusal("TransactionCanceledException", "ThrottlingError", "TransactionConflict"),
]


@pytest.mark.parametrize("contended", CONTENDED)
def test_a_transaction_in_the_way_of_another_is_sent_again_under_its_token_S46(
    contended: ClientError, transactions: Transactions, client: Meddler, database: Database
) -> None:
    client.next("transact_write_items", raising(contended), raising(contended))
    transactions.commit(place(an_order(), START), audit=[entry()])
    tokens = [one["ClientRequestToken"] for one in client.requests("transact_write_items")]
    assert (len(tokens), len(set(tokens))) == (3, 1)
    assert database.get(OrderRow, SUBJECT, "-")


@pytest.mark.parametrize("contended", CONTENDED)
def test_a_transaction_that_always_conflicts_is_refused_as_busy_S46(
    contended: ClientError, transactions: Transactions, client: Meddler
) -> None:
    client.next("transact_write_items", *[raising(contended)] * 5)
    with pytest.raises(Busy):
        transactions.commit(place(an_order(), START), audit=[entry()])
    assert len(client.requests("transact_write_items")) == 5


LOST = [
    refusal("TransactionCanceledException", "ConditionalCheckFailed", "None"),
    refusal("TransactionCanceledException", "TransactionConflict", "ConditionalCheckFailed"),
    refusal("TransactionCanceledException", "ThrottlingError", "ConditionalCheckFailed"),
]


@pytest.mark.parametrize("lost", LOST)
def test_the_loser_of_a_race_decides_again_on_the_fresh_row_with_a_new_token_S46(
    lost: ClientError, transactions: Transactions, client: Meddler
) -> None:
    client.next("transact_write_items", raising(lost), raising(lost))
    tries = []

    def attempt() -> int:
        tries.append(1)
        transactions.commit(place(an_order(), START), audit=[entry()])
        return len(tries)

    assert transactions.retry_on_conflict(attempt) == 3
    tokens = {one["ClientRequestToken"] for one in client.requests("transact_write_items")}
    assert len(tokens) == 3


def test_a_decision_overtaken_every_time_is_refused_after_bounded_attempts_S46(
    database: Database, clock: FakeClock
) -> None:
    pauses: list[float] = []
    transactions = Transactions(database, clock, patience=timedelta(minutes=2), pause=pauses.append)
    tries = []

    def attempt() -> None:
        tries.append(1)
        raise Conflict

    with pytest.raises(Busy):
        transactions.retry_on_conflict(attempt)
    assert len(tries) == len(pauses) == 12
    assert all(0 <= pause <= 0.01 * (number + 1) for number, pause in enumerate(pauses))


def test_other_refusals_are_not_tried_again(transactions: Transactions) -> None:
    def attempt() -> None:
        raise StorageUnavailable

    with pytest.raises(StorageUnavailable):
        transactions.retry_on_conflict(attempt)


def test_an_unsent_message_is_due_after_the_patience_B5(
    placed: OrderRow, database: Database
) -> None:
    row = OutboxRow.from_raw_data(rows(database, OutboxRow)[0])
    assert row.g1sk == f"2026-11-22T07:02:00Z#{message().id}"
    assert (row.state, row.attempts) == ("pending", 0)


def test_an_entry_is_never_overwritten_S48(placed: OrderRow, database: Database) -> None:
    again = AuditRow.from_raw_data(rows(database, AuditRow)[0])
    again.action = "forged"
    with pytest.raises(Conflict):
        database.write(Put(row=again))


def test_a_change_without_any_condition_is_refused_S46() -> None:
    with pytest.raises(ValueError, match="without any condition"):
        Update(row=OrderRow, key=("ORDER#1", "-"), actions=[OrderRow.state.set("paid")])
