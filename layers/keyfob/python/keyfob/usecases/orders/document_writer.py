"""Writing orders' documents, once for each kind, version and language (B3, S42)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keyfob.domain.clock import Clock
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import message_id
from keyfob.domain.orders.document import content
from keyfob.domain.orders.document_kind import DocumentId, DocumentKind, require
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.messages.words import language_of
from keyfob.usecases.orders.document_text import Seller, Typesetting, worded
from keyfob.usecases.orders.documents import Queue

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

        Its content is the order's at that version or at a later one. Writing it again changes
        nothing.
        """
        order = self._orders.get(body["order"])
        kind = DocumentKind(body["kind"])
        if order is None:
            return False
        try:
            require(order, kind)
        except NotFound:
            return False
        wanted = DocumentId(
            order=order.number,
            kind=kind,
            version=int(body["version"]),
            language=language_of(body["language"]),
        )
        now = self._clock()
        if not self._documents.is_written(wanted, now):
            text = worded(content(order, kind), wanted.language, self._zone(order), self._seller)
            self._files.put(wanted, self._typesetting(text))
            self._documents.record(wanted, until=now + self._policy.documents_kept)
        self._hasten(order, wanted, now)
        return True

    def _zone(self, order: Order) -> str:
        home = self._directory.organization(order.organization)
        if home is None:
            return _UTC
        try:
            ZoneInfo(home.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return _UTC  # tzdata has no such zone any more
        return home.time_zone

    def _hasten(self, order: Order, written: DocumentId, now: datetime) -> None:
        """Send the confirmation's mail if it waits for this document."""
        if written.kind is not DocumentKind.CONFIRMATION:
            return
        mail = message_id(Kind.ORDER_CONFIRMATION, order.subject, written.version, order.purchaser)
        if self._outbox.hasten(mail, now):
            self._messages.send([{"due": mail}])
