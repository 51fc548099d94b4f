"""The webstore's request and response bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from keyfob.domain.directory.partner import Partner
from keyfob.domain.orders.carrier import Carrier
from keyfob.domain.orders.order import Address, Line, Order
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.short_renewal import short_renewals
from keyfob.domain.policy import Policy
from keyfob.http.fields import AccountId, Country, CredentialId, Id, RequiredText, Text
from keyfob.http.resolver import Model
from keyfob.usecases.orders.pricing import Item
from webstore.shipment_views import (
    ShipmentView,
    SuppliedView,
    shipment_views,
    supplied_views,
)


class PostalAddress(Model):
    """A postal address; `country` is ISO 3166 alpha-2."""

    name: RequiredText
    line1: RequiredText
    line2: Text = ""
    city: RequiredText
    region: Text = ""
    postal_code: Text = ""
    country: Country

    def address(self) -> Address:
        """As a domain object."""
        return Address(**self.model_dump())


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

    `for` is the account that it is for, of one's own organization; its `credential` may be left
    out. Without it, an item is for oneself, and a license key for anybody.
    """

    product: Id
    quantity: int = Field(default=1, ge=1, le=100)
    credential: CredentialId | None = None
    holder: AccountId | None = Field(default=None, alias="for")

    def item(self) -> Item:
        """As a domain object."""
        return Item(**self.model_dump())


class NewOrder(Model):
    """A cart, ready to be paid."""

    partner: Id
    items: list[ItemView] = Field(min_length=1, max_length=20)
    shipping_address: PostalAddress
    billing_address: PostalAddress
    po_number: Text = ""
    disclaimer_accepted: bool
    short_renewal_accepted: bool = False
    payment: Literal["card"]


class LineView(Model):
    """A line of an order; money in minor units; `credential` is renewed or gets a token.

    `holder`: the account that it is for, if one was named. `renewed_until`: until when a renewal
    lasts. `upgrade_included`: its credentials come with a proofing upgrade. `refused`: it was paid,
    but its credential could no longer have it.
    """

    product: str
    name: str
    quantity: int
    unit_price: int
    net: int
    tax: int
    holder: str | None
    credential: str | None
    renewed_until: datetime | None
    upgrade_included: bool
    refused: bool


class OrderView(Model):
    """An order; `checkout_url` is its payment page while it awaits payment.

    `warning`: for its buyer to read before paying.
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
    shipping_address: AddressView
    billing_address: AddressView
    placed_at: datetime
    pay_until: datetime
    paid_at: datetime | None
    license_keys: int
    tokens: list[SuppliedView]
    shipments: list[ShipmentView]
    refunded: bool
    checkout_url: str | None
    warning: str | None


class OrderList(Model):
    """A page of orders, newest first; `cursor` leads to the next page."""

    orders: list[OrderView]
    cursor: str | None


class ApplicationView(Model):
    """An application's requirements."""

    id: str
    name: str
    level: int
    hardware_only: bool


class PartnerView(Model):
    """A buyer and its applications."""

    id: str
    name: str
    applications: list[ApplicationView]


class PartnerList(Model):
    """Every partner."""

    partners: list[PartnerView]


class ProductView(Model):
    """A product; `price` in minor units without tax, `tax_rate` in basis points.

    A renewal `renews` credentials of that kind whose `proofing` is its own; unless for
    `any_partner`, only those from its own. Other products have neither. `upgrade_included`: its
    credential comes with a proofing upgrade.
    """

    id: str
    name: str
    description: str
    kind: str
    proofing: bool
    price: int
    currency: str
    tax_rate: int
    period: str
    renews: str | None
    any_partner: bool | None
    upgrade_included: bool


class ProductList(Model):
    """The products that fit a partner's applications."""

    products: list[ProductView]


def order_view(order: Order, policy: Policy, carriers: Mapping[str, Carrier]) -> OrderView:
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
        shipping_address=_address(order.shipping),
        billing_address=_address(order.billing),
        placed_at=order.placed_at,
        pay_until=order.checkout_ends,
        paid_at=order.paid_at,
        license_keys=order.minted,
        tokens=supplied_views(order),
        shipments=shipment_views(order, carriers),
        refunded=order.refund is not None,
        checkout_url=order.checkout.url if waiting and order.checkout else None,
        warning=_warning(order, policy),
    )


def partner_view(partner: Partner) -> PartnerView:
    """A partner with its applications."""
    return PartnerView(
        id=partner.id,
        name=partner.name,
        applications=[
            ApplicationView(
                id=one.id, name=one.name, level=one.level, hardware_only=one.hardware_only
            )
            for one in partner.applications
        ],
    )


def product_view(product: Product) -> ProductView:
    """A product of the catalog."""
    renewal = product.kind is ProductKind.RENEWAL
    return ProductView(
        id=product.id,
        name=product.name,
        description=product.description,
        kind=str(product.kind),
        proofing=product.proofing,
        price=product.price,
        currency=product.currency,
        tax_rate=product.tax_rate,
        period=product.period,
        renews=str(product.renews) if product.renews else None,
        any_partner=product.any_partner if renewal else None,
        upgrade_included=product.upgrade_included,
    )


def _warning(order: Order, policy: Policy) -> str | None:
    warnings = [
        "A renewal counts from the original expiry: this one lasts "
        f"until {line.renewed_until.isoformat()} only. A new credential may be the better choice."
        for line in short_renewals(order, policy)
        if line.renewed_until
    ]
    return " ".join(warnings) or None


def _line(line: Line, *, refused: bool) -> LineView:
    return LineView(
        product=line.product,
        name=line.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        tax=line.tax,
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
