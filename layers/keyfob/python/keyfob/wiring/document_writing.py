"""The writing of documents, put together; it needs the layer that typesets."""

from __future__ import annotations

from keyfob.gateways.order_typesetting import TypstDocuments
from keyfob.storage.directory.store import Directory
from keyfob.storage.messages.store import OutboxStore
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.document_text import Seller
from keyfob.usecases.orders.document_writer import DocumentWriter
from keyfob.wiring.documents import document_files_of
from keyfob.wiring.queues import queue_of
from keyfob.wiring.runtime import Runtime


def document_writer_of(base: Runtime) -> DocumentWriter:
    """The worker that writes documents."""
    settings = base.settings
    return DocumentWriter(
        orders=OrderStore(base.database),
        quotes=QuoteStore(base.database),
        documents=Documents(base.database),
        directory=Directory(base.database),
        outbox=OutboxStore(base.database, base.policy),
        files=base.outside(document_files_of),
        messages=queue_of(base, "messages"),
        typesetting=TypstDocuments(),
        seller=Seller(
            name=settings.value("SENDER_NAME"),
            address=tuple(filter(None, settings.value("SELLER_ADDRESS").split("|"))),
            portal=settings.value("PUBLIC_URL"),
            support=base.support,
        ),
        clock=base.clock,
        policy=base.policy,
    )
