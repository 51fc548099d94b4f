"""Which documents of orders are written: rows beside the orders; they go with the files (TTL)."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute

from keyfob.domain.orders.document_kind import DocumentId
from keyfob.storage.database import Database
from keyfob.storage.rows import Row, Update


class DocumentRow(Row):
    """`DOCUMENT#<order or quote>`, one for each kind, version and language.

    `expires` with its file.
    """

    class Meta:
        table_name = "orders"

    expires = NumberAttribute()


class Documents:
    """Records written documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_written(self, document: DocumentId, now: datetime) -> bool:
        """Whether the document's file is there."""
        row = self._database.get(DocumentRow, document.subject, document.part)
        return row is not None and int(row.expires) > now.timestamp()

    def record(self, document: DocumentId, *, until: datetime) -> None:
        """Record that the file is there until then; recording it again changes only that."""
        expires = int(until.timestamp())
        written = Update(
            row=DocumentRow,
            key=(document.subject, document.part),
            actions=[DocumentRow.expires.set(expires)],
            condition=DocumentRow.pk.does_not_exist() | (DocumentRow.expires <= expires),
        )
        self._database.write(written)
