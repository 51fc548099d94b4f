"""How an order can be paid. Pure."""

from __future__ import annotations

from enum import StrEnum


class PaymentMethod(StrEnum):
    """A way to pay; messages name only the ways that are offered."""

    CARD = "card"
    INVOICE = "invoice"


OFFERED = frozenset(PaymentMethod)
