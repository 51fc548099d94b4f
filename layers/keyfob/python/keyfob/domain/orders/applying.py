"""Applying a paid order's lines to the credentials and accounts that they are for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keyfob.domain.orders.order import Change, Order, State, Transition
from keyfob.domain.orders.product_kind import ProductKind

_REFUSED = {
    ProductKind.RENEWAL: Change.RENEWAL_REFUSED,
    ProductKind.ADDED_TOKEN: Change.ADDED_TOKEN_REFUSED,
    ProductKind.UPGRADE: Change.UPGRADE_REFUSED,
}


def applied(paid: Order, refused: Sequence[int] = ()) -> Transition:
    """Apply a paid order's lines for credentials, in one transaction with their entries (B5, B7).

    An order without license keys is fulfilled by it. The lines at the places in `refused` are for
    credentials that can't have them any more; if nothing else was bought, the payment is held and
    refunded.
    """
    if len(refused) == len(paid.lines):
        return _refuse(paid)
    state = State.PAID if paid.keys else State.FULFILLED
    change = Change.LINES_REFUSED if refused else Change.PAID
    return Transition(order=replace(paid, state=state, refused=tuple(refused)), change=change)


def _refuse(paid: Order) -> Transition:
    held = replace(paid, state=State.HELD)
    kinds = {line.kind for line in paid.lines}
    if len(kinds) == 1:
        return Transition(order=held, change=_REFUSED[kinds.pop()])
    every = tuple(range(len(paid.lines)))
    return Transition(order=replace(held, refused=every), change=Change.LINES_REFUSED)


def reassign(order: Order, unit: int, holder: str) -> Transition:
    """Give a unit (from 0) to another account; it alone may use its license key from now on."""
    if order.holder_of(unit) == holder:
        return Transition(order=order)
    given = {**order.reassigned, unit: holder}
    return Transition(order=replace(order, reassigned=given), change=Change.REASSIGNED)
