"""The step that an account's orders are at. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from keyfob.domain.credentials.dates import one_year_after, revocation_at
from keyfob.domain.next_step.life import Life
from keyfob.domain.next_step.step import Name, NextStep, at
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order, State, is_paid
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy

# The order that is furthest decides: somebody who has paid must not pay another one.
_FURTHEST = (
    Name.ENTER_KEY,
    Name.WAIT_FOR_TOKEN,
    Name.WAIT_FOR_KEY,
    Name.WAIT_FOR_ORDER,
    Name.PAY,
)


def for_new(life: Life, now: datetime, policy: Policy) -> NextStep | None:
    """The step of the account's orders for new credentials; None if there is none to wait for."""
    orders = (*life.orders, *life.of_colleagues)
    found = [step for order in orders for step in _of_new(order, life, now, policy)]
    return min(found, key=lambda step: _FURTHEST.index(step.name), default=None)


def for_own(life: Life, credential: str, kind: ProductKind, now: datetime) -> NextStep | None:
    """The step of an order of this kind for a credential that there is."""
    found = [
        step
        for order in (*life.orders, *life.of_colleagues)
        for place, line in order.for_credentials
        if (line.kind, line.credential) == (kind, credential)
        if not (is_paid(order) and order.is_in_vain(place))
        for step in _of_line(order, line, life, now)
    ]
    return found[0] if found else None


def unpaid(life: Life, now: datetime) -> NextStep | None:
    """The account's newest order that waits for its payment."""
    found = [step for order in life.orders if (step := _payment(order, now))]
    return found[0] if found else None


def _of_new(order: Order, life: Life, now: datetime, policy: Policy) -> Iterator[NextStep]:
    mine = [
        unit for unit, _ in enumerate(order.keys) if order.holder_of(unit) in _wanted(order, life)
    ]
    if not mine:
        return
    unsettled = _unsettled(order, life, now)
    if unsettled:
        yield unsettled
    if not is_paid(order) or order.paid_at is None:
        return
    if order.is_stopped:
        # Its keys may be good again: nobody should buy others meanwhile.
        yield at(Name.WAIT_FOR_ORDER, order.paid_at)
        return
    if now >= revocation_at(one_year_after(order.paid_at), None, policy):
        return  # its keys have lapsed
    for unit in mine:
        if unit not in order.undone and (order.number, unit) not in life.redeemed:
            yield _of_unit(order, unit, order.keys[unit])


def _wanted(order: Order, life: Life) -> frozenset[str | None]:
    """The holders of units that the person may use: of a colleague's order only the person."""
    return frozenset({life.account} if order in life.of_colleagues else {None, life.account})


def _of_unit(order: Order, unit: int, line: Line) -> NextStep:
    if unit >= order.minted:
        return at(Name.WAIT_FOR_KEY, order.paid_at)
    if line.kind is ProductKind.HARDWARE_TOKEN and not order.is_shipped(unit):
        return at(Name.WAIT_FOR_TOKEN, order.paid_at)
    return at(Name.ENTER_KEY)


def _of_line(order: Order, line: Line, life: Life, now: datetime) -> Iterator[NextStep]:
    unsettled = _unsettled(order, life, now)
    if unsettled:
        yield unsettled
    elif line.kind is ProductKind.ADDED_TOKEN and line.credential and is_paid(order):
        unit = order.token_unit_of(line.credential)
        yield (
            at(Name.REGISTER_TOKEN, credential=line.credential)
            if unit is not None and order.is_shipped(unit)
            else at(Name.WAIT_FOR_TOKEN, order.paid_at)
        )


def _unsettled(order: Order, life: Life, now: datetime) -> NextStep | None:
    """The step of an own order that isn't paid; a colleague's is the colleague's affair."""
    if order in life.of_colleagues:
        return None
    if order.state is State.HELD and order.refund is None:
        return at(Name.WAIT_FOR_ORDER, order.paid_at)
    return _payment(order, now)


def _payment(order: Order, now: datetime) -> NextStep | None:
    if order.state is not State.AWAITING_PAYMENT:
        return None
    if order.invoice:
        # Also when it is overdue: it can still be paid.
        step = at(Name.PAY, order.invoice.due_at, number=order.number)
        return replace(step, link=order.invoice.url)
    if now >= order.checkout_ends:
        return None
    page = order.checkout.url if order.checkout else None
    return replace(at(Name.PAY, order.checkout_ends, number=order.number), link=page)
