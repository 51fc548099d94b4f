"""The content of orders' and quotes' documents, as data: the amounts are their own. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from keyfob.domain.orders.address import Address
from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.quote import Quote


class Settlement(StrEnum):
    """Whether an order is paid, and otherwise how it can be; `QUOTED` isn't ordered yet."""

    PAID = "paid"
    BY_CARD = "by_card"
    BY_INVOICE = "by_invoice"
    HELD = "held"
    QUOTED = "quoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a document; money in minor units, `tax_rate` in basis points if it is known."""

    name: str
    quantity: int
    unit_price: int
    net: int
    tax: int
    tax_rate: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSum:
    """The tax of all lines of one rate, and the net amount that it is on."""

    rate: int | None
    net: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """The order's invoice: the provider's number, when it is due, what was paid and remains."""

    number: str
    due_at: datetime
    paid: int
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The organization that a quote is for, and the country whose taxes it has."""

    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of a document.

    It is made at `made_at`: ordered, or quoted. `until`: the last moment to pay it by card, or that
    a quote's prices are good. `vat_id` is the buyer's, `tax_note` a sentence about the tax,
    `disclaimer` the version that the buyer accepted; each may be empty. `given_back` is the money
    that went back by refunds. A quote has a `buyer` and no addresses.
    """

    kind: DocumentKind
    number: str
    made_at: datetime
    paid_at: datetime | None
    until: datetime
    settlement: Settlement
    po_number: str
    currency: str
    rows: tuple[Row, ...]
    taxes: tuple[TaxSum, ...]
    net: int
    tax: int
    total: int
    shipping: Address | None
    billing: Address | None
    vat_id: str
    tax_note: str
    disclaimer: str = ""
    invoice: Billed | None = None
    given_back: int = 0
    buyer: Buyer | None = None


def content(order: Order, kind: DocumentKind) -> Content:
    """The content of a document of the order; a packing slip has only the tokens to send."""
    lines = _packed(order) if kind is DocumentKind.PACKING_SLIP else list(order.lines)
    return Content(
        kind=kind,
        number=order.number,
        made_at=order.placed_at,
        paid_at=order.paid_at,
        until=order.checkout_ends,
        settlement=_settlement(order),
        po_number=order.po_number,
        currency=order.currency,
        rows=tuple(map(_row, lines)),
        taxes=_taxes(lines),
        net=sum(line.net for line in lines),
        tax=sum(line.tax for line in lines),
        total=sum(line.net + line.tax for line in lines),
        shipping=order.shipping,
        billing=order.billing,
        vat_id=order.vat_id,
        tax_note=order.tax_note,
        disclaimer=order.disclaimer,
        invoice=_billed(order),
        given_back=order.given_back.amount,
    )


def quoted(quote: Quote, organization: str) -> Content:
    """The content of a quote's document; `organization` is the name of its buyer's."""
    return Content(
        kind=DocumentKind.QUOTE,
        number=quote.number,
        made_at=quote.made_at,
        paid_at=None,
        until=quote.until,
        settlement=Settlement.QUOTED,
        po_number="",
        currency=quote.currency,
        rows=tuple(map(_row, quote.lines)),
        taxes=_taxes(quote.lines),
        net=quote.net,
        tax=quote.tax,
        total=quote.total,
        shipping=None,
        billing=None,
        vat_id=quote.vat_id,
        tax_note=quote.tax_note,
        buyer=Buyer(name=organization, country=quote.country),
    )


def _packed(order: Order) -> list[Line]:
    """The lines with tokens to send, each with as many as weren't refused or refunded."""
    units = (unit for unit in order.token_units if unit not in order.undone)
    counted = Counter(order.unit_lines[unit] for unit in units)
    return [replace(order.lines[place], quantity=counted[place]) for place in sorted(counted)]


def _settlement(order: Order) -> Settlement:
    if order.state in {State.PAID, State.FULFILLED}:
        return Settlement.PAID
    if order.state is not State.AWAITING_PAYMENT:
        return Settlement.HELD
    return Settlement.BY_CARD if order.method is PaymentMethod.CARD else Settlement.BY_INVOICE


def _billed(order: Order) -> Billed | None:
    """The invoice, as the payment provider stated it when it was last read."""
    if order.invoice is None:
        return None
    return Billed(
        number=order.invoice.number,
        due_at=order.invoice.due_at,
        paid=order.invoice.paid,
        remaining=order.invoice.remaining,
    )


def _row(line: Line) -> Row:
    return Row(
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        tax=line.tax,
        tax_rate=line.tax_rate,
    )


def _taxes(lines: Sequence[Line]) -> tuple[TaxSum, ...]:
    """Sums by rate, the lowest first; lines from before rates were kept have a sum of their own."""
    ordered = sorted(lines, key=_by_rate)
    return tuple(
        TaxSum(
            rate=same[0].tax_rate,
            net=sum(line.net for line in same),
            tax=sum(line.tax for line in same),
        )
        for same in (list(group) for _, group in groupby(ordered, key=_by_rate))
    )


def _by_rate(line: Line) -> int:
    return -1 if line.tax_rate is None else line.tax_rate
