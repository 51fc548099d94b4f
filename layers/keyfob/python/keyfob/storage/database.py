"""DynamoDB: one botocore client sends the rows' schema and expressions (`rows.py`).

Every read is strongly consistent unless it goes through an index. Timeouts: 1 s to connect, 4 s to
read, two attempts. A table that doesn't answer a read or a write is `StorageUnavailable` after some
9 s (nothing here fails open): no call may wait longer than a function may run.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from keyfob.domain.errors import Busy, OutcomeUnknown, StorageUnavailable
from keyfob.storage.rows import Key, Put, Row, Update, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_TRIES = 5
_PATIENCE = 5.0  # seconds after which nothing is sent again; a table that hangs takes longer
_BATCH = 100
# Defects of ours: retrying or hiding them would help nobody.
_DEFECTS = frozenset(
    {
        "AccessDeniedException",
        "IdempotentParameterMismatchException",
        "ResourceNotFoundException",
        "ValidationException",
    }
)
# The same as reasons of a canceled transaction, which have codes of their own.
_DEFECT_REASONS = frozenset({"ItemCollectionSizeLimitExceeded", "ValidationError"})
# botocore itself retries a throttled request, but no transaction that was canceled for it.
_THROTTLED_REASONS = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError"})

R = TypeVar("R", bound=Row)


class UndeclaredTable(Exception):
    """A function uses a table that its function.yaml doesn't name."""


class Conflict(Exception):
    """A condition of this write no longer holds: another writer was first."""


_Request = Callable[..., Any]


