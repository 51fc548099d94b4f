"""Writing documents, and enclosing one in its mail, by the rows as they are (B3, S42, S50)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.errors import Unavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.document_kind import DocumentId
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.quote import Quote
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.documents import Documents
from keyfob.storage.orders.quotes import QuoteStore
from keyfob.usecases.orders.document_text import DocumentText, Seller
from keyfob.usecases.orders.document_writer import DocumentWriter
from keyfob.usecases.orders.enclosing import Enclosing
from keyfob.wiring.placing import quoting_of
from tests.support.builders import ORGANIZATION, a_cart
from tests.support.order_world import OPERATOR, OrderWorld, actor

SELLER = Seller(name="Keyfob", address=(), portal="https://p.example", support="h@k.example")


@dataclass
class FakeQueue:
    """Keeps what is sent, unless it is down."""

    sent: list[Mapping[str, Any]] = field(default_factory=list)
    down: bool = False

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        if self.down:
            raise Unavailable
        self.sent += bodies


@dataclass
class FakeFiles:
    """Files by their names."""

    files: dict[str, bytes] = field(default_factory=dict)
    stored: int = 0

    def put(self, document: DocumentId, pdf: bytes) -> None:
        self.files[document.file] = pdf
        self.stored += 1

    def get(self, document: DocumentId) -> bytes | None:
        return self.files.get(document.file)


@dataclass
class Desk:
    """A writer and a mail's enclosures over the world's tables."""

    world: OrderWorld
    files: FakeFiles = field(default_factory=FakeFiles)
    asked: FakeQueue = field(default_factory=FakeQueue)
    messages: FakeQueue = field(default_factory=FakeQueue)
    texts: list[DocumentText] = field(default_factory=list)

    @property
    def writer(self) -> DocumentWriter:
        base = self.world.base
        return DocumentWriter(
            orders=self.world.orders,
            quotes=QuoteStore(base.database),
            documents=Documents(base.database),
            directory=Directory(base.database),
            outbox=self.world.outbox,
            files=self.files,
            messages=self.messages,
            typesetting=self._typeset,
            seller=SELLER,
            clock=base.clock,
            policy=base.policy,
        )

    @property
    def enclosing(self) -> Enclosing:
        base = self.world.base
        return Enclosing(
            orders=self.world.orders,
            documents=Documents(base.database),
            outbox=self.world.outbox,
            files=lambda: self.files,
            queue=lambda: self.asked,
            clock=base.clock,
            policy=base.policy,
        )

    def _typeset(self, text: DocumentText) -> bytes:
        self.texts.append(text)
        return b"%PDF"


@pytest.fixture
def desk(order_world: OrderWorld) -> Desk:
    return Desk(order_world)


@pytest.fixture
def order(order_world: OrderWorld) -> Order:
    return order_world.paid(order_world.person())


def body(order: Order, **changes: Any) -> dict[str, Any]:
    wanted = {"order": order.number, "kind": "confirmation", "version": order.version}
    return {**wanted, "language": "de", **changes}


@pytest.fixture
def invoiced(order_world: OrderWorld) -> Order:
    return order_world.invoiced(order_world.person())


def mail_of(desk: Desk, order: Order, kind: Kind = Kind.ORDER_CONFIRMATION) -> Message:
    """The queued mail of this kind about the order."""
    queued = [one for one in desk.world.queued() if one.subject == order.subject]
    [row] = [one for one in queued if one.kind == kind]
    version = int(row.subject_version)
    return Message(kind=kind, subject=order.subject, version=version, recipient=order.account)


def deferred(desk: Desk, mail: Message) -> None:
    """The mail waits."""
    lease = desk.world.outbox.lease(mail.id, desk.world.clock())
    assert lease
    desk.world.outbox.defer(lease, desk.world.clock() + timedelta(minutes=2))


def test_a_document_is_written_once_in_its_language_S42(desk: Desk, order: Order) -> None:
    for _ in range(2):
        assert desk.writer.write(body(order))
    assert desk.files.stored == 1
    assert list(desk.files.files) == [f"{order.number}/confirmation-{order.version}-de.pdf"]
    assert desk.texts[0].language == "de"


def test_it_is_written_anew_once_its_file_has_expired_B3(desk: Desk, order: Order) -> None:
    desk.writer.write(body(order))
    desk.world.clock.advance(days=90)
    desk.writer.write(body(order))
    assert desk.files.stored == 2


def test_nothing_is_written_of_no_order_or_for_another_state_B3(desk: Desk, order: Order) -> None:
    assert not desk.writer.write({**body(order), "order": "SO-99999999"})
    assert not desk.writer.write(body(order, kind="quote"))
    assert desk.files.files == {}


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", ""])
def test_a_zone_that_tzdata_lacks_stops_no_document_B3(desk: Desk, order: Order, zone: str) -> None:
    elsewhere = replace(ORGANIZATION, id="bolt", time_zone=zone)
    desk.world.seed.organizations([elsewhere], by=OPERATOR)
    bob = desk.world.person(organization="bolt")
    assert desk.writer.write(body(desk.world.paid(bob)))
    assert desk.texts[0].facts[1][1].startswith("22. November 2026")


def quoted(desk: Desk) -> Quote:
    buyer = desk.world.person()
    return quoting_of(desk.world.base).quote(actor(buyer), a_cart())


def test_a_quotes_document_names_its_buyers_organization_and_is_written_once_B3(
    desk: Desk,
) -> None:
    quote = quoted(desk)
    for _ in range(2):
        assert desk.writer.write({"quote": quote.number, "version": 1, "language": "de"})
    assert desk.files.stored == 1
    assert list(desk.files.files) == [f"{quote.number}/quote-1-de.pdf"]
    [text] = desk.texts
    assert [one.lines for one in text.addresses[1:]] == [("Acme Parts", "US")]
    assert desk.messages.sent == []


def test_nothing_is_written_of_an_unknown_quote_B3(desk: Desk) -> None:
    assert not desk.writer.write({"quote": "QU-99999999", "version": 1, "language": "de"})
    assert desk.files.files == {}


MAILS = [
    (Kind.ORDER_CONFIRMATION, "order", "confirmation"),
    (Kind.INVOICE_ISSUED, "invoiced", "invoice"),
]


@pytest.mark.parametrize(("kind", "which", "document"), MAILS)
def test_a_mail_waits_for_its_document_until_two_minutes_after_it_was_queued_B3(
    desk: Desk, kind: Kind, which: str, document: str, request: pytest.FixtureRequest
) -> None:
    order = request.getfixturevalue(which)
    mail = mail_of(desk, order, kind)
    until = desk.world.clock() + timedelta(minutes=2)
    assert desk.enclosing(mail, "en") == until
    [asked] = desk.asked.sent
    assert asked == body(order, kind=document, version=mail.version, language="en")
    desk.world.clock.advance(minutes=1)
    assert desk.enclosing(mail, "en") == until
    desk.world.clock.advance(minutes=1)
    assert desk.enclosing(mail, "en") is None
    assert len(desk.asked.sent) == 2


@pytest.mark.parametrize(("kind", "which", "document"), MAILS)
def test_a_written_document_is_enclosed_in_its_language_alone_B3(
    desk: Desk, kind: Kind, which: str, document: str, request: pytest.FixtureRequest
) -> None:
    order = request.getfixturevalue(which)
    mail = mail_of(desk, order, kind)
    desk.writer.write(body(order, kind=document, version=mail.version))
    assert desk.enclosing(mail, "de") == (f"{order.number}-{document}.pdf", b"%PDF")
    assert desk.asked.sent == []
    assert isinstance(desk.enclosing(mail, "en"), datetime)
    assert len(desk.asked.sent) == 1


def test_a_mail_goes_at_once_while_the_queue_is_down_or_the_file_gone_S50(
    desk: Desk, order: Order
) -> None:
    mail = mail_of(desk, order)
    desk.asked.down = True
    assert desk.enclosing(mail, "en") is None
    desk.writer.write(body(order, version=mail.version))
    desk.files.files.clear()
    assert desk.enclosing(mail, "de") is None


def test_no_other_mail_and_none_of_an_unknown_order_encloses_anything_B3(
    desk: Desk, order: Order
) -> None:
    mail = mail_of(desk, order)
    assert desk.enclosing(replace(mail, kind=Kind.ORDER_CANCELED), "en") is None
    assert desk.enclosing(replace(mail, subject="ORDER#SO-99999999"), "en") is None
    assert desk.enclosing(replace(mail, version=99), "en") is None
    assert desk.asked.sent == []


@pytest.mark.parametrize(("kind", "which", "document"), MAILS)
def test_the_mail_that_waits_is_hastened_by_its_own_document_alone_B3(
    desk: Desk, kind: Kind, which: str, document: str, request: pytest.FixtureRequest
) -> None:
    order = request.getfixturevalue(which)
    mail = mail_of(desk, order, kind)
    deferred(desk, mail)
    others = {"confirmation", "invoice", "packing-slip", "quote"} - {document}
    for other in others:
        desk.writer.write(body(order, kind=other, version=mail.version))
    desk.writer.write(body(order, kind=document, version=mail.version + 1))
    assert desk.messages.sent == []
    desk.writer.write(body(order, kind=document, version=mail.version))
    assert desk.messages.sent == [{"due": mail.id}]
