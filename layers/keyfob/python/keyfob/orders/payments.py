"""Settling what the payment provider says, whoever asks: webhook, clock or effect.

The provider is always asked again; what an event claims is only a reason to look (S37). Duplicates,
reordered and lost events therefore all end in the same state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from keyfob.audit.entry import Actor
from keyfob.clock import Clock
from keyfob.dynamo import Conflict, Database
from keyfob.errors import NotFound
from keyfob.orders import order as decisions
from keyfob.orders import store as rows
from keyfob.orders.desk import OrderDesk
from keyfob.orders.fulfilment import Fulfilment
from keyfob.orders.order import Order, State, Transition
from keyfob.orders.provider import CheckoutStatus, PaymentProvider

logger = logging.getLogger(__name__)

# The provider refuses to open a page that would end sooner.
_SHORTEST_CHECKOUT = timedelta(minutes=31)


class Payments:
    """Brings an order and its payment page into agreement."""

    def __init__(
        self,
        *,
        desk: OrderDesk,
        fulfilment: Fulfilment,
        provider: PaymentProvider,
        database: Database,
        clock: Clock,
        count: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._fulfilment = fulfilment
        self._provider = provider
        self._database = database
        self._clock = clock
        self._count = count

    def settle(self, checkout_id: str, *, by: Actor) -> None:
        """Look at this payment page and do what its state asks for; again changes nothing.

        Raises:
            PaymentUnavailable: the provider did not answer; to be tried again.
        """
        status = self._provider.checkout(checkout_id)
        try:
            order = self._desk.decide(status.order, lambda seen: self._decided(seen, status), by=by)
        except NotFound:
            # Another deployment on the same provider account, or a forged reference.
            logger.warning("payment page without order", extra={"checkout": checkout_id})
            self._count("PaymentUnmatched")
            return
        if order.state is State.PAID:
            self._fulfilment.fulfill(order.number, by=by)

    def reconcile(self, number: str, *, by: Actor) -> None:
        """Do what is due for this order and plan its next check.

        Raises:
            PaymentUnavailable: the provider did not answer; the lease brings it back.
        """
        order = self._desk.get(number)
        if order.state is State.PAID:
            self._fulfilment.fulfill(number, by=by)
        elif order.state is State.AWAITING_PAYMENT:
            self._compare(order, by)
        self._replan(number)

    def _compare(self, order: Order, by: Actor) -> None:
        if order.checkout:
            self.settle(order.checkout.id, by=by)
        elif self._clock() > order.checkout_ends - _SHORTEST_CHECKOUT:
            self._desk.decide(order.number, decisions.expire, by=by)
        else:
            # The answer that named the page was lost; opening it again gives the same page, which
            # may have been paid.
            checkout = self._provider.open_checkout(order)
            self._desk.decide(
                order.number, lambda seen: decisions.open_checkout(seen, checkout), by=by
            )
            self.settle(checkout.id, by=by)

    def _decided(self, order: Order, status: CheckoutStatus) -> Transition:
        now: datetime = self._clock().replace(microsecond=0)
        if status.payment:
            return decisions.pay(order, status.payment, now)
        if status.closed:
            return decisions.expire(order)
        return Transition(order=order)

    def _replan(self, number: str) -> None:
        order = self._desk.get(number)
        try:
            self._database.write(rows.replan(order, self._clock()))
        except Conflict:
            return  # changed meanwhile, and planned anew by that change
