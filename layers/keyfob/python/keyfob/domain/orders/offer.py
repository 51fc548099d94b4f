"""Whether a person can use a product of a catalog, and why not (B1). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keyfob.domain.directory.partner import Application
from keyfob.domain.orders.product import Product, fits
from keyfob.domain.orders.product_kind import NEW_CREDENTIAL


class WhyNot(StrEnum):
    """The reason why a product isn't offered; the first one that holds."""

    NO_ACCESS = "no_access"
    NO_APPLICATION_NEEDS_IT = "no_application_needs_it"
    ALREADY_HELD = "already_held"
    NEEDS_ACTIVE_CREDENTIAL = "needs_active_credential"
    NOT_FOR_THIS_CREDENTIAL = "not_for_this_credential"

    @property
    def sentence(self) -> str:
        """The reason for a person to read, with the remedy."""
        return _SENTENCES[self]


_SENTENCES = {
    WhyNot.NO_ACCESS: (
        "You have no access to an application of this partner. Ask your administrator for access."
    ),
    WhyNot.NO_APPLICATION_NEEDS_IT: "None of the applications that you may use accepts it.",
    WhyNot.ALREADY_HELD: (
        "You have a credential. You can buy this for a colleague, or renew or upgrade yours."
    ),
    WhyNot.NEEDS_ACTIVE_CREDENTIAL: "It is for a credential in use, and you have none.",
    WhyNot.NOT_FOR_THIS_CREDENTIAL: "It isn't for a credential like yours, or not as it is now.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A product on sale; `why_not` says why it isn't for this person."""

    product: Product
    why_not: WhyNot | None = None


def judged(product: Product, usable: Sequence[Application], *, holds: bool, takes: bool) -> Offer:
    """The offer of a product to the person who may use these applications.

    Args:
        product: the product, on sale.
        usable: the partner's applications that the person may use.
        holds: whether the person has a live credential.
        takes: whether that credential can have the product now.
    """
    return Offer(product=product, why_not=_why_not(product, usable, holds=holds, takes=takes))


def _why_not(
    product: Product, usable: Sequence[Application], *, holds: bool, takes: bool
) -> WhyNot | None:
    if not usable:
        return WhyNot.NO_ACCESS
    if not any(fits(product, one) for one in usable):
        return WhyNot.NO_APPLICATION_NEEDS_IT
    if product.kind in NEW_CREDENTIAL:
        return WhyNot.ALREADY_HELD if holds else None
    if not holds:
        return WhyNot.NEEDS_ACTIVE_CREDENTIAL
    return None if takes else WhyNot.NOT_FOR_THIS_CREDENTIAL
