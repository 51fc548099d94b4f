"""The operations of DynamoDB that the service and its tests use.

One file: one operation each, over the same items.
"""

from __future__ import annotations

import marshal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from tests.support.dynamodb import expressions, reading
from tests.support.dynamodb.charges import Charge, asked
from tests.support.dynamodb.expressions import Parsed, Scope, value_at
from tests.support.dynamodb.table import Key, Table
from tests.support.dynamodb.updating import require_keys_kept, updated
from tests.support.dynamodb.values import (
    Item,
    Refused,
    Value,
    canonical,
    canonical_item,
    copied,
    invalid,
)
from tests.support.units import size_of

_ITEM_BYTES = 400 * 1024
_PAGE_BYTES = 1024 * 1024
_TRANSACTION = 100
_BATCH = 100
_FAILED = "The conditional request failed"
_COMMON = {"TableName", "ExpressionAttributeNames", "ExpressionAttributeValues"}
_CAPACITY = {"ReturnConsumedCapacity", "ReturnItemCollectionMetrics"}
_CONDITIONAL = {*_COMMON, "ConditionExpression", "ReturnValuesOnConditionCheckFailure"}
_READING = {"ConsistentRead", "ProjectionExpression"}
_PAGED = {*_COMMON, *_CAPACITY, *_READING, "FilterExpression", "ExclusiveStartKey", "Limit"}
# Parameters of each operation; any other is an error, so that none is ignored unnoticed.
_KNOWN = {
    "GetItem": {"TableName", "Key", "ExpressionAttributeNames", *_READING, *_CAPACITY},
    "PutItem": {*_CONDITIONAL, *_CAPACITY, "Item", "ReturnValues"},
    "UpdateItem": {*_CONDITIONAL, *_CAPACITY, "Key", "UpdateExpression", "ReturnValues"},
    "DeleteItem": {*_CONDITIONAL, *_CAPACITY, "Key", "ReturnValues"},
    "Put": {*_CONDITIONAL, "Item"},
    "Update": {*_CONDITIONAL, "Key", "UpdateExpression"},
    "Delete": {*_CONDITIONAL, "Key"},
    "ConditionCheck": {*_CONDITIONAL, "Key"},
    "Query": {*_PAGED, "IndexName", "KeyConditionExpression", "ScanIndexForward", "Select"},
    "Scan": {*_PAGED, "Select"},
    "BatchGetItem": {"RequestItems", "ReturnConsumedCapacity"},
    "TransactWriteItems": {"TransactItems", "ClientRequestToken", *_CAPACITY},
    "DescribeTable": {"TableName"},
    "CreateTable": {
        "TableName",
        "KeySchema",
        "AttributeDefinitions",
        "GlobalSecondaryIndexes",
        "BillingMode",
        "StreamSpecification",
    },
}

Request = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """A write whose condition was evaluated: its result, or the reason of its failure."""

    table: Table
    key: Key
    before: Item | None
    after: Item | None
    touched: tuple[str, ...] = ()  # the attributes that an update names
    refused: Refused | None = None
    writes: bool = True

    def apply(self) -> None:
        """Do it."""
        if self.writes:
            self.table.store(self.key, self.after)


def _one_at_a_time(operation: Callable[..., Answer]) -> Callable[..., Answer]:
    @wraps(operation)
    def locked(self: Engine, request: Request) -> Answer:
        with self.lock:
            return operation(self, request)

    return locked


