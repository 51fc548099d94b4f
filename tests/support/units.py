"""Computes DynamoDB's charges from the items: no emulator reports them correctly.

Sizes and units as "DynamoDB item sizes and formats" and "Read and write operations" in the
developer guide give them. Where the guide doesn't say whether a transaction doubles the writes of
its indexes, they are doubled: what is computed is never too little.
"""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
_WRITE_UNIT = 1024
_READ_UNIT = 4096


def size_of(item: Item) -> int:
    """An item's bytes: the names of its attributes and their values."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def write_units(size: int) -> int:
    """Units for writing an item of so many bytes; a transaction takes twice as many."""
    return max(1, math.ceil(size / _WRITE_UNIT))


def read_units(size: int, *, consistent: bool) -> float:
    """Units for reading so many bytes at once; half of them if it needn't be the latest."""
    return max(1, math.ceil(size / _READ_UNIT)) / (1 if consistent else 2)


def _value(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind not in _SIZES:
        raise ValueError(f"no size is known for {kind}")
    return _SIZES[kind](content)


def _binary(content: bytes | str) -> int:
    return len(content if isinstance(content, bytes) else base64.b64decode(content))


def _number(text: str) -> int:
    """About a byte for two significant digits, one more, and one for a sign."""
    sign, digits, _ = Decimal(text).normalize().as_tuple()
    return math.ceil(len(digits) / 2) + 1 + sign


# Three bytes for a list or map, and one for each thing in it.
_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda content: len(content.encode()),
    "N": _number,
    "B": _binary,
    "BOOL": lambda _content: 1,
    "NULL": lambda _content: 1,
    "L": lambda content: 3 + sum(1 + _value(one) for one in content),
    "M": lambda content: 3 + len(content) + size_of(content),
    "SS": lambda content: sum(len(one.encode()) for one in content),
    "NS": lambda content: sum(map(_number, content)),
    "BS": lambda content: sum(map(_binary, content)),
}


@dataclass
class Charges:
    """Calls and their costs; `parts` are the written tables and indexes."""

    calls: list[str] = field(default_factory=list)
    read: float = 0
    write: float = 0
    parts: Counter[str] = field(default_factory=Counter)


class Meter:
    """Adds up what a client of tables in memory is charged while something happens.

    A failed request is counted as a call, and costs nothing here.
    """

    def __init__(self, watched: Any) -> None:
        self._events = watched.meta.events

    def charged(self, work: Callable[[], object]) -> Charges:
        """The charges of `work`."""
        charges = Charges()

        def sent(params: dict[str, Any], **_other: Any) -> None:
            params["ReturnConsumedCapacity"] = "INDEXES"

        def answered(model: Any, parsed: Mapping[str, Any], **_other: Any) -> None:
            charges.calls.append(model.name)
            consumed = parsed.get("ConsumedCapacity", ())
            for one in [consumed] if isinstance(consumed, Mapping) else consumed:
                if model.name in _READING:
                    charges.read += one["CapacityUnits"]
                else:
                    charges.write += one["CapacityUnits"]
                    charges.parts.update(_parts(one))

        self._events.register("before-parameter-build.dynamodb", sent)
        self._events.register("after-call.dynamodb", answered)
        try:
            work()
        finally:
            self._events.unregister("before-parameter-build.dynamodb", sent)
            self._events.unregister("after-call.dynamodb", answered)
        return charges


_READING = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})


def _parts(consumed: Mapping[str, Any]) -> dict[str, float]:
    table = consumed["TableName"]
    indexes = consumed.get("GlobalSecondaryIndexes", {})
    found = {f"{table}/{name}": one["CapacityUnits"] for name, one in indexes.items()}
    return {table: consumed["Table"]["CapacityUnits"], **found}
