"""What the order flow needs of a payment provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from keyfob.orders.order import Checkout, Order, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutStatus:
    """A payment page as the provider sees it now.

    `order` is the number that we gave it; `payment` is there once it is paid; `closed` says that
    it can't be paid any more.
    """

    order: str
    payment: Payment | None
    closed: bool


class PaymentProvider(Protocol):
    """Every call has a timeout and raises `PaymentUnavailable` when it isn't answered."""

    def open_checkout(self, order: Order) -> Checkout:
        """The order's payment page; calling again gives the same page."""

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        """The page's present state."""

    def expire_checkout(self, checkout_id: str) -> CheckoutStatus:
        """Close the page; one that was paid or closed already is answered as it is."""

    def refund(self, order: Order) -> str:
        """Give the order's payment back, once however often it is called; the refund's id."""
