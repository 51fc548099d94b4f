"""Reads, conditional writes, and mapping of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from keyfob.domain.errors import Busy, OutcomeUnknown, StorageUnavailable
from keyfob.storage.database import Conflict, Database, UndeclaredTable
from keyfob.storage.limits import LimitRow
from keyfob.storage.orders.store import SequenceRow
from keyfob.storage.rows import Put, Update
from tests.support.fakes import Meddler


def a_row(key: str = "LIMIT#a", tries: int = 1) -> LimitRow:
    return LimitRow(key, "-", tries=tries, window_end="2026", expires=1)


def refused(code: str) -> Any:
    def fault(_operation: Any, _request: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "PutItem")

    return fault


def silent(_operation: Any, _request: Any) -> Any:
    raise ReadTimeoutError(endpoint_url="https://dynamodb.example")


def unreachable(_operation: Any, _request: Any) -> Any:
    raise EndpointConnectionError(endpoint_url="https://dynamodb.example")


def test_reads_are_strongly_consistent_and_name_the_deployed_table(
    database: Database, client: Meddler, tables: dict[str, str]
) -> None:
    assert database.get(LimitRow, "LIMIT#a", "-") is None
    database.write(Put(row=a_row()))
    found = database.get(LimitRow, "LIMIT#a", "-")
    assert found
    assert found.tries == 1
    asked = client.requests("get_item")
    assert all(one["ConsistentRead"] and one["TableName"] == tables["sessions"] for one in asked)


def test_a_row_that_is_there_is_never_put_over_S46(database: Database) -> None:
    database.write(Put(row=a_row(tries=1)))
    with pytest.raises(Conflict):
        database.write(Put(row=a_row(tries=9)))
    found = database.get(LimitRow, "LIMIT#a", "-")
    assert found
    assert found.tries == 1


def test_an_update_whose_condition_fails_changes_nothing_S46(database: Database) -> None:
    database.write(Put(row=a_row()))
    update = Update(
        row=LimitRow,
        key=("LIMIT#a", "-"),
        actions=[LimitRow.tries.add(1)],
        condition=LimitRow.tries == 5,
    )
    with pytest.raises(Conflict):
        database.write(update)


@pytest.mark.parametrize("fault", [silent, unreachable, refused("ThrottlingException")])
def test_a_table_that_does_not_answer_is_unavailable_S50(
    fault: Any, database: Database, client: Meddler
) -> None:
    client.next("get_item", fault)
    client.next("put_item", fault)
    client.next("scan", fault)
    with pytest.raises(StorageUnavailable):
        database.get(LimitRow, "LIMIT#a", "-")
    with pytest.raises(StorageUnavailable):
        database.write(Put(row=a_row()))
    with pytest.raises(StorageUnavailable):
        list(database.scan(LimitRow))


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_an_error_of_our_own_is_not_hidden(code: str, database: Database, client: Meddler) -> None:
    client.next("put_item", refused(code))
    with pytest.raises(ClientError):
        database.write(Put(row=a_row()))


def test_a_write_in_the_way_of_a_transaction_is_sent_again_and_bounded_S46(
    database: Database, client: Meddler
) -> None:
    contended = refused("TransactionConflictException")
    client.next("put_item", contended, contended)
    database.write(Put(row=a_row()))
    assert len(client.requests("put_item")) == 3
    client.next("put_item", *[contended] * 5)
    with pytest.raises(Busy):
        database.write(Put(row=a_row("LIMIT#b")))
    assert database.get(LimitRow, "LIMIT#b", "-") is None


def contended(retries: int) -> Callable[..., Any]:
    """A transaction's refusal after so many sendings of the client's own."""

    def fault(_operation: Any, _request: Any) -> Any:
        response: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": ""},
            "CancellationReasons": [{"Code": "TransactionConflict"}],
            "ResponseMetadata": {"RetryAttempts": retries},
        }
        raise ClientError(response, "TransactWriteItems")

    return fault


IN_PROGRESS = refused("TransactionInProgressException")


@pytest.mark.parametrize(
    ("faults", "refusal"),
    [
        ([contended(0)] * 5, Busy),
        ([silent] * 5, OutcomeUnknown),
        ([IN_PROGRESS] * 5, OutcomeUnknown),
        ([silent, *[contended(0)] * 4], OutcomeUnknown),
        ([contended(0)] * 4 + [contended(1)], OutcomeUnknown),
    ],
)
def test_a_transaction_whose_answer_was_lost_is_told_from_one_that_was_not_done_S46(
    faults: list[Any], refusal: type[Exception], database: Database, client: Meddler
) -> None:
    client.next("transact_write_items", *faults)
    with pytest.raises(refusal) as caught:
        database.transact([Put(row=a_row())], token="one")
    assert type(caught.value) is refusal


@pytest.mark.parametrize(("seconds", "sent"), [(0.5, 5), (2.0, 3), (9.0, 1)])
def test_a_transaction_is_not_sent_again_once_its_answers_took_long_to_be_missed_S50(
    client: Meddler, tables: dict[str, str], seconds: float, sent: int
) -> None:
    """Otherwise a hanging table would keep a function longer than it may run."""
    passed = 0.0

    def missed(_operation: Any, _request: Any) -> Any:
        nonlocal passed
        passed += seconds
        raise ReadTimeoutError(endpoint_url="https://dynamodb.example")

    database = Database(
        cast("Any", client), tables, pause=lambda _seconds: None, watch=lambda: passed
    )
    client.next("transact_write_items", *[missed] * 5)
    with pytest.raises(StorageUnavailable):
        database.transact([Put(row=a_row())], token="one")
    assert len(client.requests("transact_write_items")) == sent


def test_many_rows_come_in_the_order_asked_for_and_unknown_ones_are_left_out(
    database: Database, client: Meddler
) -> None:
    for number in range(120):
        database.write(Put(row=LimitRow(f"R{number}", "-", tries=0, window_end="", expires=1)))
    keys = [(f"R{number}", "-") for number in reversed(range(130))]
    found = database.get_many(LimitRow, keys)
    assert [row.pk for row in found] == [f"R{number}" for number in reversed(range(120))]
    assert len(client.requests("batch_get_item")) == 2
    assert database.get_many(LimitRow, []) == []


def test_rows_that_were_left_unprocessed_are_asked_for_again_S50(
    database: Database, client: Meddler
) -> None:
    for name in ("a", "b"):
        database.write(Put(row=a_row(f"LIMIT#{name}")))

    def one_at_a_time(operation: Any, request: Any) -> Any:
        [(table, asked)] = request["RequestItems"].items()
        first, rest = asked["Keys"][:1], asked["Keys"][1:]
        answer = operation(RequestItems={table: {**asked, "Keys": first}})
        return {**answer, "UnprocessedKeys": {table: {"Keys": rest}} if rest else {}}

    keys = [("LIMIT#a", "-"), ("LIMIT#b", "-")]
    client.next("batch_get_item", one_at_a_time, one_at_a_time)
    assert [row.pk for row in database.get_many(LimitRow, keys)] == ["LIMIT#a", "LIMIT#b"]

    def nothing(_operation: Any, request: Any) -> Any:
        [table] = request["RequestItems"]
        return {"Responses": {table: []}, "UnprocessedKeys": request["RequestItems"]}

    client.next("batch_get_item", *[nothing] * 5)
    with pytest.raises(StorageUnavailable):
        database.get_many(LimitRow, keys)


def test_a_function_reaches_only_the_tables_it_was_given_S52(client: Meddler) -> None:
    with pytest.raises(UndeclaredTable):
        Database(client, {}).get(LimitRow, "LIMIT#a", "-")  # type: ignore[arg-type]


def test_every_page_is_read_and_a_limit_ends_reading(database: Database, client: Meddler) -> None:
    for number in range(5):
        database.write(Put(row=LimitRow("P", str(number), tries=0, window_end="", expires=1)))

    def small_page(operation: Any, request: Any) -> Any:
        return operation(**{**request, "Limit": 2})

    client.next("query", small_page, small_page, small_page)
    found = [item["sk"]["S"] for item in database.query(LimitRow, key=("pk", "P"))]
    assert found == list("01234")
    newest = database.query(LimitRow, key=("pk", "P"), newest_first=True, limit=2)
    assert [item["sk"]["S"] for item in newest] == ["4", "3"]
    until = database.query(LimitRow, key=("pk", "P"), until=("sk", "2"))
    assert [item["sk"]["S"] for item in until] == list("012")


def test_a_counter_gives_its_new_value(database: Database) -> None:
    action = SequenceRow.last.set((SequenceRow.last | 10) + 1)
    update = SequenceRow("SEQUENCE#x", "-").get_update_kwargs_from_instance(actions=[action])
    assert [database.update_returning(dict(update), "last") for _ in range(2)] == [11, 12]
