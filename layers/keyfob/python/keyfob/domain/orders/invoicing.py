"""Decisions about orders that are paid by invoice. Pure.

The invoice at the provider is mirrored into the order; whether the order is paid is decided from
the mirror alone, so that any number and sequence of events ends in one state (S37).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders.errors import InvoiceTooLate, PaymentAlreadyRecorded
from keyfob.domain.orders.invoice import Invoice, InvoiceStatus, Receipt
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.payment_method import PaymentMethod
from keyfob.domain.orders.transition import Change, Transition
from keyfob.domain.policy import Policy

# The provider needs a due date in the future, also if it is asked again later.
_LEAST_TIME = timedelta(hours=2)


def due_of(placed_at: datetime, deadline: datetime | None, policy: Policy) -> datetime:
    """When an invoice is due.

    Args:
        placed_at: the order's instant.
        deadline: for a renewal, the end of the last business day before the revocation.
        policy: has the usual period.

    Raises:
        InvoiceTooLate: the deadline is over, or so near that nobody could pay by then.
    """
    usual = placed_at + policy.invoice_due
    if deadline is None:
        return usual
    if deadline < placed_at + _LEAST_TIME:
        raise InvoiceTooLate
    return min(usual, deadline)


def require_clearing(now: datetime, clears_until: datetime, *, confirmed: bool) -> None:
    """Refuse an invoice whose money would come after the revocation, unless that is accepted (F7).

    Raises:
        InvoiceTooLate: it can't clear in time, and the buyer hasn't confirmed to know that.
    """
    if now >= clears_until and not confirmed:
        raise InvoiceTooLate


def issue(order: Order, invoice: Invoice) -> Transition:
    """Record the invoice. Recording the same one again changes nothing."""
    if order.invoice and order.invoice.id == invoice.id:
        return Transition(order=order)
    if order.state is not State.AWAITING_PAYMENT or order.invoice:
        raise IllegalTransition(f"a {order.state} order needs no invoice")
    return Transition(order=replace(order, invoice=invoice), change=Change.INVOICE_ISSUED)


def is_invoice_of(order: Order, invoice_id: str, reference: str) -> bool:
    """Whether this invoice is the order's own, not one that only names its number."""
    known = order.invoice is None or order.invoice.id == invoice_id
    return order.method is PaymentMethod.INVOICE and known and reference == order.reference


def mirror(order: Order, invoice: Invoice, now: datetime) -> Transition:
    """Record the invoice's present state; a repeat changes nothing, however late (S37).

    Only an invoice that is paid in full by money, for our total and in our currency, pays the
    order (S38); any other one that the provider calls paid is held. A surplus pays it all the
    same. Money for an order that has ended is to be given back.
    """
    mirrored = replace(order, invoice=invoice)
    if order.payment is None and _ends(order, invoice):
        return _paid(replace(mirrored, payment=invoice.id, paid_at=now), invoice)
    if invoice.status is InvoiceStatus.VOID and order.state is State.AWAITING_PAYMENT:
        # Somebody made it void at the provider: nothing can be paid any more.
        return Transition(order=replace(mirrored, state=State.CANCELED), change=Change.CANCELED)
    if invoice == order.invoice:
        return Transition(order=order)
    # An invoice of an unpaid order that isn't known: the answer that named it was lost for good.
    found = order.invoice is None and order.state is State.AWAITING_PAYMENT
    change = Change.INVOICE_ISSUED if found else Change.INVOICE_MIRRORED
    return Transition(order=mirrored, change=change)


def fits(order: Order, invoice: Invoice) -> bool:
    """Whether this paid invoice pays for exactly this order, by money alone."""
    ours = (invoice.total, invoice.currency) == (order.total, order.currency)
    by_money = invoice.balance == 0 and invoice.credited == 0 and invoice.paid >= order.total
    return ours and by_money


def remind(order: Order, now: datetime, policy: Policy) -> Transition:
    """Remind the purchaser of an overdue invoice: at its due date, and so often after it.

    If several reminders are due, there is one (S44).
    """
    invoice = order.invoice
    if invoice is None or order.state is not State.AWAITING_PAYMENT or not invoice.is_payable:
        return Transition(order=order)
    after = (timedelta(0), *policy.invoice_reminders)
    passed = sum(1 for one in after if invoice.due_at + one <= now)
    if passed <= order.reminded:
        return Transition(order=order)
    return Transition(order=replace(order, reminded=passed), change=Change.PAYER_REMINDED)


def receive(order: Order, *, reference: str, on: str, amount: int | None) -> Transition:
    """Record that money arrived by bank; the provider's invoice gets it next.

    Args:
        order: the order whose number the transfer quotes.
        reference: the transfer's; with its day, it is recorded once.
        on: the day, as ISO 8601.
        amount: in minor units; None for all that remains, without transfers on their way there.

    Raises:
        IllegalTransition: there is no invoice to be paid, or nothing remains of it.
        PaymentAlreadyRecorded: this transfer was entered before.
    """
    invoice = order.invoice
    if invoice is None or not invoice.is_payable:
        raise IllegalTransition("there is no unpaid invoice of this order")
    if any((one.reference, one.on) == (reference, on) for one in order.receipts):
        raise PaymentAlreadyRecorded
    if amount is None:
        arrived = sum(one.amount for one in invoice.payments if one.by_bank)
        on_their_way = max(0, sum(one.amount for one in order.receipts) - arrived)
        amount = invoice.remaining - on_their_way
    if amount <= 0:
        raise IllegalTransition("nothing remains of this order's invoice")
    receipt = Receipt(reference=reference, on=on, amount=amount)
    return Transition(
        order=replace(order, receipts=(*order.receipts, receipt)), change=Change.TRANSFER_RECORDED
    )


def takes_credit(order: Order) -> bool:
    """Whether this order counts toward its organization's credit limit while it is unpaid."""
    return order.counted and order.method is PaymentMethod.INVOICE


def _paid(order: Order, invoice: Invoice) -> Transition:
    if order.state is not State.AWAITING_PAYMENT:
        return Transition(order=order, change=Change.PAID_TOO_LATE)
    if not fits(order, invoice):
        return Transition(order=replace(order, state=State.HELD), change=Change.PAYMENT_HELD)
    return Transition(order=replace(order, state=State.PAID), change=Change.PAID)


def _ends(order: Order, invoice: Invoice) -> bool:
    """Whether this state of the invoice says that the payer has done all there was to do."""
    if invoice.status is not InvoiceStatus.PAID:
        return False
    # A canceled order's invoice is closed by a credit note, and then counts as paid there.
    return order.state is State.AWAITING_PAYMENT or fits(order, invoice)
