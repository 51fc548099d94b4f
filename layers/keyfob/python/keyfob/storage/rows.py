"""Rows and the writes that change them: PynamoDB's models and expressions as the row schema.

Rows carry logical table names ("orders"); a `Database` (see `database.py`) knows the deployed ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pynamodb.attributes import Attribute, NumberAttribute, UnicodeAttribute
from pynamodb.constants import BINARY
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from keyfob.domain.audit.entry import GENESIS


class HexAttribute(Attribute[str]):
    """Hexadecimal digits, stored as bytes: half the space."""

    attr_type = BINARY

    def serialize(self, value: str) -> bytes:
        return bytes.fromhex(value)

    def deserialize(self, value: bytes) -> str:
        return value.hex()


class Row(Model):
    """A row of any of our tables."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class DueRow(Row):
    """A row that may be in its table's due index (see `domain/due_index.py`)."""

    g1pk = UnicodeAttribute(null=True)
    g1sk = UnicodeAttribute(null=True)


class AuditedRow(Row):
    """The row of an audit subject: its version is the number of its last audit entry."""

    version = NumberAttribute()
    head = HexAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The subject of an audit entry, with the number and hash of its last entry."""

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
    """Change the named attributes of a row, if `condition` holds.

    A row with a `subject` must also have the version seen; every change of its content raises the
    version.
    """

    row: type[Row]
    key: tuple[str, str]
    actions: Sequence[Action]
    condition: Condition | None = None
    subject: Subject | None = None

    def __post_init__(self) -> None:
        if self.condition is None and self.subject is None:
            raise ValueError("a change without any condition")

    def request(self) -> tuple[str, dict[str, Any]]:
        return "Update", self.row(*self.key).get_update_kwargs_from_instance(
            actions=list(self.actions),
            condition=self.condition,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete a row if it is as it was seen; its content is in another row."""

    row: type[AuditedRow]
    key: tuple[str, str]
    subject: Subject

    def request(self) -> tuple[str, dict[str, Any]]:
        return "Delete", self.row(*self.key).get_delete_kwargs_from_instance(
            condition=self.row.version == self.subject.number
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Delete a row that belongs to no audit subject, if `condition` holds."""

    subject: ClassVar[None] = None

    row: type[Row]
    key: tuple[str, str]
    condition: Condition

    def request(self) -> tuple[str, dict[str, Any]]:
        return "Delete", self.row(*self.key).get_delete_kwargs_from_instance(
            condition=self.condition
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Condition check: the transaction fails unless `condition` holds for this row."""

    subject: ClassVar[None] = None

    row: type[Row]
    key: tuple[str, str]
    condition: Condition

    def request(self) -> tuple[str, dict[str, Any]]:
        return "ConditionCheck", self.row.get_operation_kwargs_from_class(
            *self.key, condition=self.condition
        )


Write = Put | Update | Delete | Remove | Check
Key = tuple[type[Row], str, str]


def assign(row: type[Row], values: Mapping[str, Any]) -> list[Action]:
    """The actions that give a row's attributes these values; None removes one."""
    return [
        getattr(row, name).remove() if value is None else getattr(row, name).set(value)
        for name, value in values.items()
    ]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `after` that differ from `before`."""
    return {name: value for name, value in after.items() if value != before[name]}
