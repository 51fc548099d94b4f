"""Exports of accounts, in the `members` table; their rows go after a day (TTL)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain.directory.export import Export
from keyfob.domain.due_index import instant
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row, Update, assign, differing

SK = "-"


class ExportRow(Row):
    """`EXPORT#<id>`."""

    class Meta:
        table_name = "members"

    organization = UnicodeAttribute()
    by = UnicodeAttribute()
    until = UnicodeAttribute()
    step = NumberAttribute()
    upload = UnicodeAttribute(null=True)
    parts = JSONAttribute()
    position = UnicodeAttribute(null=True)
    rows = NumberAttribute()
    ready = BooleanAttribute()
    expires = NumberAttribute()


class Exports:
    """Reads exports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, export_id: str) -> Export | None:
        """The export with this id, strongly consistent."""
        row = self._database.get(ExportRow, f"EXPORT#{export_id}", SK)
        if row is None:
            return None
        return Export(
            id=export_id,
            organization=row.organization,
            by=row.by,
            until=datetime.fromisoformat(row.until),
            step=int(row.step),
            upload=row.upload or "",
            parts=tuple(row.parts),
            position=row.position or "",
            rows=int(row.rows),
            ready=row.ready,
        )


def put(export: Export) -> Put:
    """The write that adds an export."""
    values = {name: value for name, value in _values(export).items() if value is not None}
    row = ExportRow(
        export.subject,
        SK,
        organization=export.organization,
        by=export.by,
        until=instant(export.until),
        expires=int(export.until.timestamp()),
        **values,
    )
    return Put(row=row)


def change(seen: Export, to: Export) -> Update:
    """The update that turns `seen` into `to`, if no other attempt has done this step."""
    return Update(
        row=ExportRow,
        key=(seen.subject, SK),
        actions=assign(ExportRow, differing(_values(seen), _values(to))),
        condition=(ExportRow.step == seen.step) & (ExportRow.ready == seen.ready),
    )


def _values(export: Export) -> dict[str, Any]:
    return {
        "step": export.step,
        "upload": export.upload or None,
        "parts": list(export.parts),
        "position": export.position or None,
        "rows": export.rows,
        "ready": export.ready,
    }
