"""Settles an order by the payment provider's state, for webhook, clock and effect alike.

The provider is always asked again; an event is only a reason to look (S37). Duplicate, reordered
and lost events therefore all end in the same state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import NotFound
from keyfob.domain.orders import decisions, holding
from keyfob.domain.orders.errors import PaymentRefused
from keyfob.domain.orders.guest_data import erase_when_due
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.provider import CheckoutStatus, PaymentProvider
from keyfob.domain.orders.transition import Transition
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.checkouts import Checkouts
from keyfob.usecases.orders.invoices import Invoices
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.settling import Settling

logger = logging.getLogger(__name__)

# The provider refuses to open a page that ends sooner.
_SHORTEST_CHECKOUT = timedelta(minutes=31)
# By then the provider has closed the page and sent every event about it.
_GRACE = timedelta(hours=1)


class Payments:
    """Brings an order and its payment page into agreement."""

    def __init__(
        self,
        *,
        service: OrderService,
        orders: OrderStore,
        checkouts: Checkouts,
        invoices: Invoices,
        settling: Settling,
        provider: PaymentProvider,
        clock: Clock,
        count: Callable[[str], None],
    ) -> None:
        self._service = service
        self._orders = orders
        self._checkouts = checkouts
        self._invoices = invoices
        self._settling = settling
        self._provider = provider
        self._clock = clock
        self._count = count

    def settle(self, checkout_id: str, *, by: Actor) -> None:
        """Read this payment page and act on its state; repeating it changes nothing.

        A page that names the order's number but isn't the order's own changes nothing either.

        Raises:
            PaymentUnavailable: the provider did not answer; to be tried again.
        """
        try:
            status = self._provider.checkout(checkout_id)
            _, order = self._settling.settle(
                status.order, lambda seen: self._decided(seen, status), by=by
            )
        except NotFound:
            self._unmatched(checkout_id)
            return
        if not decisions.is_page_of(order, status.id, status.reference):
            self._unmatched(checkout_id)

    def settle_invoice(self, invoice_id: str, *, by: Actor) -> None:
        """The same for an invoice.

        Raises:
            PaymentUnavailable: the provider did not answer; to be tried again.
        """
        self._invoices.settle(invoice_id, by=by)

    def compare(self, payment: str, *, by: Actor) -> None:
        """Read the refunds and disputes of this payment's order and act on them.

        A payment that isn't for an order of ours changes nothing.

        Raises:
            PaymentUnavailable: the provider did not answer; to be tried again.
        """
        number = self._orders.number_of_payment(payment)
        if number is None:
            # Another deployment on the same provider account, or something else that is sold there.
            # An order that isn't known to be paid yet reads its refunds once it is.
            logger.info("payment of no order of ours", extra={"payment": payment})
            self._count("GivenBackUnmatched")
            return
        self._settling.fulfill(number, by=by)

    def reconcile(self, number: str, *, by: Actor) -> None:
        """Do what is due for this order and schedule its next check.

        Once a guest's order has ended, the guest's data is due to be erased (S66).

        Raises:
            PaymentUnavailable: the provider did not answer; it is due again when the lease ends.
        """
        order = self._service.get(number)
        if order.state is State.AWAITING_PAYMENT:
            self._check(order, by)
        elif order.is_released:
            self._settling.settle(number, holding.fulfill, by=by)
        else:
            if order.is_unsettled:
                self._settling.fulfill(number, by=by)
            if order.guest:
                now = self._clock()
                self._service.decide(number, lambda seen: erase_when_due(seen, now), by=by)
        self._orders.replan(self._service.get(number), self._clock())

    def _check(self, order: Order, by: Actor) -> None:
        if order.method is PaymentMethod.INVOICE:
            self._invoices.check(order, by=by)
        else:
            self._compare(order, by)

    def _compare(self, order: Order, by: Actor) -> None:
        if order.checkout is None and self._clock() < order.checkout_ends - _SHORTEST_CHECKOUT:
            # The answer that named the page was lost; opening it again gives the same page, which
            # may have been paid.
            try:
                order = self._checkouts.open(order, by=by)
            except PaymentRefused:
                return  # the order has ended, and its purchaser is notified
        if order.checkout:
            self.settle(order.checkout.id, by=by)
        if self._clock() > order.checkout_ends + _GRACE:
            # Never opened, gone at the provider, or failed.
            self._service.decide(order.number, decisions.expire, by=by)

    def _decided(self, order: Order, status: CheckoutStatus) -> Transition:
        if not decisions.is_page_of(order, status.id, status.reference):
            return Transition(order=order)
        if status.payment:
            return decisions.pay(order, status.payment, in_seconds(self._clock))
        if status.closed:
            return decisions.expire(order)
        return Transition(order=order)

    def _unmatched(self, checkout_id: str) -> None:
        # Another deployment on the same provider account, or somebody's experiment.
        logger.warning("payment page of no order of ours", extra={"checkout": checkout_id})
        self._count("PaymentUnmatched")
