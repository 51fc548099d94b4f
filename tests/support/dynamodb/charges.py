"""The charges of an operation, in capacity units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.dynamodb.table import Index, Table
from tests.support.dynamodb.values import Item
from tests.support.units import read_units, size_of, write_units

Part = tuple[str, str | None]  # a table and, where it applies, its index


def asked(request: Mapping[str, Any]) -> bool:
    """Whether the request asks for its charges."""
    return bool(request.get("ReturnConsumedCapacity", "NONE") != "NONE")


@dataclass
class Charge:
    """Units by table and index."""

    reads: dict[Part, float] = field(default_factory=dict)
    writes: dict[Part, float] = field(default_factory=dict)

    def __add__(self, other: Charge) -> Charge:
        return Charge(_sum(self.reads, other.reads), _sum(self.writes, other.writes))

    @classmethod
    def read(cls, items: Iterable[tuple[str, Item]], *, consistent: bool) -> Charge:
        """Items that were read by their keys."""
        charge = cls()
        for table, item in items:
            charge += cls.page((table, None), size_of(item), consistent=consistent)
        return charge

    @classmethod
    def page(cls, part: Part, size: int, *, consistent: bool) -> Charge:
        """A page of so many bytes."""
        return cls(reads={part: read_units(size, consistent=consistent)})

    @classmethod
    def write(cls, table: Table, before: Item, after: Item, *, times: int) -> Charge:
        """An item that was written, with the changes in the table's indexes."""
        charge = cls()
        size = max(size_of(before), size_of(after))
        charge.writes[table.name, None] = times * write_units(size)
        for name, index in table.indexes.items():
            if units := _index_units(index, before, after):
                charge.writes[table.name, name] = times * units
        return charge

    def said(self, request: Mapping[str, Any], *, several: bool = False) -> dict[str, Any]:
        """The answer's `ConsumedCapacity`, as far as the request asks for it."""
        if not asked(request):
            return {}
        wanted = request["ReturnConsumedCapacity"]
        units = _sum(self.reads, self.writes)
        tables = sorted({table for table, _ in units})
        found = [_of_table(table, units, indexes=wanted == "INDEXES") for table in tables]
        return {"ConsumedCapacity": found if several else found[0]}


def _sum(one: Mapping[Part, float], other: Mapping[Part, float]) -> dict[Part, float]:
    return {part: one.get(part, 0) + other.get(part, 0) for part in (*one, *other)}


def _of_table(table: str, units: Mapping[Part, float], *, indexes: bool) -> dict[str, Any]:
    own = {index: float(count) for (name, index), count in units.items() if name == table}
    answer: dict[str, Any] = {"TableName": table, "CapacityUnits": sum(own.values())}
    if indexes:
        answer["Table"] = {"CapacityUnits": own.pop(None, 0.0)}
        answer["GlobalSecondaryIndexes"] = {
            str(name): {"CapacityUnits": count} for name, count in own.items()
        }
    return answer


def _index_units(index: Index, before: Item, after: Item) -> int:
    was, becomes = index.projection(before), index.projection(after)
    if was == becomes:
        return 0
    if was and becomes and index.schema.key(was) != index.schema.key(becomes):
        return write_units(size_of(was)) + write_units(size_of(becomes))
    return write_units(max(size_of(was), size_of(becomes)))
