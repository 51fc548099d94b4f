"""Applying a paid order's lines to the credentials and accounts that they are for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders import undoing
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.orders.transition import Change, Transition

# The request for the refund of lines that were refused; there is at most one.
_REFUSED_LINES = "refused-lines"
_REFUSED = {
    ProductKind.RENEWAL: Change.RENEWAL_REFUSED,
    ProductKind.ADDED_TOKEN: Change.ADDED_TOKEN_REFUSED,
    ProductKind.UPGRADE: Change.UPGRADE_REFUSED,
}


def applied(paid: Order, refused: Sequence[int] = ()) -> Transition:
    """Apply a paid order's lines for credentials, in one transaction with their entries (B5, B7).

    An order without license keys is fulfilled by it. The lines at the places in `refused` are for
    credentials that can't have them any more; if nothing else was bought, the payment is held and
    refunded. Otherwise the refund of their pieces is requested.
    """
    if len(refused) == len(paid.lines):
        return _refuse(paid)
    state = State.PAID if paid.keys else State.FULFILLED
    done = replace(paid, state=state, refused=tuple(refused))
    if not refused:
        return Transition(order=done, change=Change.PAID)
    pieces = [piece for piece, place in enumerate(done.pieces) if place in refused]
    # What can't be requested an operator gives back, as the alarm asks.
    with suppress(IllegalTransition):
        done = undoing.request_refund(done, _REFUSED_LINES, pieces).order
    return Transition(order=done, change=Change.LINES_REFUSED)


def _refuse(paid: Order) -> Transition:
    held = replace(paid, state=State.HELD, refused=tuple(range(len(paid.lines))))
    kinds = {line.kind for line in paid.lines}
    change = _REFUSED[kinds.pop()] if len(kinds) == 1 else Change.LINES_REFUSED
    return Transition(order=held, change=change)


def reassign(order: Order, unit: int, holder: str) -> Transition:
    """Give a unit (from 0) to another account; it alone may use its license key from now on."""
    if order.holder_of(unit) == holder:
        return Transition(order=order)
    given = {**order.reassigned, unit: holder}
    return Transition(order=replace(order, reassigned=given), change=Change.REASSIGNED)
