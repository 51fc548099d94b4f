"""Documents as enclosures of their mails, which wait for them a bounded time (B3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from keyfob.domain.clock import Clock
from keyfob.domain.errors import Unavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.document_kind import DocumentId, DocumentKind
from keyfob.domain.policy import Policy
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.documents import Queue, queued


class ReadFiles(Protocol):
    """Where documents are read."""

    def get(self, document: DocumentId) -> bytes | None:
        """The document; None if it can't be read."""


# The mails that enclose a document of their order.
ENCLOSED = MappingProxyType(
    {
        Kind.ORDER_CONFIRMATION: DocumentKind.CONFIRMATION,
        Kind.INVOICE_ISSUED: DocumentKind.INVOICE,
    }
)


class Enclosing:
    """Encloses an order's document in the mail that is about it."""

    def __init__(
        self,
        *,
        orders: OrderStore,
        documents: Documents,
        outbox: OutboxStore,
        files: Callable[[], ReadFiles],
        queue: Callable[[], Queue],
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._orders = orders
        self._documents = documents
        self._outbox = outbox
        self._files = files
        self._queue = queue
        self._clock = clock
        self._policy = policy

    def __call__(self, message: Message, language: str) -> tuple[str, bytes] | datetime | None:
        """The file's name and content, or the instant until which the mail waits for it.

        None if there is no file, or none came in time: the mail is more important (fail open).
        """
        kind = ENCLOSED.get(message.kind)
        order = self._orders.get(message.subject.removeprefix("ORDER#")) if kind else None
        if kind is None or order is None:
            return None
        wanted = DocumentId(
            number=order.number, kind=kind, version=message.version, language=language
        )
        now = self._clock()
        if self._documents.is_written(wanted, now):
            pdf = self._files().get(wanted)
            return (f"{order.number}-{kind}.pdf", pdf) if pdf else None
        queued_mail = self._outbox.progress(message.id)
        if queued_mail is None:
            return None
        until = queued_mail.created_at + self._policy.document_patience
        if now >= until:
            return None
        try:
            self._queue().send([queued(wanted)])
        except Unavailable:
            return None
        return until
