"""What the order flow needs of a payment provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from keyfob.domain.orders.order import Checkout, Order, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutStatus:
    """A payment page as the provider sees it now.

    `order` and `reference` are the order's number and reference that we gave it; `payment` is there
    once it is paid; `closed` says that it can't be paid any more.
    """

    id: str
    order: str
    reference: str
    payment: Payment | None
    closed: bool


class PaymentProvider(Protocol):
    """Every call has a timeout and raises `PaymentUnavailable` when it isn't answered.

    A provider remembers a failure under its idempotency key, too: `attempt` makes a new one of each
    attempt. Doing twice what these calls do is refused by the provider, which they take as done.
    """

    def open_checkout(self, order: Order) -> Checkout:
        """The order's payment page; calling again gives the same page.

        Raises:
            PaymentFailed: the provider failed, and will say so again for this attempt.
        """

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        """The page's present state.

        Raises:
            NotFound: the provider knows no such page.
        """

    def expire_checkout(self, checkout_id: str, *, attempt: int) -> CheckoutStatus:
        """Close the page; one that was paid or closed already is answered as it is."""

    def refund(self, order: Order, *, attempt: int) -> str:
        """Give the order's payment back, once however often it is called; the refund's id."""
