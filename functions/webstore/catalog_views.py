"""Answers about partners, their products and disclaimers, as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from keyfob.domain.directory.partner import Partner
from keyfob.domain.orders.disclaimer import Disclaimer, in_language
from keyfob.domain.orders.offer import Offer
from keyfob.domain.orders.product import Product
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.http.resolver import Model


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
    credential comes with a proofing upgrade. `version` counts its changes.
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
    version: int


class ProductList(Model):
    """The products that fit a partner's applications."""

    products: list[ProductView]


class NotOfferedView(Model):
    """A product that isn't for the caller: the reason, and the same in words."""

    id: str
    name: str
    kind: str
    reason: str
    detail: str


class OfferList(Model):
    """A partner's products for the caller, and those that aren't, each with its reason."""

    products: list[ProductView]
    not_offered: list[NotOfferedView]


class DisclaimerView(Model):
    """The disclaimer in force; an order names the `version` that was read."""

    version: str
    language: str
    text: str


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
        version=product.version,
    )


def offer_list(offers: Sequence[Offer]) -> OfferList:
    """The offers as their reader sees them."""
    return OfferList(
        products=[product_view(one.product) for one in offers if one.why_not is None],
        not_offered=[
            NotOfferedView(
                id=one.product.id,
                name=one.product.name,
                kind=str(one.product.kind),
                reason=str(one.why_not),
                detail=one.why_not.sentence,
            )
            for one in offers
            if one.why_not
        ],
    )


def disclaimer_view(disclaimer: Disclaimer, language: str) -> DisclaimerView:
    """The disclaimer in this language, or the next best."""
    found, text = in_language(disclaimer.texts, language)
    return DisclaimerView(version=disclaimer.version, language=found, text=text)