class Engine:
    """Tables in memory. Requests are carried out one at a time, in any thread."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.lock = threading.RLock()
        self._tokens: dict[str, Request] = {}

    def answer(self, operation: str, request: Request) -> Answer:
        """Carry out a request, as the API names and words it.

        Raises:
            Refused: DynamoDB refuses it.
            NotImplementedError: the engine doesn't know the operation or a parameter.
        """
        known = _KNOWN.get(operation)
        if known is None or not known.issuperset(request):
            unknown = sorted(set(request) - (known or set()))
            raise NotImplementedError(f"{operation} with {unknown} is not in this engine")
        answer: Answer = getattr(self, _method(operation))(request)
        return answer

    def snapshot(self, tables: Iterable[str]) -> dict[str, list[Item]]:
        """The content of these tables, to be restored later."""
        return {
            name: [copied(item) for item in self.tables[name].items.values()] for name in tables
        }

    def restore(self, contents: Mapping[str, Iterable[Mapping[str, Value]]]) -> None:
        """Restore the content of the tables."""
        for name, items in contents.items():
            table = self.tables[name]
            table.clear()
            for item in items:
                table.store(table.key(item), canonical_item(item))

    @_one_at_a_time
    def create_table(self, request: Request) -> Answer:
        name = request["TableName"]
        if name in self.tables:
            raise Refused("ResourceInUseException", f"Table already exists: {name}")
        self.tables[name] = Table(request)
        return {"TableDescription": {**self.tables[name].described, "TableStatus": "ACTIVE"}}

    @_one_at_a_time
    def describe_table(self, request: Request) -> Answer:
        table = self._table(request["TableName"])
        return {
            "Table": {**table.described, "TableStatus": "ACTIVE", "ItemCount": len(table.items)}
        }

    @_one_at_a_time
    def get_item(self, request: Request) -> Answer:
        table = self._table(request["TableName"])
        self._scope({}, request, *_further(request))
        item = table.items.get(table.lone_key(request["Key"]))
        answer = {"Item": self._projected(item, request)} if item is not None else {}
        return answer | _read([(table.name, item or {})], request, _consistent(request))

    @_one_at_a_time
    def batch_get_item(self, request: Request) -> Answer:
        responses: dict[str, list[Item]] = {}
        read: list[tuple[str, Item]] = []
        if sum(len(wanted["Keys"]) for wanted in request["RequestItems"].values()) > _BATCH:
            raise invalid("Too many items requested for the BatchGetItem call")
        for name, wanted in request["RequestItems"].items():
            table = self._table(name)
            keys = [table.lone_key(key) for key in wanted["Keys"]]
            if len(set(keys)) < len(keys):
                raise invalid("Provided list of item keys contains duplicates")
            items = [table.items.get(key) for key in keys]
            responses[name] = [copied(item) for item in items if item is not None]
            read += [(name, item or {}) for item in items]
        consistent = all(_consistent(wanted) for wanted in request["RequestItems"].values())
        charged = _read(read, request, consistent, several=True)
        return {"Responses": responses, "UnprocessedKeys": {}, **charged}

    @_one_at_a_time
    def put_item(self, request: Request) -> Answer:
        return self._written("Put", request)

    @_one_at_a_time
    def update_item(self, request: Request) -> Answer:
        return self._written("Update", request)

    @_one_at_a_time
    def delete_item(self, request: Request) -> Answer:
        return self._written("Delete", request)

    @_one_at_a_time
    def transact_write_items(self, request: Request) -> Answer:
        """All or nothing; a client token that was seen before does nothing again."""
        items = request["TransactItems"]
        if not 1 <= len(items) <= _TRANSACTION:
            raise invalid("Member must have length less than or equal to 100")
        token = request.get("ClientRequestToken")
        if token in self._tokens:
            if self._tokens[token] != items:
                raise Refused(
                    "IdempotentParameterMismatchException", "Other parameters, same token"
                )
            return {}
        planned = [
            self._planned(operation, one) for item in items for operation, one in item.items()
        ]
        if len({(one.table.name, one.key) for one in planned}) < len(planned):
            raise invalid("Transaction request cannot include multiple operations on one item")
        if any(one.refused for one in planned):
            raise _canceled(planned)
        for one in planned:
            one.apply()
        if token:
            self._tokens[token] = items
        return _charged(planned, request, transaction=True)

    @_one_at_a_time
    def query(self, request: Request) -> Answer:
        table = self._table(request["TableName"])
        index = table.index(request.get("IndexName"))
        if index is not table.own and request.get("ConsistentRead"):
            raise invalid("Consistent reads are not supported on global secondary indexes")
        parsed = expressions.condition(request["KeyConditionExpression"])
        assert parsed.condition
        scope = self._scope({}, request, parsed, *_further(request))
        found = reading.found(table, index, parsed.condition, scope, request)
        return self._page(table, found, request)

    @_one_at_a_time
    def scan(self, request: Request) -> Answer:
        table = self._table(request["TableName"])
        self._scope({}, request, *_further(request))
        return self._page(table, reading.scanned(table, request), request)

    def _page(self, table: Table, found: Iterable[Item], request: Request) -> Answer:
        """At most `Limit` items and a megabyte, filtered afterwards."""
        index = table.index(request.get("IndexName"))
        seen: list[Item] = []
        limit, size, ended = request.get("Limit"), 0, True
        for item in found:
            further = size_of(item)
            if len(seen) == limit or (seen and size + further > _PAGE_BYTES):
                ended = False
                break
            seen.append(item)
            size += further
        kept = [item for item in seen if self._passes(item, request)]
        answer: Answer = {"Count": len(kept), "ScannedCount": len(seen)}
        if request.get("Select") != "COUNT":
            answer["Items"] = [self._projected(item, request) for item in kept]
        # A page that its limit ended has a last key, even if nothing follows.
        if seen and (not ended or len(seen) == limit):
            names = {*index.schema.attributes, *table.schema.attributes}
            answer["LastEvaluatedKey"] = {name: seen[-1][name] for name in names}
        part = (table.name, request.get("IndexName"))
        charge = Charge.page(part, size, consistent=_consistent(request))
        return answer | charge.said(request)

    def _passes(self, item: Item, request: Request) -> bool:
        if "FilterExpression" not in request:
            return True
        parsed = expressions.condition(request["FilterExpression"])
        assert parsed.condition
        return parsed.condition.holds(_scope(item, request))

    def _projected(self, item: Item, request: Request) -> Item:
        if "ProjectionExpression" not in request:
            return copied(item)
        parsed = expressions.projection(request["ProjectionExpression"])
        names = request.get("ExpressionAttributeNames", {})
        return _parts(item, (path.named(names) for path in parsed.paths))

    def _written(self, operation: str, request: Request) -> Answer:
        planned = self._planned(operation, request)
        if planned.refused:
            raise planned.refused
        planned.apply()
        returned = _returned(planned, request.get("ReturnValues", "NONE"))
        answer = {"Attributes": copied(returned)} if returned else {}
        return answer | _charged([planned], request)

    def _planned(self, operation: str, request: Request) -> Planned:
        """The planned write.

        Raises:
            Refused: it is invalid for every stored content.
        """
        known = _KNOWN[operation] | ({"ReturnValues"} | _CAPACITY)
        if not known.issuperset(request):
            raise NotImplementedError(f"{operation} with {sorted(set(request) - known)}")
        table = self._table(request["TableName"])
        given = canonical_item(request["Item"]) if operation == "Put" else None
        key = table.key(given) if given else table.lone_key(request["Key"])
        before = table.items.get(key)
        parsed = _parsed(request, "ConditionExpression", expressions.condition)
        change = _parsed(request, "UpdateExpression", expressions.update)
        scope = self._scope(before or {}, request, *parsed, *change)
        if any(not one.condition.holds(scope) for one in parsed if one.condition):
            more = _on_failure(request, before)
            refused = Refused("ConditionalCheckFailedException", _FAILED, **more)
            return Planned(table, key, before, None, refused=refused)
        if operation == "Update":
            return self._update(table, key, before, request, change)
        if operation == "ConditionCheck":
            return Planned(table, key, before, before, writes=False)
        return self._fitting(Planned(table, key, before, given))

    def _update(
        self, table: Table, key: Key, before: Item | None, request: Request, change: list[Parsed]
    ) -> Planned:
        clauses = [clause for one in change for clause in one.clauses]
        item = before if before is not None else canonical_item(request["Key"])
        scope = _scope(item, request)
        require_keys_kept(clauses, table.schema.attributes, scope)
        touched = tuple(str(clause.path.named(scope.names)[0]) for clause in clauses)
        try:
            after = updated(scope, clauses)
        except Refused as refused:
            return Planned(table, key, before, None, refused=refused)
        return self._fitting(Planned(table, key, before, after, touched))

    def _fitting(self, planned: Planned) -> Planned:
        """Refuses an item that is too large or has an index's key in another type."""
        after = planned.after or {}
        # Its size is counted only where it may matter.
        if len(marshal.dumps(after)) > _ITEM_BYTES / 2 and size_of(after) > _ITEM_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")
        for index in planned.table.indexes.values():
            index.schema.key(after)
        return planned

    def _scope(self, item: Item, request: Request, *used: Parsed) -> Scope:
        """The values and names for the evaluation of expressions.

        Raises:
            Refused: a placeholder is missing, or stands for nothing in any expression.
        """
        names = request.get("ExpressionAttributeNames", {})
        values = request.get("ExpressionAttributeValues", {})
        wanted = frozenset[str]().union(*(one.placeholders for one in used))
        if missing := wanted - names.keys() - values.keys():
            raise invalid(f"An expression attribute used in expression is not defined: {missing}")
        if idle := (names.keys() | values.keys()) - wanted:
            raise invalid(f"Value provided in ExpressionAttribute… unused in expressions: {idle}")
        return _scope(item, request)

    def _table(self, name: str) -> Table:
        if name not in self.tables:
            raise Refused("ResourceNotFoundException", f"Requested resource not found: {name}")
        return self.tables[name]


