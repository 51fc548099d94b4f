"""Tables in memory under the library's own stores: conditions, versions and the due index.

Rows are kept as the stores write them, and PynamoDB's expressions are evaluated directly.
DynamoDB's JSON would cost more than everything else together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, TypeVar, cast

from pynamodb.expressions.update import RemoveAction

from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import Check, Delete, Key, Put, Remove, Row, Update, Write

R = TypeVar("R", bound=Row)
_Key = tuple[str, str, str]
_Due = tuple[str, str, str]
_ABSENT = "attribute_not_exists"
_PRESENT = "attribute_exists"


class Item:
    """A row at some moment; a missing attribute is None."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, _name: str) -> None:
        return None


class Document(dict[str, Any]):
    """A map attribute."""

    def as_dict(self) -> dict[str, Any]:
        """Its content."""
        return self


@dataclass
class Hooks:
    """Callbacks before and after a write (they may raise), and for written rows."""

    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    entered: Callable[[AuditRow], None] = lambda _entry: None
    queued: Callable[[Row], None] = lambda _message: None
    planned: Callable[[str], None] = lambda _due: None


class Memory(Database):
    """A `Database` of this process alone. The hooks get audit entries and messages."""

    def __init__(self) -> None:
        self.hooks = Hooks()
        self.items: dict[_Key, Item] = {}
        self._due: dict[tuple[str, str], list[_Due]] = defaultdict(list)
        self._first: list[tuple[_Due, str]] = []

    def get(self, row: type[R], pk: str, sk: str) -> R | None:
        return cast("R | None", self.items.get((row.Meta.table_name, pk, sk)))

    def get_each(self, keys: Sequence[Key], *, consistent: bool = True) -> list[Row | None]:
        """Real rows, which limits tell from missing ones by their class."""
        found = [self.items.get((row.Meta.table_name, pk, sk)) for row, pk, sk in keys]
        return [
            row(**item.__dict__) if item else None
            for (row, _, _), item in zip(keys, found, strict=True)
        ]

    def write(self, write: Put | Update) -> None:
        self.hooks.before()
        self._require(write)
        self._apply(write)
        self.hooks.after()

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        self.hooks.before()
        for write in writes:
            self._require(write)
        for write in writes:
            self._apply(write)
        self.hooks.after()

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
        """Only the due index is queried."""
        assert index == "due"
        assert until
        assert since is None
        heap = self._due.get((row.Meta.table_name, key[1]))
        if not heap or heap[0][0] > until[1]:
            return iter(())
        found = set()
        while heap and heap[0][0] <= until[1]:
            found.add(heappop(heap))
        table = row.Meta.table_name
        there = sorted(one for one in found if self._stands(table, one))
        for one in there:
            heappush(heap, one)
        return iter(
            {"pk": {"S": pk}, "sk": {"S": sk}, "g1sk": {"S": g1sk}} for g1sk, pk, sk in there
        )

    def earliest(self) -> str | None:
        """The first instant in the due index at which anything is due."""
        heap = self._first
        while heap and not self._stands(heap[0][1], heap[0][0]):
            heappop(heap)
        return heap[0][0][0].split("#")[0] if heap else None

    def forget(self, row: type[Row], pk: str, sk: str, *, keep: Sequence[str]) -> None:
        """Drop the row's other attributes, which are never read again."""
        item = self.items[row.Meta.table_name, pk, sk]
        self.items[row.Meta.table_name, pk, sk] = Item({name: item.__dict__[name] for name in keep})

    def _stands(self, table: str, due: _Due) -> bool:
        item = self.items.get((table, due[1], due[2]))
        return item is not None and item.g1sk == due[0]

    def _require(self, write: Write) -> None:
        if isinstance(write, Put):
            if _key_of(write) in self.items:
                raise Conflict
            return
        item = self.items.get(_key_of(write))
        if isinstance(write, Delete):
            holds = item is not None and item.version == write.subject.number
        elif item is None:
            holds = write.condition is not None and _holds_without(write.condition)
        else:
            holds = _holds(write.condition, item)
        if not holds:
            raise Conflict

    def _apply(self, write: Write) -> None:
        if isinstance(write, Put) and isinstance(write.row, AuditRow):
            self.hooks.entered(write.row)
            return
        if isinstance(write, Check):
            return
        key = _key_of(write)
        if isinstance(write, Delete | Remove):
            del self.items[key]
            return
        before = self.items.get(key)
        if isinstance(write, Put):
            values = write.row.attribute_values
            if key[0] == "outbox":
                self.hooks.queued(write.row)
        else:
            # An update makes a row that its condition doesn't take for granted.
            values = dict(before.__dict__) if before else {"pk": key[1], "sk": key[2]}
            for action in write.actions:
                _act(action, values)
        self.items[key] = Item(values)
        due = values.get("g1sk")
        if due and (before is None or before.g1sk != due):
            entry = (due, key[1], key[2])
            heappush(self._due[key[0], values["g1pk"]], entry)
            heappush(self._first, (entry, key[0]))
            self.hooks.planned(due)


def _key_of(write: Write) -> _Key:
    if isinstance(write, Put):
        return write.row.Meta.table_name, write.row.pk, write.row.sk
    return write.row.Meta.table_name, *write.key


def _act(action: Any, values: dict[str, Any]) -> None:
    [name] = action.values[0].path
    if isinstance(action, RemoveAction):
        values.pop(name, None)
    else:
        value = _plain(action.values[1].value)
        # Chains are kept as bytes and read as hexadecimal digits.
        values[name] = value.hex() if name == "head" else value


def _holds_without(condition: Any) -> bool:
    if condition.operator == "OR":
        return any(_holds_without(one) for one in condition.values)
    return bool(condition.operator == _ABSENT)


def _holds(condition: Any, item: Item) -> bool:
    if condition.operator == "OR":
        return any(_holds(one, item) for one in condition.values)
    if condition.operator == _PRESENT:
        return _operand(condition.values[0], item) is not None
    if condition.operator == "AND":
        return all(_holds(one, item) for one in condition.values)
    if condition.operator == _ABSENT:
        return _operand(condition.values[0], item) is None
    left, right = (_operand(one, item) for one in condition.values)
    if condition.operator == "<=":
        return left is not None and bool(left <= right)
    if condition.operator != "=":
        raise NotImplementedError(condition.operator)
    return bool(left == right)


def _operand(operand: Any, item: Item) -> Any:
    kind = type(operand).__name__
    if kind == "Value":
        return _plain(operand.value)
    if kind == "_Size":
        return len(_operand(operand.values[0], item))
    [name] = operand.path
    return getattr(item, name)


def _plain(serialized: Mapping[str, Any]) -> Any:
    [(kind, value)] = serialized.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [_plain(one) for one in value]
    if kind == "M":
        return Document({name: _plain(one) for name, one in value.items()})
    return value
