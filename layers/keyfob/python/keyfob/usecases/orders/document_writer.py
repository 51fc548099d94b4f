"""Writing documents of orders and quotes, once for each version and language (B3, S42)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keyfob.domain.clock import Clock
from keyfob.domain.directory.organization import Organization
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.outbox import message_id
from keyfob.domain.orders.document import Content, content, quoted
from keyfob.domain.orders.document_kind import DocumentId, DocumentKind, require
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.messages.words import language_of
from keyfob.usecases.orders.document_text import Seller, Typesetting, worded
from keyfob.usecases.orders.documents import Queue
from keyfob.usecases.orders.enclosing import ENCLOSED

_UTC = "UTC"


class WrittenFiles(Protocol):
    """Where documents are written to."""

    def put(self, document: DocumentId, pdf: bytes) -> None:
        """Store a document; the same one again changes nothing."""


class DocumentWriter:
    """Writes documents."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        quotes: QuoteStore,
        documents: Documents,
        directory: Directory,
        outbox: OutboxStore,
        files: WrittenFiles,
        messages: Queue,
        typesetting: Typesetting,
        seller: Seller,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._orders = orders
        self._quotes = quotes
        self._documents = documents
        self._directory = directory
        self._outbox = outbox
        self._files = files
        self._messages = messages
        self._typesetting = typesetting
        self._seller = seller
        self._clock = clock
        self._policy = policy

    def write(self, body: Mapping[str, Any]) -> bool:
        """Write the document that a message of the queue names; False if there is none any more.

        Writing it again changes nothing.
        """
        return self._write_quote(body) if "quote" in body else self._write_order(body)

    def _write_quote(self, body: Mapping[str, Any]) -> bool:
        quote = self._quotes.get(body["quote"])
        if quote is None:
            return False
        home = self._directory.organization(quote.organization)
        said = quoted(quote, home.name if home else "")
        self._write(_named(quote.number, DocumentKind.QUOTE, body), said, home)
        return True

    def _write_order(self, body: Mapping[str, Any]) -> bool:
        """The content is the order's at that version or at a later one."""
        order = self._orders.get(body["order"])
        kind = DocumentKind(body["kind"])
        if order is None:
            return False
        try:
            require(order, kind)
        except NotFound:
            return False
        wanted = _named(order.number, kind, body)
        home = self._directory.organization(order.organization)
        self._write(wanted, content(order, kind), home)
        self._hasten(order, wanted, self._clock())
        return True

    def _write(self, wanted: DocumentId, said: Content, home: Organization | None) -> None:
        now = self._clock()
        if self._documents.is_written(wanted, now):
            return
        text = worded(said, wanted.language, _zone(home), self._seller)
        self._files.put(wanted, self._typesetting(text))
        self._documents.record(wanted, until=now + self._policy.documents_kept)

    def _hasten(self, order: Order, written: DocumentId, now: datetime) -> None:
        """Send the mail that waits for this document."""
        for about, kind in ENCLOSED.items():
            mail = message_id(about, order.subject, written.version, order.purchaser)
            if kind is written.kind and self._outbox.hasten(mail, now):
                self._messages.send([{"due": mail}])


def _named(number: str, kind: DocumentKind, body: Mapping[str, Any]) -> DocumentId:
    return DocumentId(
        number=number,
        kind=kind,
        version=int(body["version"]),
        language=language_of(body["language"]),
    )


def _zone(home: Organization | None) -> str:
    if home is None:
        return _UTC
    try:
        ZoneInfo(home.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _UTC  # tzdata has no such zone any more
    return home.time_zone
