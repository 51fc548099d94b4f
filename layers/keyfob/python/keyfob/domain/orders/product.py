"""The catalog's products. Pure: prices and products are rows that operators change (B1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from keyfob.domain.directory.partner import Application
from keyfob.domain.inventory.model import DEFAULT_MODEL
from keyfob.domain.orders.product_kind import FOR_CREDENTIAL, ProductKind

LEVEL_OTP = 2
LEVEL_PROOFED = 3


class Sold(Protocol):
    """The attributes that a product and a line of an order have in common."""

    @property
    def kind(self) -> ProductKind:
        """The kind of the product."""

    @property
    def proofing(self) -> bool:
        """Whether its holder is proofed."""

    @property
    def upgrade_included(self) -> bool:
        """Whether it comes with a proofing upgrade."""


def fits(sold: Sold, application: Application) -> bool:
    """Whether a credential with this product gives access to that application."""
    if sold.kind in FOR_CREDENTIAL:
        return True  # the credential keeps its level, and one with a token opens them all
    if application.hardware_only and sold.kind is not ProductKind.HARDWARE_TOKEN:
        return False
    # The highest level of the credential, after an upgrade that comes with it.
    level = LEVEL_PROOFED if sold.proofing or sold.upgrade_included else LEVEL_OTP
    return level >= application.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product of one partner's catalog.

    `price` is in the currency's minor unit and without tax; `tax_rate` in basis points (1 % is
    100); `period` is an ISO 8601 duration. A renewal `renews` credentials that were bought as this
    kind of product, with proofing or without like itself; from before it named a kind: none. It is
    for credentials from `any_partner`, or else from its own alone. With `upgrade_included`, a
    credential without proofing comes with a proofing upgrade (C6). `model`: of the hardware token,
    if it brings one. `version` counts its changes, from 1.
    """

    id: str
    partner: str
    name: str
    description: str
    kind: ProductKind
    proofing: bool
    price: int
    currency: str
    tax_rate: int
    period: str
    on_sale: bool = True
    renews: ProductKind | None = None
    any_partner: bool = True
    upgrade_included: bool = False
    model: str = DEFAULT_MODEL
    version: int = 0

    def suits(self, kind: str, *, proofing: bool, seller: str) -> bool:
        """Whether a credential bought from `seller`, with this kind and proofing, can have it."""
        if self.kind is ProductKind.RENEWAL:
            free = self.any_partner or seller == self.partner
            return free and (self.renews, self.proofing) == (kind, proofing)
        if self.kind is ProductKind.UPGRADE and proofing:
            return False
        return self.kind in FOR_CREDENTIAL and seller == self.partner


def offered(products: Iterable[Product], applications: Iterable[Application]) -> list[Product]:
    """The products on sale that fit at least one of these applications, cheapest first."""
    wanted = list(applications)
    fitting = [
        product
        for product in products
        if product.on_sale and any(fits(product, application) for application in wanted)
    ]
    return sorted(fitting, key=lambda product: (product.price, product.id))
