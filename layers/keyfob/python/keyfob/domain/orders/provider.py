"""The payment provider's interface for the order flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from keyfob.domain.orders.given_back import Dispute, Refund, RefundRequest
from keyfob.domain.orders.order import Checkout, Order, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutStatus:
    """A payment page's present state at the provider.

    `order` and `reference` are the order's number and reference that we gave it; `payment` is set
    once it is paid; `closed`: it can't be paid any more.
    """

    id: str
    order: str
    reference: str
    payment: Payment | None
    closed: bool


class PaymentProvider(Protocol):
    """Every call has a timeout and raises `PaymentUnavailable` when it isn't answered.

    A provider also remembers a failure under its idempotency key, so each `attempt` has its own
    key. The provider refuses to repeat an action; these calls treat that as done.
    """

    def open_checkout(self, order: Order) -> Checkout:
        """The order's payment page; calling again gives the same page.

        Raises:
            PaymentFailed: the provider failed, and will repeat that for this attempt.
            PaymentRefused: the provider doesn't take such an order, in any attempt.
        """

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        """The page's present state.

        Raises:
            NotFound: the provider knows no such page.
        """

    def expire_checkout(self, checkout_id: str, *, attempt: int) -> CheckoutStatus:
        """Close the page; a paid or closed one is returned as it is."""

    def refund(self, order: Order, *, attempt: int) -> str:
        """Refund the order's payment, once for any number of calls; returns the refund's id."""

    def refunds(self, payment: str) -> Sequence[Refund]:
        """The refunds of this payment, whoever made them."""

    def disputes(self, payment: str) -> Sequence[Dispute]:
        """The disputes of this payment."""

    def refund_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        """Refund what an operator requested, once for any number of calls.

        Raises:
            PaymentRefused: the provider doesn't make this refund, in any attempt.
        """
