"""Bodies and answers about guests' orders."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Literal

from pydantic import Field

from keyfob.domain.inventory.token import masked
from keyfob.domain.orders.order import Order
from keyfob.http.addresses import PostalAddress
from keyfob.http.fields import Email, Id, Language, RequiredText, VatId, Version
from keyfob.http.registration_forms import SentFormBody
from keyfob.http.resolver import Model
from keyfob.usecases.orders.guest_orders import Request, Visitor
from keyfob.usecases.orders.pricing import Cart, Item

WARNING = (
    "Only an account with access to an application that the product is for can use its license "
    "key. The key goes to the e-mail address of the order."
)


class GuestItem(Model):
    """A product for a new credential, and its quantity."""

    product: Id
    quantity: int = Field(default=1, ge=1, le=100)


class NewGuestOrder(Model):
    """An order of somebody without an account; it can be paid by card alone.

    The license keys go to `email` after the payment; nothing is sent there before. `organization`
    is a name; it needn't be known here. `disclaimer_version` is the version that was read, where
    the partner has a disclaimer. The form was issued some seconds before; sent again with the same
    content it gives the same order.
    """

    partner: Id
    items: list[GuestItem] = Field(min_length=1, max_length=20)
    name: RequiredText
    email: Email
    organization: RequiredText
    language: Language = "en"
    shipping_address: PostalAddress
    billing_address: PostalAddress
    disclaimer_accepted: bool
    disclaimer_version: Version | None = None
    vat_id: VatId | None = None
    payment: Literal["card"]
    form: SentFormBody

    def request(self) -> Request:
        """As the use case takes it."""
        form = self.form.sent()
        body = hmac.digest(form.text.encode(), self.model_dump_json().encode(), "sha256").hex()
        cart = Cart(
            partner=self.partner,
            items=tuple(Item(product=one.product, quantity=one.quantity) for one in self.items),
            po_number="",
            shipping=self.shipping_address.address(),
            billing=self.billing_address.address(),
            disclaimer_accepted=self.disclaimer_accepted,
            disclaimer_version=self.disclaimer_version or "",
            vat_id=self.vat_id or "",
        )
        visitor = Visitor(
            name=self.name,
            email=self.email,
            organization=self.organization,
            language=self.language,
        )
        return Request(visitor=visitor, cart=cart, form=form, body=body)


class GuestLineView(Model):
    """A line of a guest's order; money in minor units."""

    product: str
    name: str
    quantity: int
    unit_price: int
    net: int
    tax: int


class GuestShipmentView(Model):
    """A hardware token sent for license key `position` (from 1)."""

    position: int
    serial: str
    tracking: str
    shipped_at: datetime


class GuestOrderView(Model):
    """A guest's order, without names and addresses.

    `checkout_url` is its payment page while it awaits payment. `license_keys`: how many were made.
    `warning`: for its buyer to read before paying.
    """

    number: str
    state: str
    partner: str
    lines: list[GuestLineView]
    net: int
    tax: int
    total: int
    currency: str
    placed_at: datetime
    pay_until: datetime
    paid_at: datetime | None
    license_keys: int
    shipments: list[GuestShipmentView]
    refunded: bool
    checkout_url: str | None
    warning: str


class PlacedView(Model):
    """The order just placed. Its token, which opens the order later, is shown here alone."""

    token: str
    order: GuestOrderView


def guest_order_view(order: Order) -> GuestOrderView:
    """An order as its guest sees it."""
    waiting = order.state == "awaiting_payment" and order.checkout
    return GuestOrderView(
        number=order.number,
        state=str(order.state),
        partner=order.partner,
        lines=[
            GuestLineView(
                product=line.product,
                name=line.name,
                quantity=line.quantity,
                unit_price=line.unit_price,
                net=line.net,
                tax=line.tax,
            )
            for line in order.lines
        ],
        net=order.net,
        tax=order.tax,
        total=order.total,
        currency=order.currency,
        placed_at=order.placed_at,
        pay_until=order.checkout_ends,
        paid_at=order.paid_at,
        license_keys=order.minted,
        shipments=[
            GuestShipmentView(
                position=one.unit + 1,
                serial=masked(one.serial),
                tracking=one.tracking,
                shipped_at=one.at,
            )
            for one in order.shipments
        ],
        refunded=order.refund is not None,
        checkout_url=order.checkout.url if waiting and order.checkout else None,
        warning=WARNING,
    )
