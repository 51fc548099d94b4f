"""How an order can be paid. Pure."""

from __future__ import annotations

from enum import StrEnum


class PaymentMethod(StrEnum):
    """A way to pay; messages name only the ways that are offered.

    `SPONSORED`: by a partner's campaign, so that nothing is left to pay (B6).
    """

    CARD = "card"
    INVOICE = "invoice"
    SPONSORED = "sponsored"


OFFERED = frozenset({PaymentMethod.CARD, PaymentMethod.INVOICE})
