"""Opening an order's payment page; asking again gives the same page."""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders import decisions
from keyfob.domain.orders.errors import PaymentFailed, PaymentRefused
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.provider import PaymentProvider
from keyfob.usecases.orders.service import OrderService


class Checkouts:
    """Opens pages at the provider and records them in their orders."""

    def __init__(self, service: OrderService, provider: PaymentProvider) -> None:
        self._service = service
        self._provider = provider

    def open(self, order: Order, *, by: Actor) -> Order:
        """Open the order's page; an order that has one, or needs none, is returned as it is.

        Raises:
            PaymentUnavailable: no answer; asking again gives the same page.
            PaymentFailed: the provider failed; the next request is a new attempt.
            PaymentRefused: the provider takes no payment for this order, which ends here.
            IllegalTransition: the order was canceled meanwhile.
        """
        if order.checkout or order.state is not State.AWAITING_PAYMENT:
            return order
        try:
            checkout = self._provider.open_checkout(order)
        except PaymentFailed:
            self._service.decide(order.number, decisions.fail_checkout, by=by)
            raise
        except PaymentRefused:
            self._service.decide(order.number, decisions.refuse_checkout, by=by)
            raise
        try:
            return self._service.decide(
                order.number, lambda seen: decisions.open_checkout(seen, checkout), by=by
            )
        except IllegalTransition:
            # Canceled while the page was being opened: nobody else knows it, so close it here.
            self._provider.expire_checkout(checkout.id, attempt=1)
            raise
