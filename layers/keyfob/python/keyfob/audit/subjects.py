"""Every audited row: where each subject says that its chain ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyfob.directory.store import SK, AccountRow
from keyfob.dynamo import Database
from keyfob.inventory.store import BatchRow
from keyfob.orders.store import OrderRow
from keyfob.rows import AuditedRow

# One row class a table is enough: version and head are the same in all of its rows.
_TABLES: tuple[type[AuditedRow], ...] = (AccountRow, OrderRow, BatchRow)
_PRODUCT = "PRODUCT#"

Position = tuple[int, str]


class Subjects:
    """Reads version and head of audited rows, whatever they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Iterator[tuple[str, Position]]:
        """Every subject with the number and hash of its last entry."""
        for table in _TABLES:
            for item in self._database.scan(table):
                position = _position(item)
                if position:
                    yield _subject(item["pk"]["S"], item["sk"]["S"]), position

    def position(self, subject: str) -> Position | None:
        """Where this subject says that its chain ends, now; None if there is no such row."""
        for table in _TABLES:
            found = self._database.get_raw(table, *_key(subject))
            position = _position(found or {})
            if position:
                return position
        return None


def _position(item: dict[str, Any]) -> Position | None:
    """An imported token has no entry of its own before it is shipped: its batch has one."""
    number = int(item["version"]["N"]) if "head" in item else 0
    return (number, item["head"]["S"]) if number else None


def _subject(pk: str, sk: str) -> str:
    if not sk.startswith(_PRODUCT):
        return pk
    return f"{_PRODUCT}{pk.partition('#')[2]}#{sk.removeprefix(_PRODUCT)}"


def _key(subject: str) -> tuple[str, str]:
    if not subject.startswith(_PRODUCT):
        return subject, SK
    partner, _, product = subject.removeprefix(_PRODUCT).partition("#")
    return f"PARTNER#{partner}", f"{_PRODUCT}{product}"