class Database:
    """Reads and conditional writes over the deployed tables.

    Args:
        client: a botocore DynamoDB client with timeouts set.
        tables: the deployed name of each logical table that this function may touch.
        pause: waits between two tries, in seconds.
        watch: a clock in seconds with any starting point.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        tables: Mapping[str, str],
        *,
        pause: Callable[[float], None] = time.sleep,
        watch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._tables = tables
        self._pause = pause
        self._watch = watch

    def get(self, row: type[R], pk: str, sk: str) -> R | None:
        """The row under this key, strongly consistent, or None."""
        item = self.get_raw(row, pk, sk)
        return row.from_raw_data(item) if item else None

    def get_raw(self, row: type[Row], pk: str, sk: str) -> dict[str, Any] | None:
        """The item under this key as the table has it, strongly consistent, or None."""
        request = self._named(row.get_operation_kwargs_from_class(pk, sk))
        item: dict[str, Any] | None = _send(
            self._client.get_item, ConsistentRead=True, **request
        ).get("Item")
        return item

    def get_many(self, row: type[R], keys: Sequence[tuple[str, str]]) -> list[R]:
        """The rows under these keys, strongly consistent, in the order of the keys."""
        found = self.get_each([(row, *key) for key in keys])
        return [one for one in found if isinstance(one, row)]

    def get_each(self, keys: Sequence[Key], *, consistent: bool = True) -> list[Row | None]:
        """The rows under these keys of any tables, read together, in the order of the keys.

        They are the latest if `consistent`; otherwise they cost half the price.
        """
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for start in range(0, len(keys), _BATCH):
            for table, item in self._batch(keys[start : start + _BATCH], consistent=consistent):
                found[table, item["pk"]["S"], item["sk"]["S"]] = item
        items = [found.get((self._table(row), pk, sk)) for row, pk, sk in keys]
        return [
            row.from_raw_data(item) if item else None
            for (row, _, _), item in zip(keys, items, strict=True)
        ]

    def write(self, write: Put | Update) -> None:
        """Perform one conditional write.

        Raises:
            Conflict: its condition does not hold.
            Busy: every try collided with a transaction on the same row.
        """
        operation, request = write.request()
        send = self._client.put_item if operation == "Put" else self._client.update_item
        self._patiently(lambda: _send(send, **self._named(request)))

    def update_returning(self, request: dict[str, Any], attribute: str) -> int:
        """Perform an unconditional update; returns the new value of its numeric attribute."""
        answer = _send(self._client.update_item, ReturnValues="UPDATED_NEW", **self._named(request))
        return int(answer["Attributes"][attribute]["N"])

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        """Perform all of `writes`, or none; `token` identifies a resend after a lost answer.

        Raises:
            Conflict: one of the conditions does not hold.
            Busy: every try collided with a transaction on the same rows.
            OutcomeUnknown: an answer was lost, and no later one said what became of it.
        """
        items = []
        for write in writes:
            operation, request = write.request()
            items.append({operation: self._named(request)})
        # The same token makes a second sending harmless if the first one landed.
        self._patiently(
            lambda: _send(
                self._client.transact_write_items, TransactItems=items, ClientRequestToken=token
            )
        )

    def query(
        self,
        row: type[Row],
        *,
        key: tuple[str, str],
        index: str | None = None,
        since: tuple[str, str] | None = None,
        until: tuple[str, str] | None = None,
        newest_first: bool = False,
        consistent: bool = True,
        limit: int | None = None,
        page: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The raw items whose `key` attribute has this value, page by page, in order.

        Args:
            row: the table's row.
            key: name and value of the partition attribute.
            index: a secondary index (eventually consistent) instead of the table.
            since: name of the sort attribute and its least value, inclusive.
            until: name of the sort attribute and its greatest value, inclusive.
            newest_first: descending order.
            consistent: the latest; otherwise at half the price.
            limit: the most items to return.
            page: the most items to hold at once; without it, a megabyte of them.
        """
        names, values = {"#k": key[0]}, {":k": {"S": key[1]}}
        expression = "#k = :k"
        # A key condition takes one comparison of the sort attribute.
        if since and until:
            names["#u"], values[":u"], values[":v"] = since[0], {"S": since[1]}, {"S": until[1]}
            expression += " AND #u BETWEEN :u AND :v"
        elif bound := since or until:
            names["#u"], values[":u"] = bound[0], {"S": bound[1]}
            expression += f" AND #u {'>=' if since else '<='} :u"
        request: dict[str, Any] = {
            "TableName": self._table(row),
            "KeyConditionExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not newest_first,
        }
        request |= {"IndexName": index} if index else {"ConsistentRead": consistent}
        at_once = page or limit
        request |= {"Limit": at_once} if at_once else {}
        return self._pages(self._client.query, request, limit)

    def scan(self, row: type[Row]) -> Iterator[dict[str, Any]]:
        """Every item of a table; items of one partition come together, in order."""
        request = {"TableName": self._table(row), "ConsistentRead": True}
        return self._pages(self._client.scan, request, None)

    def _pages(
        self, send: _Request, request: dict[str, Any], limit: int | None
    ) -> Iterator[dict[str, Any]]:
        found = 0
        while True:
            page = _send(send, **request)
            for item in page["Items"]:
                yield item
                found += 1
                if found == limit:
                    return
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _batch(
        self, keys: Sequence[Key], *, consistent: bool
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        asked: Any = {}
        for row, pk, sk in keys:
            table = asked.setdefault(self._table(row), {"Keys": [], "ConsistentRead": consistent})
            table["Keys"].append(row.get_operation_kwargs_from_class(pk, sk)["Key"])
        for attempt in range(_TRIES):
            answer = _send(self._client.batch_get_item, RequestItems=asked)
            for name, items in answer["Responses"].items():
                yield from ((name, item) for item in items)
            left = answer.get("UnprocessedKeys", {})
            if not left:
                return
            asked = {name: {**keys, "ConsistentRead": consistent} for name, keys in left.items()}
            self._pause(_jitter(attempt))
        raise StorageUnavailable

    def _patiently(self, send: Callable[[], object]) -> None:
        """Resend a request that was neither done nor refused, unless learning that took long."""
        latest = self._watch() + _PATIENCE
        lost = False
        for attempt in range(_TRIES):
            try:
                send()
            except _UndecidedError as undecided:
                # A later sending that collides says nothing of one whose answer was lost.
                lost = lost or undecided.refusal is OutcomeUnknown
                if attempt == _TRIES - 1 or self._watch() > latest:
                    raise (OutcomeUnknown if lost else undecided.refusal) from undecided
                self._pause(_jitter(attempt))
            else:
                return

    def _table(self, row: type[Row]) -> str:
        return self._deployed(row.Meta.table_name)

    def _named(self, request: dict[str, Any]) -> dict[str, Any]:
        return request | {"TableName": self._deployed(request["TableName"])}

    def _deployed(self, logical: str) -> str:
        try:
            return self._tables[logical]
        except KeyError as missing:
            raise UndeclaredTable(logical) from missing


class _UndecidedError(Exception):
    """The request was neither done nor refused, as far as we know; it may be sent again.

    `refusal` is raised if it stays so.
    """

    def __init__(self, refusal: type[Busy | StorageUnavailable]) -> None:
        super().__init__()
        self.refusal = refusal


def _jitter(attempt: int) -> float:
    """A random delay, in seconds, that separates colliding writers."""
    return random.uniform(0, 0.02 * 2**attempt)  # noqa: S311


def _send(request: _Request, **kwargs: Any) -> Any:
    try:
        return request(**kwargs)
    except ClientError as error:
        raise _translated(error) from error
    except HTTPClientError as error:
        if "ClientRequestToken" in kwargs:
            raise _UndecidedError(OutcomeUnknown) from error
        raise StorageUnavailable from error
    except BotoCoreError as error:
        raise StorageUnavailable from error


def _translated(error: ClientError) -> Exception:
    response: Any = error.response
    code = response["Error"]["Code"]
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
    if code in _DEFECTS or reasons & _DEFECT_REASONS:
        return error
    if code == "TransactionInProgressException":
        return _UndecidedError(OutcomeUnknown)  # the first sending may have landed
    if code == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons:
        return Conflict()
    # Another transaction held the row at that moment; our conditions were not evaluated.
    if code == "TransactionConflictException" or "TransactionConflict" in reasons:
        # After a sending of botocore's own whose answer was lost, this may be that sending.
        sent_before = response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
        return _UndecidedError(OutcomeUnknown if sent_before else Busy)
    if reasons & _THROTTLED_REASONS:
        return _UndecidedError(StorageUnavailable)
    return StorageUnavailable()
