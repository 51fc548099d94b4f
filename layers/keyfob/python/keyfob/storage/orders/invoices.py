"""An order's invoice as an attribute of the order's row."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from keyfob.domain import due_index as index
from keyfob.domain.orders.invoice import Invoice, InvoicePayment, InvoiceStatus, Receipt


def written(invoice: Invoice | None) -> dict[str, Any] | None:
    """The invoice as JSON."""
    return asdict(invoice) | {"due_at": index.instant(invoice.due_at)} if invoice else None


def read(row: dict[str, Any] | None) -> Invoice | None:
    """The invoice that was written; None if there is none."""
    if row is None:
        return None
    return Invoice(
        **row
        | {
            "due_at": datetime.fromisoformat(row["due_at"]),
            "status": InvoiceStatus(row["status"]),
            "payments": tuple(InvoicePayment(**one) for one in row["payments"]),
        }
    )


def receipts(rows: list[dict[str, Any]] | None) -> tuple[Receipt, ...]:
    """The transfers that were entered."""
    return tuple(Receipt(**one) for one in rows or ())
