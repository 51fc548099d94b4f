"""An order's invoice, as the payment provider stated it when it was last read. Pure.

Money received and what remains are derived, so that they always add up:
`paid + remaining = owed + surplus` while the invoice can be paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InvoiceStatus(StrEnum):
    """The provider's own word; an uncollectible invoice can still be paid."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class InvoiceState(StrEnum):
    """The state that people are shown."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"


_PAYABLE = frozenset({InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePayment:
    """Money that arrived for an invoice: a payment intent, or `by_bank` a record of a transfer."""

    id: str
    amount: int
    by_bank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A payment by bank as an operator entered it."""

    reference: str
    on: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An issued invoice. Money in minor units.

    Attributes:
        number: the provider's; the payer quotes the order's number all the same.
        url: the page on which it can be read and paid.
        total: the sum of its lines.
        paid: all money received, a surplus included.
        balance: the customer's balance that was applied when it was issued; a credit is negative.
        credited: taken off by credit notes before it was paid.
        payments: the payments that the provider knows one by one.
    """

    id: str
    number: str
    url: str
    due_at: datetime
    status: InvoiceStatus
    currency: str
    total: int
    paid: int = 0
    balance: int = 0
    credited: int = 0
    payments: tuple[InvoicePayment, ...] = ()

    @property
    def owed(self) -> int:
        """The amount to be paid for it, with or without what was paid."""
        return max(0, self.total + self.balance - self.credited)

    @property
    def surplus(self) -> int:
        """Money received beyond what was owed."""
        return max(0, self.paid - self.owed)

    @property
    def remaining(self) -> int:
        """The amount that is still to be paid."""
        return max(0, self.owed - self.paid) if self.is_payable else 0

    @property
    def is_payable(self) -> bool:
        """Whether money may still arrive for it."""
        return self.status in _PAYABLE

    def state(self, now: datetime) -> InvoiceState:
        """The state at this instant."""
        if not self.is_payable:
            return InvoiceState(self.status)
        if now >= self.due_at:
            return InvoiceState.OVERDUE
        return InvoiceState.PARTLY_PAID if self.paid else InvoiceState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceStatement:
    """An invoice with the order's number and reference that we gave it."""

    order: str
    reference: str
    invoice: Invoice


def received(payments: Sequence[InvoicePayment], *, stated: int, overpaid: int, owed: int) -> int:
    """All money received for an invoice.

    The provider's documents leave open whether the stated amount includes a surplus, and whether a
    transfer is among the payments. Each of the three is at most the money received, and one of
    them is all of it.

    Args:
        payments: the paid ones.
        stated: the provider's amount paid.
        overpaid: the provider's surplus.
        owed: what the provider asked for.
    """
    paid = sum(one.amount for one in payments)
    return max(paid, stated, owed + overpaid if overpaid else 0)
