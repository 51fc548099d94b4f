"""Pages of a query or a scan."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.dynamodb.expressions import (
    Between,
    Both,
    Called,
    Compared,
    Condition,
    Given,
    Path,
    Scope,
)
from tests.support.dynamodb.table import Index, Key, Table, scattered
from tests.support.dynamodb.values import Item, Value, invalid, order_of

Entry = tuple[Key, Key]
Entries = list[Entry]


def found(
    table: Table, index: Index, condition: Condition, scope: Scope, request: Mapping[str, Any]
) -> Iterator[Item]:
    """The items of one partition that a key condition names, in order, from the last page on.

    Raises:
        Refused: it is no condition of this key.
    """
    partition, sort = _asked(index, condition, scope)
    entries = index.partitions.get(partition, [])
    low, high = _bounds(entries, sort, scope) if sort else (0, len(entries))
    forward = request.get("ScanIndexForward", True)
    after = request.get("ExclusiveStartKey")
    if after is not None:
        key = index.schema.key(after)
        if key is None or key[0] != partition:
            raise invalid("The provided starting key is invalid")
        place = (key[1:], table.key(after))
        if forward:
            low = max(low, bisect_right(entries, place))
        else:
            high = min(high, bisect_left(entries, place))
    chosen = range(low, high) if forward else range(high - 1, low - 1, -1)
    for position in chosen:
        yield index.projection(table.items[entries[position][1]])


def scanned(table: Table, request: Mapping[str, Any]) -> Iterator[Item]:
    """Every item; those of one partition come together, in order."""
    after = request.get("ExclusiveStartKey")
    last = table.lone_key(after) if after is not None else None
    for partition in table.partitions():
        entries, begin = table.own.partitions[partition], 0
        if last is not None:
            if scattered(partition) < scattered(last[0]):
                continue
            if partition == last[0]:
                begin = bisect_right(entries, (last[1:], last))
        for _, key in entries[begin:]:
            yield table.items[key]


def _asked(index: Index, condition: Condition, scope: Scope) -> tuple[Any, Condition | None]:
    parts = condition.parts if isinstance(condition, Both) else (condition,)
    by_name = {_subject(part, scope): part for part in parts}
    names = index.schema.attributes
    partition = by_name.pop(names[0], None)
    if not isinstance(partition, Compared) or partition.sign != "=":
        raise invalid(f"Query condition missed key schema element: {names[0]}")
    sort = by_name.pop(names[1], None) if len(names) > 1 else None
    if by_name or (isinstance(sort, Compared) and sort.sign == "<>"):
        raise invalid("Query key condition not supported")
    return order_of(_given(partition.right, scope)), sort


def _subject(part: Condition, scope: Scope) -> str | int:
    place: Any = {Compared: "left", Between: "operand", Called: "path"}.get(type(part))
    operand = getattr(part, place) if place else None
    if not isinstance(operand, Path):
        raise invalid("Invalid operator used in KeyConditionExpression")
    return operand.named(scope.names)[0]


def _given(operand: Any, scope: Scope) -> Value:
    if not isinstance(operand, Given):
        raise invalid("Invalid KeyConditionExpression: operands are values of the request")
    return scope.values[operand.name]


def _bounds(entries: Entries, sort: Condition, scope: Scope) -> tuple[int, int]:
    """The range of entries that fit the sort key."""

    def at_least(value: Any) -> int:
        return bisect_left(entries, value, key=_sort_of)

    def beyond(value: Any) -> int:
        return bisect_right(entries, value, key=_sort_of)

    if isinstance(sort, Between):
        low, high = (order_of(_given(one, scope)) for one in (sort.low, sort.high))
        return at_least(low), beyond(high)
    if isinstance(sort, Called):
        if sort.function != "begins_with":
            raise invalid("Invalid operator used in KeyConditionExpression")
        start = order_of(_given(sort.argument, scope))
        first = at_least(start)
        until = bisect_left(entries, True, first, key=lambda one: not one[0][0].startswith(start))
        return first, until
    assert isinstance(sort, Compared)
    value = order_of(_given(sort.right, scope))
    return {
        "=": (at_least(value), beyond(value)),
        "<": (0, at_least(value)),
        "<=": (0, beyond(value)),
        ">": (beyond(value), len(entries)),
        ">=": (at_least(value), len(entries)),
    }[sort.sign]


def _sort_of(entry: Entry) -> Any:
    return entry[0][0]
