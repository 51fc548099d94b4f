"""When the lifecycle jobs look at an order next. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyfob.domain.orders.address import NO_ADDRESS
from keyfob.domain.orders.order import Order, State, is_waiting

# After placement, an order awaiting payment is compared with the provider at these ages.
_CHECKS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60))
_LATER_CHECKS = timedelta(hours=1)
# An order with an open dispute or refund is compared as often.
_GIVEN_BACK_CHECKS = timedelta(days=1)
# An invoice waits for weeks, and its provider repeats lost events for days.
_INVOICE_CHECKS = timedelta(hours=6)


def next_due(order: Order, now: datetime) -> datetime | None:
    """When the clock must look at this order next; None if never.

    A lost webhook delays the order only until the next check. Nothing is minted while a dispute
    stops the order.
    """
    if order.state is State.PAID and not order.is_stopped:
        return now
    if order.todo or order.moves_tokens or order.is_released:
        return now
    if order.is_unsettled:
        return now + _GIVEN_BACK_CHECKS
    if order.state is State.AWAITING_PAYMENT:
        return _next_check(order, now)
    return guest_erased_at(order)


def guest_erased_at(order: Order) -> datetime | None:
    """When the data of an ended order's guest is erased; None if there is none (S66)."""
    guest = order.guest
    if guest is None or is_waiting(order):
        return None
    if guest.is_erased and (order.shipping, order.billing) == (NO_ADDRESS, NO_ADDRESS):
        return None
    return guest.erased_unpaid if order.payment is None else guest.erased_paid


def _next_check(order: Order, now: datetime) -> datetime:
    for age in _CHECKS:
        if order.placed_at + age > now:
            return order.placed_at + age
    every = _INVOICE_CHECKS if order.invoice else _LATER_CHECKS
    passed = (now - order.placed_at) // every
    return order.placed_at + (passed + 1) * every
