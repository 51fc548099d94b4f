"""Opening an order's payment page: the same page however often it is asked for."""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders import order as decisions
from keyfob.domain.orders.errors import PaymentFailed
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.provider import PaymentProvider
from keyfob.usecases.orders.service import OrderService


class Checkouts:
    """Opens pages at the provider and notes them in their orders."""

    def __init__(self, service: OrderService, provider: PaymentProvider) -> None:
        self._service = service
        self._provider = provider

    def open(self, order: Order, *, by: Actor) -> Order:
        """The order with its page; one that has it, or needs none any more, as it is.

        Raises:
            PaymentUnavailable: no answer; asking again gives the same page.
            PaymentFailed: the provider failed; the next asking is a new attempt.
            IllegalTransition: canceled in this very moment.
        """
        if order.checkout or order.state is not State.AWAITING_PAYMENT:
            return order
        try:
            checkout = self._provider.open_checkout(order)
        except PaymentFailed:
            self._service.decide(order.number, decisions.fail_checkout, by=by)
            raise
        try:
            return self._service.decide(
                order.number, lambda seen: decisions.open_checkout(seen, checkout), by=by
            )
        except IllegalTransition:
            # Canceled while the page was being opened: nobody else knows of it, so close it here.
            self._provider.expire_checkout(checkout.id, attempt=1)
            raise
