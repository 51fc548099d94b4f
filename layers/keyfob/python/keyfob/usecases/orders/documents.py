"""Documents of orders and quotes: asked for, written once by a worker, linked, enclosed (B3).

    GET …         written? ──▶ a link for a minute
                  not yet  ──▶ queue `documents`, 202
    the mail      written? ──▶ encloses it
                  not yet  ──▶ queue `documents`; waits, a bounded time
    the worker    reads order or quote ──▶ typesets ──▶ file ──▶ row ──▶ hastens the mail that waits

The queue's messages may come twice and in any order: the same document is the same file. A lost one
is sent again by the next request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.document_kind import DocumentId, DocumentKind, require
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.quote import Quote
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.messages.words import language_of
from keyfob.usecases.orders.quotes import Quotes

# How long a link to a file works; whoever has it needs no session.
LINK = timedelta(seconds=60)
# A quote never changes.
_OF_A_QUOTE = 1


class Queue(Protocol):
    """A queue."""

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Queue all of these, or raise `Unavailable`."""


class DocumentLinks(Protocol):
    """Links to documents."""

    def link(self, document: DocumentId, lifetime: timedelta) -> str:
        """An address at which the document can be fetched for so long."""


class Fetching:
    """Links to documents; one that isn't written is queued."""

    def __init__(
        self, documents: Documents, *, links: DocumentLinks, queue: Queue, clock: Clock
    ) -> None:
        self._documents = documents
        self._links = links
        self._queue = queue
        self._clock = clock

    def fetch(self, order: Order, kind: DocumentKind, language: str) -> str | None:
        """A link to the document as its order is now; None while it is being written.

        Raises:
            NotFound: the order has no such document.
            Unavailable: it couldn't be queued.
        """
        require(order, kind)
        wanted = DocumentId(
            number=order.number, kind=kind, version=order.version, language=language_of(language)
        )
        return self._link(wanted, queued(wanted))

    def fetch_quote(self, quote: Quote, language: str) -> str | None:
        """A link to the quote's document; None while it is being written.

        Raises:
            Unavailable: it couldn't be queued.
        """
        wanted = DocumentId(
            number=quote.number,
            kind=DocumentKind.QUOTE,
            version=_OF_A_QUOTE,
            language=language_of(language),
        )
        return self._link(wanted, queued_quote(wanted))

    def _link(self, wanted: DocumentId, message: Mapping[str, Any]) -> str | None:
        if self._documents.is_written(wanted, self._clock()):
            return self._links.link(wanted, LINK)
        self._queue.send([message])
        return None


class OwnDocuments:
    """The documents of people's own orders."""

    def __init__(
        self, fetching: Fetching, *, orders: OrderStore, directory: Directory, foreign: ForeignIds
    ) -> None:
        self._fetching = fetching
        self._orders = orders
        self._directory = directory
        self._foreign = foreign

    def fetch(self, by: Actor, number: str, kind: DocumentKind) -> str | None:
        """A link to a document of an order; None while it is being written.

        Raises:
            NotFound: the order is unknown or somebody else's; or it has no such document.
            Unavailable: the document couldn't be queued.
        """
        order = self._orders.get(number)
        if order is None or order.account != by.account:
            raise self._foreign.order_refused(number, by)
        reader = self._directory.account(by.account)
        return self._fetching.fetch(order, kind, reader.language if reader else "")


class OwnQuoteDocuments:
    """The documents of people's own quotes."""

    def __init__(self, fetching: Fetching, *, quotes: Quotes, directory: Directory) -> None:
        self._fetching = fetching
        self._quotes = quotes
        self._directory = directory

    def fetch(self, by: Actor, number: str) -> str | None:
        """A link to a quote's document; None while it is being written.

        Raises:
            NotFound: the quote is unknown or somebody else's.
            Unavailable: the document couldn't be queued.
        """
        quote = self._quotes.get(by, number)
        reader = self._directory.account(by.account)
        return self._fetching.fetch_quote(quote, reader.language if reader else "")


class GuestDocuments:
    """The documents of guests' orders, in the language of their mails."""

    def __init__(self, fetching: Fetching) -> None:
        self._fetching = fetching

    def fetch(self, order: Order, kind: DocumentKind) -> str | None:
        """A link to a document of an order whose token was shown; None while it is being written.

        Raises:
            NotFound: the order has no such document.
            Unavailable: the document couldn't be queued.
        """
        return self._fetching.fetch(order, kind, order.guest.language if order.guest else "")


class OperatorsDocuments:
    """The documents of any order, in its purchaser's language."""

    def __init__(self, fetching: Fetching, *, orders: OrderStore, directory: Directory) -> None:
        self._fetching = fetching
        self._orders = orders
        self._directory = directory

    def fetch(self, number: str, kind: DocumentKind) -> str | None:
        """A link to a document of an order; None while it is being written.

        Raises:
            NotFound: there is no such order, or it has no such document.
            Unavailable: the document couldn't be queued.
        """
        order = self._orders.get(number)
        if order is None:
            raise NotFound
        return self._fetching.fetch(order, kind, self._language(order))

    def _language(self, order: Order) -> str:
        if order.guest:
            return order.guest.language
        reader = self._directory.account(order.account)
        return reader.language if reader else ""


def queued(wanted: DocumentId) -> dict[str, Any]:
    """The queue's message for this document of an order."""
    return {
        "order": wanted.number,
        "kind": str(wanted.kind),
        "version": wanted.version,
        "language": wanted.language,
    }


def queued_quote(wanted: DocumentId) -> dict[str, Any]:
    """The queue's message for this document of a quote."""
    return {"quote": wanted.number, "version": wanted.version, "language": wanted.language}