def _method(operation: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in operation).lstrip("_")


def _scope(item: Item, request: Request) -> Scope:
    values = request.get("ExpressionAttributeValues", {})
    return Scope(
        item,
        request.get("ExpressionAttributeNames", {}),
        {name: canonical(value) for name, value in values.items()},
    )


def _consistent(request: Request) -> bool:
    return bool(request.get("ConsistentRead"))


def _parsed(request: Request, parameter: str, parse: Callable[[str], Parsed]) -> list[Parsed]:
    return [parse(request[parameter])] if parameter in request else []


def _further(request: Request) -> Iterator[Parsed]:
    yield from _parsed(request, "FilterExpression", expressions.condition)
    yield from _parsed(request, "ProjectionExpression", expressions.projection)


def _on_failure(request: Request, before: Item | None) -> dict[str, Any]:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": copied(before)} if wanted and before is not None else {}


def _returned(planned: Planned, wanted: str) -> Item:
    if wanted == "NONE":
        return {}
    whole = (planned.before if wanted.endswith("OLD") else planned.after) or {}
    if wanted.startswith("ALL"):
        return whole
    return {name: whole[name] for name in planned.touched if name in whole}


def _read(
    items: Iterable[tuple[str, Item]], request: Request, consistent: bool, *, several: bool = False
) -> Answer:
    if not asked(request):
        return {}
    return Charge.read(items, consistent=consistent).said(request, several=several)


