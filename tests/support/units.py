"""What requests to DynamoDB are charged, computed from the items: no emulator reports it right.

Sizes and units as "DynamoDB item sizes and formats" and "Read and write operations" in the
developer guide give them. Where the guide doesn't say whether a transaction doubles the writes of
its indexes, they are doubled: what is computed is never too little.
"""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
_WRITE_UNIT = 1024
_READ_UNIT = 4096


def size_of(item: Item) -> int:
    """An item's bytes: the names of its attributes and their values."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number(content)
    if kind == "B":
        return len(content if isinstance(content, bytes) else base64.b64decode(content))
    if kind in {"BOOL", "NULL"}:
        return 1
    # Three bytes for a list or map, and one for each thing in it.
    if kind == "L":
        return 3 + sum(1 + _value(one) for one in content)
    if kind == "M":
        return 3 + len(content) + size_of(content)
    raise ValueError(f"no size is known for {kind}")


def _number(text: str) -> int:
    """About a byte for two significant digits, one more, and one for a sign."""
    sign, digits, _ = Decimal(text).normalize().as_tuple()
    return math.ceil(len(digits) / 2) + 1 + sign


@dataclass
class Charges:
    """The calls that were made, and what they cost; `parts` are the written tables and indexes."""

    calls: list[str] = field(default_factory=list)
    read: float = 0
    write: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    parts: Counter[str] = field(default_factory=Counter)


class Meter:
    """Watches a client while something happens, and looks at each item before and after it.

    Args:
        watched: the client whose calls are charged.
        own: another one, to look at items with.
    """

    def __init__(self, watched: Any, own: Any) -> None:
        self._own = own
        self._events = watched.meta.events
        self._indexes: dict[str, list[dict[str, Any]]] = {}

    def charged(self, work: Callable[[], object]) -> Charges:
        """What `work` is charged."""
        charges = Charges()
        writes: list[tuple[str, dict[str, Any], Item, int]] = []

        def sent(model: Any, params: Mapping[str, Any], **_other: Any) -> None:
            charges.calls.append(model.name)
            request = json.loads(params["body"])
            times = 2 if model.name.startswith("Transact") else 1
            for table, key in _read(request):
                size = size_of(self._look(table, key))
                charges.sizes[table] = max(size, charges.sizes.get(table, 0))
                charges.read += max(1, math.ceil(size / _READ_UNIT))
            for table, key in _written(request):
                writes.append((table, key, self._look(table, key), times))

        def answered(model: Any, parsed: Mapping[str, Any], **_other: Any) -> None:
            if model.name == "Query":
                # Of an index, which is read eventually consistent: that costs half.
                size = sum(map(size_of, parsed["Items"]))
                charges.read += max(1, math.ceil(size / _READ_UNIT)) / 2
            while writes:
                self._charge(charges, *writes.pop())

        self._events.register("before-call.dynamodb", sent)
        self._events.register("after-call.dynamodb", answered)
        try:
            work()
        finally:
            self._events.unregister("before-call.dynamodb", sent)
            self._events.unregister("after-call.dynamodb", answered)
        return charges

    def _charge(
        self, charges: Charges, table: str, key: Mapping[str, Any], before: Item, times: int
    ) -> None:
        after = self._look(table, key)
        size = max(size_of(before), size_of(after))
        charges.sizes[table] = max(size, charges.sizes.get(table, 0))
        charges.parts[table] += times * _write_units(size)
        for index, units in self._index_units(table, before, after):
            charges.parts[index] += times * units
        charges.write = charges.parts.total()

    def _look(self, table: str, key: Mapping[str, Any]) -> Item:
        found: Item = self._own.get_item(TableName=table, Key=key, ConsistentRead=True).get(
            "Item", {}
        )
        return found

    def _index_units(self, table: str, before: Item, after: Item) -> Iterator[tuple[str, int]]:
        for index in self._indexes_of(table):
            was, becomes = _projected(index, before), _projected(index, after)
            if was == becomes:
                continue
            moved = was and becomes and _keys(index, was) != _keys(index, becomes)
            if moved:
                units = _write_units(size_of(was)) + _write_units(size_of(becomes))
            else:
                units = _write_units(max(size_of(was), size_of(becomes)))
            yield f"{table}/{index['IndexName']}", units

    def _indexes_of(self, table: str) -> list[dict[str, Any]]:
        if table not in self._indexes:
            described = self._own.describe_table(TableName=table)["Table"]
            own = [one["AttributeName"] for one in described["KeySchema"]]
            self._indexes[table] = [
                {**index, "Own": own} for index in described.get("GlobalSecondaryIndexes", [])
            ]
        return self._indexes[table]


def _write_units(size: int) -> int:
    return max(1, math.ceil(size / _WRITE_UNIT))


def _read(request: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for table, asked in request.get("RequestItems", {}).items():
        for key in asked["Keys"]:
            yield table, key
    if "Key" in request and "UpdateExpression" not in request:
        yield request["TableName"], request["Key"]


def _written(request: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    changes = [next(iter(one.values())) for one in request.get("TransactItems", [])]
    if "UpdateExpression" in request or "Item" in request:
        changes.append(request)
    for change in changes:
        named = change.get("Key") or {name: change["Item"][name] for name in ("pk", "sk")}
        yield change["TableName"], named


def _keys(index: Mapping[str, Any], item: Item) -> list[Any]:
    return [item[one["AttributeName"]] for one in index["KeySchema"]]


def _projected(index: Mapping[str, Any], item: Item) -> Item:
    keys = [one["AttributeName"] for one in index["KeySchema"]]
    if not all(name in item for name in keys):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    names = {*keys, *index["Own"], *projection.get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in names}
