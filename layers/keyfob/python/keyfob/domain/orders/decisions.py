"""Decisions about an order's payment, license keys and end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders.order import Checkout, Order, State
from keyfob.domain.orders.transition import Change, Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment for an order, as the provider reports it."""

    id: str
    amount: int
    currency: str


def frees_place(seen: Order, to: Order) -> bool:
    """Whether this change ends the wait for payment, so that another order may be placed (S62)."""
    was_open = seen.counted and seen.state is State.AWAITING_PAYMENT
    return was_open and to.state is not State.AWAITING_PAYMENT


def open_checkout(order: Order, checkout: Checkout) -> Transition:
    """Record the payment page. Opening the same one again changes nothing."""
    if order.checkout == checkout:
        return Transition(order=order)
    if order.state is not State.AWAITING_PAYMENT or order.checkout:
        raise IllegalTransition(f"a {order.state} order needs no payment page")
    return Transition(order=replace(order, checkout=checkout), change=Change.CHECKOUT_OPENED)


def fail_checkout(order: Order) -> Transition:
    """Use new idempotency keys when the payment page or the invoice is made next.

    The provider repeats the failure of a request for as long as it remembers the key.
    """
    if order.state is not State.AWAITING_PAYMENT or order.checkout or order.invoice:
        return Transition(order=order)
    return Transition(
        order=replace(order, attempt=order.attempt + 1), change=Change.CHECKOUT_FAILED
    )


def refuse_checkout(order: Order) -> Transition:
    """End an order for which the provider makes no payment page or invoice, now or later."""
    if order.state is not State.AWAITING_PAYMENT or order.checkout or order.invoice:
        return Transition(order=order)
    return Transition(order=replace(order, state=State.CANCELED), change=Change.CHECKOUT_REFUSED)


def is_page_of(order: Order, checkout_id: str, reference: str) -> bool:
    """Whether this payment page is the order's own, not one that only names its number."""
    known = order.checkout is None or order.checkout.id == checkout_id
    return known and reference == order.reference


def pay(order: Order, payment: Payment, now: datetime) -> Transition:
    """Record a payment on the order's page; a repeat changes nothing, however late (S37).

    A payment of another amount or currency is held, not fulfilled (S38). A payment after
    cancellation or expiry is to be refunded.
    """
    if order.payment is not None:
        return Transition(order=order)
    paid = replace(order, payment=payment.id, paid_at=now)
    if (payment.amount, payment.currency) != (order.total, order.currency):
        return Transition(order=replace(paid, state=State.HELD), change=Change.PAYMENT_HELD)
    if order.state is not State.AWAITING_PAYMENT:
        return Transition(order=paid, change=Change.PAID_TOO_LATE)
    return Transition(order=replace(paid, state=State.PAID), change=Change.PAID)


def mint(order: Order, count: int) -> Transition:
    """Count `count` more license keys as minted; the last one fulfills the order."""
    if order.state is not State.PAID:
        raise IllegalTransition(f"a {order.state} order gets no license keys")
    minted = order.minted + count
    if not 0 < count <= len(order.keys) - order.minted:
        raise ValueError(f"{count} keys are not what is left of {order.number}")
    done = minted == len(order.keys)
    state = State.FULFILLED if done else State.PAID
    return Transition(order=replace(order, minted=minted, state=state), change=Change.KEYS_MINTED)


def cancel(order: Order) -> Transition:
    """Cancel the order before it is paid. Canceling twice changes nothing."""
    if order.state is State.CANCELED:
        return Transition(order=order)
    if order.state is not State.AWAITING_PAYMENT:
        raise IllegalTransition(f"a {order.state} order can't be canceled any more")
    return Transition(order=replace(order, state=State.CANCELED), change=Change.CANCELED)


def expire(order: Order) -> Transition:
    """Expire an order whose payment page has closed unpaid; any other stays as it is."""
    if order.state is not State.AWAITING_PAYMENT:
        return Transition(order=order)
    return Transition(order=replace(order, state=State.EXPIRED), change=Change.EXPIRED)


def refunded(order: Order, refund: str) -> Transition:
    """Record the refund."""
    if order.refund is not None:
        return Transition(order=order)
    return Transition(order=replace(order, refund=refund), change=Change.REFUNDED)
