"""When the data of an order's guest is erased (S66). Pure.

an order that was never paid    by the clock, some weeks after its payment page has closed
a paid order                    by the clock, when books needn't be kept any more
either, on request              at once; postal addresses of a paid order stay for the books
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders.address import NO_ADDRESS
from keyfob.domain.orders.due import guest_erased_at
from keyfob.domain.orders.order import Order, is_waiting
from keyfob.domain.orders.transition import Change, Transition


def erase_when_due(order: Order, now: datetime) -> Transition:
    """Erase everything that identifies the guest of an ended order, once it is time."""
    at = guest_erased_at(order)
    if at is None or now < at:
        return Transition(order=order)
    return _changed(order, _erased(order, addresses=True))


def erase_on_request(order: Order) -> Transition:
    """Erase what needn't be kept.

    Raises:
        IllegalTransition: mails about it are still to come.
    """
    if is_waiting(order):
        raise IllegalTransition(f"a {order.state} order still needs its guest's address")
    return _changed(order, _erased(order, addresses=order.payment is None))


def _erased(order: Order, *, addresses: bool) -> Order:
    guest = order.guest.erased if order.guest else None
    if not addresses:
        return replace(order, guest=guest)
    return replace(order, guest=guest, shipping=NO_ADDRESS, billing=NO_ADDRESS, po_number="")


def _changed(order: Order, to: Order) -> Transition:
    return Transition(order=to, change=Change.GUEST_ERASED if to != order else None)
