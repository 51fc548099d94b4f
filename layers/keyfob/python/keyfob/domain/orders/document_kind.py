"""The documents of orders and quotes, and the files that they are in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind

_ENDED = frozenset({State.CANCELED, State.EXPIRED})
_PAID = frozenset({State.PAID, State.FULFILLED})
_SENT = frozenset({ProductKind.HARDWARE_TOKEN, ProductKind.ADDED_TOKEN})


class DocumentKind(StrEnum):
    """A kind of document."""

    CONFIRMATION = "confirmation"
    QUOTE = "quote"
    INVOICE = "invoice"
    PACKING_SLIP = "packing-slip"


# Those that buyers read; a packing slip is for those who pack.
FOR_BUYERS = (DocumentKind.CONFIRMATION, DocumentKind.QUOTE, DocumentKind.INVOICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentId:
    """A document: its kind, the number and version of its order or quote, its reader's language."""

    number: str
    kind: DocumentKind
    version: int
    language: str

    @property
    def subject(self) -> str:
        """The key of its order's or quote's documents."""
        return f"DOCUMENT#{self.number}"

    @property
    def part(self) -> str:
        """Its name among these."""
        return f"{self.kind}-{self.version}-{self.language}"

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.number}/{self.part}.pdf"


def require(order: Order, kind: DocumentKind) -> None:
    """Refuse a document that an order in this state doesn't have.

    Raises:
        NotFound: there is no such document of it.
    """
    if not _has(order, kind):
        raise NotFound


def _has(order: Order, kind: DocumentKind) -> bool:
    if kind is DocumentKind.QUOTE:
        return order.state is State.AWAITING_PAYMENT
    if kind is DocumentKind.PACKING_SLIP:
        return order.state in _PAID and any(line.kind in _SENT for line in order.lines)
    if kind is DocumentKind.INVOICE:
        return order.invoice is not None and order.state not in _ENDED
    return order.state not in _ENDED
