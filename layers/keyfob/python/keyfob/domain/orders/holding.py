"""An operator's decisions about money that waits: held payments and surpluses. Pure.

A held order was paid, but not as it was to be (S38). Released, it is fulfilled as paid by the
clock, whose function has the rights for that; refunded, it stays held, and its money goes back.
"""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders.order import HeldDecision, Order, State
from keyfob.domain.orders.transition import Change, Transition


def release(order: Order) -> Transition:
    """Take the payment for what the order costs. Releasing twice changes nothing.

    Raises:
        IllegalTransition: the order isn't held, or its money goes back.
    """
    return _decide(order, HeldDecision.RELEASE, Change.RELEASED)


def refund(order: Order) -> Transition:
    """Give the payment back. Refunding twice changes nothing.

    Raises:
        IllegalTransition: the order isn't held, or was released.
    """
    return _decide(order, HeldDecision.REFUND, Change.HELD_REFUNDED)


def fulfill(order: Order) -> Transition:
    """Go on with a released order as with a paid one; any other stays as it is."""
    if not order.is_released:
        return Transition(order=order)
    return Transition(order=replace(order, state=State.PAID), change=Change.PAID)


def close_surplus(order: Order, amount: int) -> Transition:
    """Note that a surplus was dealt with. Money that arrives later is a surplus again.

    Args:
        order: an order by invoice.
        amount: the surplus that the operator saw, in minor units.

    Raises:
        IllegalTransition: the surplus is another one, or there is none.
    """
    if order.refund or amount <= 0 or amount != order.open_surplus:
        raise IllegalTransition(f"the order's open surplus is {order.open_surplus}, not {amount}")
    closed = order.closed_surplus + amount
    return Transition(order=replace(order, closed_surplus=closed), change=Change.SURPLUS_CLOSED)


def _decide(order: Order, decision: HeldDecision, change: Change) -> Transition:
    if order.held_decision is decision:
        return Transition(order=order)
    decided = order.held_decision or order.refused or order.refund
    if order.state is not State.HELD or decided:
        raise IllegalTransition("the order isn't held, or it was decided about")
    return Transition(order=replace(order, held_decision=decision), change=change)
