"""Signed purchase orders: a row beside each order that has one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from keyfob.domain.due_index import instant
from keyfob.domain.orders.signed_order import Reason, SignedOrder, SignedState
from keyfob.storage.database import Database
from keyfob.storage.rows import AuditedRow, Put, Subject, Update, assign, differing

SK = "-"


class SignedOrderRow(AuditedRow):
    """`SIGNED#<order>`."""

    class Meta:
        table_name = "orders"

    state = UnicodeAttribute()
    awaited = UnicodeAttribute(null=True)
    file = UnicodeAttribute(null=True)
    refused_for = UnicodeAttribute(null=True)
    at = UnicodeAttribute(null=True)


class SignedOrders:
    """Reads signed purchase orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, order: str) -> SignedOrder | None:
        """The document of the order with this number, strongly consistent."""
        row = self._database.get(SignedOrderRow, f"SIGNED#{order}", SK)
        if row is None:
            return None
        return SignedOrder(
            order=order,
            state=SignedState(row.state),
            awaited=row.awaited or "",
            file=row.file or "",
            reason=Reason(row.refused_for) if row.refused_for else None,
            at=datetime.fromisoformat(row.at) if row.at else None,
            version=int(row.version),
            head=row.head,
        )


def change(seen: SignedOrder, to: SignedOrder) -> Put | Update:
    """The write that turns `seen` into `to`; of a document without row it adds the row."""
    subject = Subject(id=seen.subject, number=seen.version, head=seen.head)
    if not seen.version:
        values = {name: value for name, value in _values(to).items() if value is not None}
        return Put(row=SignedOrderRow(seen.subject, SK, **values), subject=subject)
    return Update(
        row=SignedOrderRow,
        key=(seen.subject, SK),
        actions=assign(SignedOrderRow, differing(_values(seen), _values(to))),
        subject=subject,
    )


def _values(document: SignedOrder) -> dict[str, Any]:
    return {
        "state": document.state,
        "awaited": document.awaited or None,
        "file": document.file or None,
        "refused_for": document.reason,
        "at": instant(document.at) if document.at else None,
    }
