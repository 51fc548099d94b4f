"""The webstore's request and response bodies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from keyfob.domain.orders.address import Address
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.quote import Quote
from keyfob.domain.orders.short_renewal import short_renewals
from keyfob.domain.policy import Policy
from keyfob.http.addresses import PostalAddress
from keyfob.http.fields import CredentialId, Id, Text, UserId, VatId, Version, Wanted
from keyfob.http.resolver import Model
from keyfob.usecases.orders.pricing import Item
from webstore.shipment_views import (
    ShipmentView,
    SuppliedView,
    shipment_views,
    supplied_views,
)

QuoteNumber = Annotated[
    str,
    StringConstraints(pattern=r"^QU-[0-9]{1,12}$"),
    Wanted("must be the number of a quote, for example QU-10001"),
]
_TOO_LATE = (
    "An invoice can't clear in time any more: if the money is here only after a credential was "
    "revoked, that one isn't renewed, and its money goes back."
)


class AddressView(Model):
    """A postal address as it was given, perhaps under earlier rules."""

    name: str
    line1: str
    line2: str
    city: str
    region: str
    postal_code: str
    country: str


class ItemView(Model):
    """A product and its quantity, and the credential that is renewed or gets a token, if any.

    `for` is the account that it is for, of one's own organization, by user id or id; its
    `credential` may be left out. Without it, an item is for oneself, and a license key for anybody.
    """

    product: Id
    quantity: int = Field(default=1, ge=1, le=100)
    credential: CredentialId | None = None
    holder: UserId | None = Field(default=None, alias="for")

    def item(self) -> Item:
        """As a domain object."""
        return Item(**self.model_dump())


class NewOrder(Model):
    """A cart, ready to be paid.

    `confirm`: an invoice for a renewal is wanted though its money may come too late. `quote`: the
    number of a quote for the same items, whose prices count.
    `disclaimer_version` is the version that was read, where the partner has a disclaimer.
    """

    partner: Id
    items: list[ItemView] = Field(min_length=1, max_length=20)
    shipping_address: PostalAddress
    billing_address: PostalAddress
    po_number: Text = ""
    disclaimer_accepted: bool
    disclaimer_version: Version | None = None
    vat_id: VatId | None = None
    short_renewal_accepted: bool = False
    payment: Literal["card", "invoice"]
    confirm: bool = False
    quote: QuoteNumber | None = None


class NewQuote(Model):
    """A cart to be priced; the billing address decides about the tax."""

    partner: Id
    items: list[ItemView] = Field(min_length=1, max_length=20)
    billing_address: PostalAddress
    vat_id: VatId | None = None


class LineView(Model):
    """A line of an order; money in minor units; `credential` is renewed or gets a token.

    `holder`: the account that it is for, if one was named. `renewed_until`: until when a renewal
    lasts. `version` is the product's when it was ordered, `tax_rate` in basis points.
    `upgrade_included`: its credentials come with a proofing upgrade. `refused`: it was paid,
    but its credential could no longer have it.
    """

    product: str
    name: str
    quantity: int
    unit_price: int
    net: int
    tax: int
    tax_rate: int | None
    version: int
    holder: str | None
    credential: str | None
    renewed_until: datetime | None
    upgrade_included: bool
    refused: bool


class InvoiceView(Model):
    """An order's invoice; a transfer must quote `reference`. Amounts in minor units.

    It is `open`, `partly_paid`, `overdue`, `paid` or `void`; nothing is fulfilled before it is
    `paid`. `surplus` was paid beyond it.
    """

    number: str
    url: str
    state: str
    due_at: datetime
    paid: int
    remaining: int
    surplus: int
    reference: str


class OrderView(Model):
    """An order; `checkout_url` is its payment page while it awaits payment by card.

    `warning`: for its buyer to read before paying. `tax_note`: the sentence about its tax that its
    documents show. `given_back`: the money that went back, in minor units. `canceled_pieces`: the
    pieces that it went back for, counted through the lines from 1. `disputed`: a dispute of the
    payment stops what it paid for.
    """

    number: str
    state: str
    partner: str
    lines: list[LineView]
    net: int
    tax: int
    total: int
    currency: str
    po_number: str
    disclaimer_version: str | None
    vat_id: str | None
    tax_note: str | None
    shipping_address: AddressView
    billing_address: AddressView
    placed_at: datetime
    pay_until: datetime
    paid_at: datetime | None
    license_keys: int
    tokens: list[SuppliedView]
    shipments: list[ShipmentView]
    refunded: bool
    given_back: int
    canceled_pieces: list[int]
    disputed: bool
    payment: str
    checkout_url: str | None
    invoice: InvoiceView | None
    warning: str | None


class OrderList(Model):
    """A page of orders, newest first; `cursor` leads to the next page."""

    orders: list[OrderView]
    cursor: str | None


class QuoteView(Model):
    """The prices of a cart, good until `until`; money in minor units."""

    number: str
    partner: str
    lines: list[LineView]
    net: int
    tax: int
    total: int
    currency: str
    vat_id: str
    tax_note: str
    made_at: datetime
    until: datetime


def order_view(order: Order, now: datetime, policy: Policy) -> OrderView:
    """An order as its owner sees it."""
    waiting = order.state == "awaiting_payment" and order.checkout
    return OrderView(
        number=order.number,
        state=str(order.state),
        partner=order.partner,
        lines=[
            _line(line, refused=place in order.refused) for place, line in enumerate(order.lines)
        ],
        net=order.net,
        tax=order.tax,
        total=order.total,
        currency=order.currency,
        po_number=order.po_number,
        disclaimer_version=order.disclaimer or None,
        vat_id=order.vat_id or None,
        tax_note=order.tax_note or None,
        shipping_address=_address(order.shipping),
        billing_address=_address(order.billing),
        placed_at=order.placed_at,
        pay_until=order.checkout_ends,
        paid_at=order.paid_at,
        license_keys=order.minted,
        tokens=supplied_views(order),
        shipments=shipment_views(order),
        refunded=order.refund is not None,
        given_back=order.given_back.amount,
        canceled_pieces=[piece + 1 for piece in sorted(order.given_back.undone)],
        disputed=order.is_stopped,
        payment=str(order.method),
        checkout_url=order.checkout.url if waiting and order.checkout else None,
        invoice=_invoice(order, now),
        warning=_warning(order, policy),
    )


def quote_view(quote: Quote) -> QuoteView:
    """A quote."""
    return QuoteView(
        number=quote.number,
        partner=quote.partner,
        lines=[_line(line, refused=False) for line in quote.lines],
        net=quote.net,
        tax=quote.tax,
        total=quote.total,
        currency=quote.currency,
        vat_id=quote.vat_id,
        tax_note=quote.tax_note,
        made_at=quote.made_at,
        until=quote.until,
    )


def _warning(order: Order, policy: Policy) -> str | None:
    late = order.clears_until and order.placed_at >= order.clears_until
    warnings = [_TOO_LATE] if late else []
    warnings += [
        "A renewal counts from the original expiry: this one lasts "
        f"until {line.renewed_until.isoformat()} only. A new credential may be the better choice."
        for line in short_renewals(order, policy)
        if line.renewed_until
    ]
    return " ".join(warnings) or None


def _invoice(order: Order, now: datetime) -> InvoiceView | None:
    found = order.invoice
    if found is None:
        return None
    return InvoiceView(
        number=found.number,
        url=found.url,
        state=str(found.state(now)),
        due_at=found.due_at,
        paid=found.paid,
        remaining=found.remaining,
        surplus=found.surplus,
        reference=order.number,
    )


def _line(line: Line, *, refused: bool) -> LineView:
    return LineView(
        product=line.product,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        tax=line.tax,
        tax_rate=line.tax_rate,
        version=line.version,
        holder=line.holder,
        credential=line.credential,
        renewed_until=line.renewed_until,
        upgrade_included=line.upgrade_included,
        refused=refused,
    )


def _address(address: Address) -> AddressView:
    return AddressView(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
    )