def _canceled(planned: Sequence[Planned]) -> Refused:
    reasons: list[dict[str, Any]] = []
    for one in planned:
        refused = one.refused
        if refused is None:
            reasons.append({"Code": "None"})
            continue
        failed = refused.code == "ConditionalCheckFailedException"
        code = "ConditionalCheckFailed" if failed else "ValidationError"
        reasons.append({"Code": code, "Message": refused.message, **refused.more})
    codes = ", ".join(reason["Code"] for reason in reasons)
    return Refused(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _charged(planned: Sequence[Planned], request: Request, *, transaction: bool = False) -> Answer:
    if not asked(request):
        return {}
    charge = Charge()
    for one in planned:
        charge += Charge.write(
            one.table, one.before or {}, one.after or {}, times=2 if transaction else 1
        )
    return charge.said(request, several=transaction)


def _parts(item: Item, paths: Iterable[tuple[str | int, ...]]) -> Item:
    """The projected parts of an item; gaps in lists are closed."""
    tree: dict[Any, Any] = {}
    for path in paths:
        if value_at(item, path) is None:
            continue
        place = tree
        for part in path:
            place = place.setdefault(part, {})
    return {name: _pruned(item[name], below) for name, below in tree.items()}


def _pruned(value: Any, below: dict[Any, Any]) -> Any:
    if not below:
        return copied({"": value})[""]
    [(kind, content)] = value.items()
    if kind == "L":
        return {"L": [_pruned(content[at], below[at]) for at in sorted(below)]}
    return {"M": {name: _pruned(content[name], rest) for name, rest in below.items()}}
