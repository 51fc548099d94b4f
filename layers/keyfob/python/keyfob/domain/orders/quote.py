"""A quote: the prices of a cart, good until a day, before there is a purchase order (B3). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.orders.errors import QuoteDiffers, QuoteExpired
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The lines of an order that nobody has placed yet. Money in minor units.

    `country` and `vat_id` are the billing address's: they decide about the tax.
    """

    number: str
    account: str
    organization: str
    partner: str
    lines: tuple[Line, ...]
    currency: str
    country: str
    vat_id: str
    tax_note: str
    made_at: datetime
    until: datetime

    @property
    def net(self) -> int:
        """Sum without tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """Sum of the tax lines."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """The amount to be paid."""
        return self.net + self.tax


def quote_of(priced: Order, number: str, policy: Policy) -> Quote:
    """The quote for a priced cart."""
    return Quote(
        number=number,
        account=priced.account,
        organization=priced.organization,
        partner=priced.partner,
        lines=priced.lines,
        currency=priced.currency,
        country=priced.billing.country,
        vat_id=priced.vat_id,
        tax_note=priced.tax_note,
        made_at=priced.placed_at,
        until=priced.placed_at + policy.quote_lifetime,
    )


def at_quoted_prices(order: Order, quote: Quote) -> Order:
    """The order with the quote's prices and taxes, whatever the catalog says now.

    A renewal lasts as long as it does now: its credential may have been renewed meanwhile.

    Raises:
        QuoteExpired: the quote was good until now.
        QuoteDiffers: the order is for other items, or billed to another country or VAT id.
    """
    if order.placed_at >= quote.until:
        raise QuoteExpired
    billed = (order.partner, order.billing.country, order.vat_id)
    if billed != (quote.partner, quote.country, quote.vat_id):
        raise QuoteDiffers(fields={"quote": "the quote is for another billing country or VAT id"})
    if [_item(line) for line in order.lines] != [_item(line) for line in quote.lines]:
        raise QuoteDiffers(fields={"quote": "the quote is for other items"})
    lines = tuple(
        replace(quoted, renewed_until=now.renewed_until)
        for quoted, now in zip(quote.lines, order.lines, strict=True)
    )
    return replace(order, lines=lines, currency=quote.currency, tax_note=quote.tax_note)


def _item(line: Line) -> tuple[str, int, str | None, str | None]:
    return line.product, line.quantity, line.credential, line.holder
