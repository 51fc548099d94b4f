"""A table and its indexes: items by key, in order."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zlib import crc32

from tests.support.dynamodb.values import Item, Value, invalid, kind_of

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """The key of a table or index: the partition's attribute and, if there is one, the sort's."""

    attributes: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, described: Mapping[str, Any], definitions: Sequence[Mapping[str, str]]) -> Schema:
        """From a request to create a table."""
        kinds = {one["AttributeName"]: one["AttributeType"] for one in definitions}
        names = [one["AttributeName"] for one in described["KeySchema"]]
        return cls(tuple(names), tuple(kinds[name] for name in names))

    def key(self, item: Mapping[str, Value]) -> Key | None:
        """The item's key, by which it is sorted; None where an attribute is missing.

        Raises:
            Refused: an attribute of the key is empty or of another type.
        """
        found = []
        for name, kind in zip(self.attributes, self.kinds, strict=True):
            value = item.get(name)
            if value is None:
                return None
            content = value.get(kind)
            if content is None:
                raise invalid(
                    f"One or more parameter values were invalid: Type mismatch for key {name} "
                    f"expected: {kind} actual: {kind_of(value)}"
                )
            if not content:
                raise invalid(
                    "One or more parameter values are not valid. The AttributeValue for a key "
                    f"attribute cannot contain an empty value. Key: {name}"
                )
            found.append(Decimal(content) if kind == "N" else content)
        return tuple(found)


@dataclass
class Index:
    """Items in order under another key; those that lack it aren't in it."""

    schema: Schema
    projected: frozenset[str] | None  # the attributes it has; None for all
    partitions: dict[Any, list[tuple[Any, Key]]] = field(default_factory=dict)

    def projection(self, item: Item) -> Item:
        """The index's part of an item; nothing if the item isn't in it."""
        if any(name not in item for name in self.schema.attributes):
            return {}
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}

    def move(self, own: Key, before: Key | None, after: Key | None) -> None:
        """Replaces `before` by `after` for the item with the table's key `own`."""
        if before == after:
            return
        if before:
            entries, entry = self.partitions[before[0]], (before[1:], own)
            del entries[bisect_left(entries, entry)]
            if not entries:
                del self.partitions[before[0]]
        if after:
            insort(self.partitions.setdefault(after[0], []), (after[1:], own))


class Table:
    """Items by key. The table is an index like the others, with the whole items in it."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        definitions = request["AttributeDefinitions"]
        self.name: str = request["TableName"]
        self.described = {
            one: request[one]
            for one in ("TableName", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
            if one in request
        }
        self.items: dict[Key, Item] = {}
        self.schema = Schema.of(request, definitions)
        self.own = Index(self.schema, None)
        self.indexes = {
            one["IndexName"]: _index(one, definitions, self.schema)
            for one in request.get("GlobalSecondaryIndexes", ())
        }

    def key(self, named: Mapping[str, Value]) -> Key:
        """The key of an item, or one that stands alone in a request.

        Raises:
            Refused: it is incomplete, empty, or of the wrong type.
        """
        key = self.schema.key(named)
        if key is None:
            raise invalid(
                "One or more parameter values were invalid: Missing the key "
                f"{next(one for one in self.schema.attributes if one not in named)} in the item"
            )
        return key

    def lone_key(self, named: Mapping[str, Value]) -> Key:
        """The key that a request names; it may have nothing else in it."""
        if set(named) != set(self.schema.attributes):
            raise invalid("The provided key element does not match the schema")
        return self.key(named)

    def store(self, key: Key, item: Item | None) -> None:
        """Put this item under its key, or nothing.

        Raises:
            Refused: an index has its key in another type; nothing was changed.
        """
        before = self.items.get(key)
        moves = [(self.own, key if before else None, key if item else None)]
        for index in self.indexes.values():
            was = index.schema.key(before) if before else None
            moves.append((index, was, index.schema.key(item) if item else None))
        for index, was, becomes in moves:
            index.move(key, was, becomes)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item

    def clear(self) -> None:
        """Take everything out."""
        self.items.clear()
        for index in (self.own, *self.indexes.values()):
            index.partitions.clear()

    def index(self, name: str | None) -> Index:
        """The index of this name, or the table itself.

        Raises:
            Refused: there is none.
        """
        if name is None:
            return self.own
        if name not in self.indexes:
            raise invalid(f"The table does not have the specified index: {name}")
        return self.indexes[name]

    def partitions(self) -> list[Any]:
        """The partitions in the order of a scan, which is arbitrary, as on AWS."""
        return sorted(self.own.partitions, key=scattered)


def scattered(partition: Any) -> tuple[int, str]:
    """A partition's place in a scan."""
    text = repr(partition)
    return crc32(text.encode()), text


def _index(
    described: Mapping[str, Any], definitions: Sequence[Mapping[str, str]], own: Schema
) -> Index:
    schema, projection = Schema.of(described, definitions), described["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(schema, None)
    further = projection.get("NonKeyAttributes", ())
    return Index(schema, frozenset({*schema.attributes, *own.attributes, *further}))
