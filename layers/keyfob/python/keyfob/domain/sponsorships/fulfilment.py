"""The orders of sponsored credentials: paid by the partner, so that they cost nothing (B6). Pure.

By such an order a token is shipped and registered as by any other, and the holder finds it in the
history.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.directory.account import Account
from keyfob.domain.orders.address import Address
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind


def new_credential(product: Product) -> Line:
    """The line of a new credential."""
    return Line(
        product=product.id,
        name=product.name,
        kind=product.kind,
        proofing=product.proofing,
        quantity=1,
        unit_price=0,
        tax=0,
        upgrade_included=product.upgrade_included,
        model=product.model,
    )


def another_year(product: Product, live: Credential) -> Line:
    """The line of another year of a credential that was sponsored as this product."""
    return Line(
        product=product.id,
        name=product.name,
        kind=ProductKind.RENEWAL,
        proofing=live.proofing,
        quantity=1,
        unit_price=0,
        tax=0,
        credential=live.id,
        renewed_until=one_year_after(live.expires_at),
    )


def without_shipping(name: str, country: str) -> Address:
    """The address of somebody to whom nothing is shipped: name and country alone."""
    return Address(
        name=name, line1="", line2="", city="", region="", postal_code="", country=country
    )


def sponsored_order(
    line: Line,
    holder: Account,
    product: Product,
    address: Address,
    *,
    number: str,
    reference: str,
    now: datetime,
) -> Order:
    """The order of this line, paid and fulfilled at once.

    Args:
        line: what the holder gets.
        holder: the account that gets it.
        product: of the partner that pays.
        address: where a token is shipped to.
        number: of the order.
        reference: random, as every order has one.
        now: the instant of the acceptance.
    """
    return Order(
        number=number,
        reference=reference,
        account=holder.id,
        organization=holder.organization,
        partner=product.partner,
        lines=(line,),
        currency=product.currency,
        po_number="",
        shipping=address,
        billing=address,
        placed_at=now,
        checkout_ends=now,
        state=State.FULFILLED,
        paid_at=now,
        method=PaymentMethod.SPONSORED,
    )
