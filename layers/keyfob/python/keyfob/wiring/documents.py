"""Documents of orders, put together; the worker that typesets them is in `document_writing`."""

from __future__ import annotations

from functools import partial

from keyfob.gateways import aws
from keyfob.gateways.document_files import S3DocumentFiles
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.messages.notifier import Enclosures
from keyfob.usecases.orders.documents import (
    Fetching,
    GuestDocuments,
    OperatorsDocuments,
    OwnDocuments,
    OwnQuoteDocuments,
)
from keyfob.usecases.orders.enclosing import Enclosing
from keyfob.usecases.orders.quotes import Quotes
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.queues import queue_of
from keyfob.wiring.runtime import Runtime


def document_files_of(base: Runtime) -> S3DocumentFiles:
    """The bucket's part of documents."""
    client = aws.client("s3", signature="s3v4")
    return S3DocumentFiles(client, base.settings.value("BUCKET_DOCUMENTS"))


def enclosing_of(base: Runtime) -> Enclosures:
    """The files that mails enclose; bucket and queue are opened at the first one."""
    return Enclosing(
        orders=OrderStore(base.database),
        documents=Documents(base.database),
        outbox=OutboxStore(base.database, base.policy),
        files=partial(base.outside, document_files_of),
        queue=partial(queue_of, base, "documents"),
        clock=base.clock,
        policy=base.policy,
    )


def fetching_of(base: Runtime) -> Fetching:
    """Links to documents."""
    return Fetching(
        Documents(base.database),
        links=base.outside(document_files_of),
        queue=queue_of(base, "documents"),
        clock=base.clock,
    )


def own_documents_of(base: Runtime) -> OwnDocuments:
    """The documents of people's own orders."""
    return OwnDocuments(
        fetching_of(base),
        orders=OrderStore(base.database),
        directory=Directory(base.database),
        foreign=foreign_ids_of(base),
    )


def own_quote_documents_of(base: Runtime) -> OwnQuoteDocuments:
    """The documents of people's own quotes."""
    return OwnQuoteDocuments(
        fetching_of(base),
        quotes=Quotes(QuoteStore(base.database), foreign_ids_of(base)),
        directory=Directory(base.database),
    )


def guest_documents_of(base: Runtime) -> GuestDocuments:
    """The documents of guests' orders."""
    return GuestDocuments(fetching_of(base))


def operators_documents_of(base: Runtime) -> OperatorsDocuments:
    """The documents of any order."""
    return OperatorsDocuments(
        fetching_of(base), orders=OrderStore(base.database), directory=Directory(base.database)
    )
