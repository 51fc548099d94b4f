"""DynamoDB: PynamoDB's models and expressions as the row schema, one botocore client to send them.

Rows carry logical table names ("orders"); a `Database` knows the deployed ones. Every read is
strongly consistent unless it goes through an index. Timeouts: 1 s to connect, 4 s to read, two
attempts; a table that doesn't answer is `StorageUnavailable` (nothing here fails open).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from keyfob.audit.entry import GENESIS
from keyfob.errors import Busy, StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_TRIES = 5
_BATCH = 100
_OURS_TO_MEND = frozenset(
    {"ValidationException", "AccessDeniedException", "ResourceNotFoundException"}
)


class Row(Model):
    """A row of any of our tables."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class DueRow(Row):
    """A row that may be in its table's due index (see `due/index.py`)."""

    g1pk = UnicodeAttribute(null=True)
    g1sk = UnicodeAttribute(null=True)


class AuditedRow(Row):
    """The row of an audit subject: its version is the number of its last audit entry."""

    version = NumberAttribute()
    head = UnicodeAttribute()


R = TypeVar("R", bound=Row)


class Conflict(Exception):
    """Somebody else was faster: a condition of this write no longer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an audit entry is about, with the number and hash of the last entry about it."""

    id: str
    number: int = 0
    head: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Create `row`; a row that is there already is a `Conflict`."""

    row: Row
    subject: Subject | None = None

    def request(self) -> tuple[str, dict[str, Any]]:
        return "Put", self.row.get_save_kwargs_from_instance(
            condition=type(self.row).pk.does_not_exist()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Change the named attributes of a row, if `condition` holds."""

    row: type[Row]
    key: tuple[str, str]
    actions: Sequence[Action]
    condition: Condition
    subject: Subject | None = None

    def request(self) -> tuple[str, dict[str, Any]]:
        return "Update", self.row(*self.key).get_update_kwargs_from_instance(
            actions=list(self.actions),
            condition=self.condition,
        )


Write = Put | Update


_Request = Callable[..., Any]


class Database:
    """Reads and conditional writes over the deployed tables.

    Args:
        client: a botocore DynamoDB client with timeouts set.
        tables: the deployed name of each logical table that this function may touch.
        pause: waits between two tries, in seconds.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        tables: Mapping[str, str],
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._tables = tables
        self._pause = pause

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
        found: dict[tuple[str, str], R] = {}
        for start in range(0, len(keys), _BATCH):
            for item in self._batch(row, keys[start : start + _BATCH]):
                one = row.from_raw_data(item)
                found[one.pk, one.sk] = one
        return [found[key] for key in keys if key in found]

    def write(self, write: Write) -> None:
        """One conditional write.

        Raises:
            Conflict: its condition does not hold.
            Busy: transactions on the same row were in the way every time.
        """
        operation, request = write.request()
        send = self._client.put_item if operation == "Put" else self._client.update_item
        self._patiently(lambda: _send(send, **self._named(request)))

    def update_returning(self, request: dict[str, Any], attribute: str) -> int:
        """An unconditional update; the new value of its numeric attribute."""
        answer = _send(self._client.update_item, ReturnValues="UPDATED_NEW", **self._named(request))
        return int(answer["Attributes"][attribute]["N"])

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        """All of `writes`, or none. An answer that was lost is recognized by `token`.

        Raises:
            Conflict: one of the conditions does not hold.
            Busy: transactions on the same rows were in the way every time.
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
        until: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """The raw items whose `key` attribute has this value, page by page, in order.

        Args:
            row: the table's row.
            key: name and value of the partition attribute.
            index: a secondary index (eventually consistent) instead of the table.
            until: name of the sort attribute and its greatest value, inclusive.
            newest_first: descending order.
            limit: at most so many items.
        """
        names, values = {"#k": key[0]}, {":k": {"S": key[1]}}
        expression = "#k = :k"
        if until:
            names["#u"], values[":u"] = until[0], {"S": until[1]}
            expression += " AND #u <= :u"
        request: dict[str, Any] = {
            "TableName": self._tables[row.Meta.table_name],
            "KeyConditionExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": not newest_first,
        }
        request |= {"IndexName": index} if index else {"ConsistentRead": True}
        request |= {"Limit": limit} if limit else {}
        return self._pages(self._client.query, request, limit)

    def scan(self, row: type[Row]) -> Iterator[dict[str, Any]]:
        """Every item of a table; items of one partition come together, in order."""
        request = {"TableName": self._tables[row.Meta.table_name], "ConsistentRead": True}
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

    def _batch(self, row: type[Row], keys: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        table = self._tables[row.Meta.table_name]
        asked = [row.get_operation_kwargs_from_class(pk, sk)["Key"] for pk, sk in keys]
        for attempt in range(_TRIES):
            request: Any = {table: {"Keys": asked, "ConsistentRead": True}}
            answer = _send(self._client.batch_get_item, RequestItems=request)
            yield from answer["Responses"][table]
            asked = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not asked:
                return
            self._pause(_jitter(attempt))
        raise StorageUnavailable

    def _patiently(self, send: Callable[[], object]) -> None:
        """Send again what was neither done nor refused."""
        for attempt in range(_TRIES):
            try:
                send()
            except (_ContendedError, _AnswerLostError) as undecided:
                if attempt == _TRIES - 1:
                    contended = isinstance(undecided, _ContendedError)
                    raise (Busy if contended else StorageUnavailable) from undecided
                self._pause(_jitter(attempt))
            else:
                return

    def _named(self, request: dict[str, Any]) -> dict[str, Any]:
        return request | {"TableName": self._tables[request["TableName"]]}


class _AnswerLostError(Exception):
    """The request may have landed; only its answer is missing."""


class _ContendedError(Exception):
    """Another transaction held the row at that moment; nothing is said about our conditions."""


def _jitter(attempt: int) -> float:
    """Seconds; takes apart those who collided."""
    return random.uniform(0, 0.02 * 2**attempt)  # noqa: S311


def _send(request: _Request, **kwargs: Any) -> Any:
    try:
        return request(**kwargs)
    except ClientError as error:
        raise _translated(error) from error
    except HTTPClientError as error:
        if "ClientRequestToken" in kwargs:
            raise _AnswerLostError from error
        raise StorageUnavailable from error
    except BotoCoreError as error:
        raise StorageUnavailable from error


def _translated(error: ClientError) -> Exception:
    response: Any = error.response
    code = response["Error"]["Code"]
    if code in _OURS_TO_MEND:
        return error  # retrying or hiding it would help nobody
    if code == "TransactionInProgressException":
        return _AnswerLostError()
    reasons = {reason.get("Code") for reason in response.get("CancellationReasons", ())}
    if code == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons:
        return Conflict()
    if code == "TransactionConflictException" or "TransactionConflict" in reasons:
        return _ContendedError()
    return StorageUnavailable()
