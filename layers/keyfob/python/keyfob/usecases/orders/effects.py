"""Calls to the payment provider that follow a commit about an order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders import decisions, invoicing, undoing
from keyfob.domain.orders.errors import PaymentRefused
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import PaymentProvider, Transfer
from keyfob.storage.messages.store import Lease
from keyfob.usecases.orders.mirroring import Mirroring
from keyfob.usecases.orders.service import OrderService


class OrderEffects:
    """Each effect is idempotent."""

    def __init__(
        self,
        service: OrderService,
        provider: PaymentProvider,
        mirroring: Mirroring,
        clock: Clock,
        count: Callable[[str], None],
    ) -> None:
        self._service = service
        self._mirroring = mirroring
        self._provider = provider
        self._clock = clock
        self._count = count

    def perform(self, lease: Lease) -> bool:
        """Perform the effect; False if it is obsolete."""
        order = self._service.get(lease.message.subject.removeprefix("ORDER#"))
        by = Actor(kind="system", id="effects", correlation=lease.message.correlation)
        if lease.message.kind is Kind.EXPIRE_CHECKOUT and order.checkout:
            payment = self._provider.expire_checkout(
                order.checkout.id, attempt=lease.attempt
            ).payment
            if payment:
                # Paid while it was being canceled: recording the payment refunds it.
                now = in_seconds(self._clock)
                self._service.decide(
                    order.number, lambda seen: decisions.pay(seen, payment, now), by=by
                )
            return True
        if lease.message.kind is Kind.REFUND_REQUESTED:
            return self._refund_request(order, lease, by)
        if order.invoice:
            return self._of_invoice(order, lease, by)
        if lease.message.kind is Kind.REFUND_PAYMENT and order.payment and not order.refund:
            refund = self._provider.refund(order, attempt=lease.attempt)
            self._service.decide(order.number, lambda seen: decisions.refunded(seen, refund), by=by)
            return True
        return False

    def _refund_request(self, order: Order, lease: Lease, by: Actor) -> bool:
        asked = lease.message.facts["request"]
        # Its refunds may be known, but not their credit note.
        request = next((one for one in order.given_back.requests if one.id == asked), None)
        if request is None:
            return False
        make = self._provider.credit_request if order.invoice else self._provider.refund_request
        try:
            make(order, request, attempt=lease.attempt)
        except PaymentRefused:
            # Its purchaser has disputed the payment, or somebody else has refunded it.
            self._service.decide(
                order.number, lambda seen: undoing.refuse_refund(seen, request.id), by=by
            )
        else:
            self._mirroring.read(order.number, by=by)
        return True

    def _of_invoice(self, order: Order, lease: Lease, by: Actor) -> bool:
        kind = lease.message.kind
        if kind is Kind.SEND_INVOICE:
            self._provider.send_invoice(order, attempt=lease.attempt)
        elif kind is Kind.RECORD_TRANSFER:
            self._record(order, lease)
        elif kind in (Kind.CLOSE_INVOICE, Kind.REFUND_PAYMENT) and not order.refund:
            self._close(order, lease, by)
        else:
            return False
        return True

    def _record(self, order: Order, lease: Lease) -> None:
        """Credit the transfer at the provider; the event that follows settles the order."""
        facts = lease.message.facts
        transfer = Transfer(
            act=lease.id,
            amount=int(facts["amount"]),
            on=date.fromisoformat(facts["on"]),
            reference=facts["reference"],
        )
        self._provider.record_transfer(order, transfer, attempt=lease.attempt)

    def _close(self, order: Order, lease: Lease, by: Actor) -> None:
        closed = self._provider.close_invoice(order, attempt=lease.attempt)
        if order.invoice:
            # Money may have arrived since it was read last: the mail states all of it.
            present, now = self._provider.invoice(order.invoice.id).invoice, in_seconds(self._clock)
            self._service.decide(
                order.number, lambda seen: invoicing.mirror(seen, present, now), by=by
            )
        if closed.by_bank:
            self._count("RefundByBank")
        note = closed.credit_note
        if note:
            self._service.decide(order.number, lambda seen: decisions.refunded(seen, note), by=by)
