"""Orders by invoice: issuing it, and settling the order by what the provider says about it.

1. commit the order, due for its first check
2. customer, draft, lines, finalize, each idempotent              (killed: the same request
3. commit the invoice with its mail and the provider's own         or the clock goes on here)
4. an event or the clock: read the invoice again, mirror it, and settle the order from the mirror
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.orders import decisions, invoicing
from keyfob.domain.orders.errors import CustomerGone, PaymentFailed, PaymentRefused
from keyfob.domain.orders.invoice import Invoice, InvoiceStatement
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.provider import InvoiceProvider
from keyfob.domain.orders.transition import Transition
from keyfob.domain.policy import Policy
from keyfob.usecases.orders.customers import Customers
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.orders.settling import Settling

logger = logging.getLogger(__name__)


class Issuing:
    """Makes an order's invoice at the provider and records it."""

    def __init__(
        self, service: OrderService, customers: Customers, provider: InvoiceProvider
    ) -> None:
        self._service = service
        self._customers = customers
        self._provider = provider

    def issue(self, order: Order, *, by: Actor) -> Order:
        """Issue the invoice; an order that has one, or needs none, is returned as it is.

        Raises:
            PaymentUnavailable: no answer; asking again gives the same invoice.
            PaymentFailed: the provider failed; the next request is a new attempt.
            PaymentRefused: the provider makes no invoice for this order, which ends here.
            IllegalTransition: the order was canceled meanwhile.
        """
        if order.invoice or order.state is not State.AWAITING_PAYMENT:
            return order
        try:
            invoice = self._made(order, by)
        except PaymentFailed:
            self._service.decide(order.number, decisions.fail_checkout, by=by)
            raise
        except PaymentRefused:
            self._service.decide(order.number, decisions.refuse_checkout, by=by)
            raise
        try:
            return self._service.decide(
                order.number, lambda seen: invoicing.issue(seen, invoice), by=by
            )
        except IllegalTransition:
            seen = self._service.get(order.number)
            if seen.invoice is None or seen.invoice.id != invoice.id:
                # Canceled meanwhile: nobody knows this invoice, so it ends here.
                self._provider.close_invoice(replace(seen, invoice=invoice), attempt=1)
            raise

    def _made(self, order: Order, by: Actor) -> Invoice:
        """The invoice at the provider, by another customer if the organization's was deleted."""
        customer, payer = self._customers.of(order)
        try:
            return self._provider.issue_invoice(order, customer, payer)
        except CustomerGone:
            self._customers.forget(order.organization, customer)
            # This attempt's idempotency keys name the deleted customer.
            again = self._service.decide(order.number, decisions.fail_checkout, by=by)
            return self._provider.issue_invoice(again, *self._customers.of(again))


class Invoices:
    """Brings an order and its invoice into agreement."""

    def __init__(
        self,
        *,
        issuing: Issuing,
        settling: Settling,
        service: OrderService,
        provider: InvoiceProvider,
        clock: Clock,
        policy: Policy,
        count: Callable[[str], None],
    ) -> None:
        self._issuing = issuing
        self._settling = settling
        self._service = service
        self._provider = provider
        self._clock = clock
        self._policy = policy
        self._count = count

    def settle(self, invoice_id: str, *, by: Actor) -> None:
        """Read this invoice and act on its state; repeating it changes nothing.

        An invoice that names the order's number but isn't the order's own changes nothing either.

        Raises:
            PaymentUnavailable: the provider did not answer; to be tried again.
        """
        try:
            statement = self._provider.invoice(invoice_id)
            seen, settled = self._settling.settle(
                statement.order, lambda order: self._mirrored(order, statement), by=by
            )
        except NotFound:
            self._unmatched(invoice_id)
            return
        if not _is_of(settled, statement):
            self._unmatched(invoice_id)
            return
        if seen.state is State.FULFILLED:
            # A credit note may give money back by bank, which no event of a payment tells.
            self._settling.fulfill(seen.number, by=by)
        if _surplus(settled) > _surplus(seen):
            logger.warning("more was paid than owed", extra={"order": settled.number})
            self._count("SurplusHeld")

    def check(self, order: Order, *, by: Actor) -> None:
        """Do what is due for an unpaid order: issue its invoice, settle it, remind of it.

        Raises:
            PaymentUnavailable: the provider did not answer; it is due again when the lease ends.
        """
        if order.invoice is None:
            self._issue_late(order, by)
            return
        self.settle(order.invoice.id, by=by)
        now = in_seconds(self._clock)
        self._service.decide(
            order.number, lambda seen: invoicing.remind(seen, now, self._policy), by=by
        )

    def _issue_late(self, order: Order, by: Actor) -> None:
        if self._clock() >= order.checkout_ends:
            # Its due date is over before there was an invoice.
            self._service.decide(order.number, decisions.expire, by=by)
            return
        try:
            self._issuing.issue(order, by=by)
        except (PaymentRefused, IllegalTransition):
            return  # the order has ended, and its purchaser is notified

    def _mirrored(self, order: Order, statement: InvoiceStatement) -> Transition:
        if not _is_of(order, statement):
            return Transition(order=order)
        return invoicing.mirror(order, statement.invoice, in_seconds(self._clock))

    def _unmatched(self, invoice_id: str) -> None:
        # Another deployment on the same provider account, or somebody's own invoice.
        logger.warning("invoice of no order of ours", extra={"invoice": invoice_id})
        self._count("PaymentUnmatched")


def _is_of(order: Order, statement: InvoiceStatement) -> bool:
    return invoicing.is_invoice_of(order, statement.invoice.id, statement.reference)


def _surplus(order: Order) -> int:
    return order.invoice.surplus if order.invoice else 0
