"""Wrapped data keys in the `credentials` table, one for each quarter (see `seeds.py`)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from keyfob.domain.due_index import instant
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import Put, Row

SK = "-"


class DataKeyRow(Row):
    """`DATAKEY#<quarter>`: a data key wrapped by the key service."""

    class Meta:
        table_name = "credentials"

    wrapped = BinaryAttribute(legacy_encoding=False)
    made_at = UnicodeAttribute()


class DataKeyStore:
    """Stores wrapped data keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> bytes | None:
        """The wrapped data key of this name."""
        row = self._database.get(DataKeyRow, f"DATAKEY#{name}", SK)
        return row.wrapped if row else None

    def keep(self, name: str, wrapped: bytes, now: datetime) -> bytes:
        """Store a new data key; if several are made at once, the first one stays for all."""
        row = DataKeyRow(f"DATAKEY#{name}", SK, wrapped=wrapped, made_at=instant(now))
        with suppress(Conflict):
            self._database.write(Put(row=row))
        kept = self.get(name)
        if kept is None:
            raise LookupError(f"the data key {name} was kept and is gone")
        return kept
