"""Writing documents, and enclosing one in its mail, by the rows as they are (B3, S42, S50)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.errors import Unavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.document_kind import DocumentId
from keyfob.domain.orders.order import Order
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.documents import Documents
from keyfob.usecases.orders.document_text import DocumentText, Seller
from keyfob.usecases.orders.document_writer import DocumentWriter
from keyfob.usecases.orders.enclosing import Enclosing
from tests.support.builders import ORGANIZATION
from tests.support.order_world import OPERATOR, OrderWorld

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


def confirmation(order: Order, version: int = 3) -> Message:
    return Message(
        kind=Kind.ORDER_CONFIRMATION,
        subject=order.subject,
        version=version,
        recipient=order.account,
    )


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


def test_a_mail_waits_until_two_minutes_after_the_payment_B3(desk: Desk, order: Order) -> None:
    assert order.paid_at
    until = order.paid_at + timedelta(minutes=2)
    assert desk.enclosing(confirmation(order), "en") == until
    [asked] = desk.asked.sent
    assert asked == body(order, version=3, language="en")
    desk.world.clock.advance(minutes=2)
    assert desk.enclosing(confirmation(order), "en") is None
    assert len(desk.asked.sent) == 1


def test_a_written_document_is_enclosed_in_its_language_alone_B3(desk: Desk, order: Order) -> None:
    desk.writer.write(body(order, version=3))
    assert desk.enclosing(confirmation(order), "de") == (f"{order.number}.pdf", b"%PDF")
    assert desk.asked.sent == []
    assert desk.enclosing(confirmation(order), "en") not in {None, b"%PDF"}
    assert len(desk.asked.sent) == 1


def test_a_mail_goes_at_once_while_the_queue_is_down_or_the_file_gone_S50(
    desk: Desk, order: Order
) -> None:
    desk.asked.down = True
    assert desk.enclosing(confirmation(order), "en") is None
    desk.writer.write(body(order, version=3))
    desk.files.files.clear()
    assert desk.enclosing(confirmation(order), "de") is None


def test_no_other_mail_and_no_unpaid_order_encloses_anything_B3(desk: Desk, order: Order) -> None:
    other = replace(confirmation(order), kind=Kind.ORDER_CANCELED)
    assert desk.enclosing(other, "en") is None
    unpaid = desk.world.order(desk.world.person())
    assert desk.enclosing(confirmation(unpaid), "en") is None
    unknown = replace(confirmation(order), subject="ORDER#SO-99999999")
    assert desk.enclosing(unknown, "en") is None
    assert desk.asked.sent == []


def test_the_mail_that_waits_is_hastened_by_its_own_document_alone_B3(
    desk: Desk, order: Order
) -> None:
    [row] = [one for one in desk.world.queued() if one.kind == "order_confirmation"]
    version = int(row.subject_version)
    lease = desk.world.outbox.lease(row.pk, desk.world.clock())
    assert lease
    desk.world.outbox.defer(lease, desk.world.clock() + timedelta(minutes=2))
    desk.writer.write(body(order, kind="packing-slip", version=version))
    desk.writer.write(body(order, version=version + 1))
    assert desk.messages.sent == []
    desk.writer.write(body(order, version=version))
    assert desk.messages.sent == [{"due": row.pk}]
