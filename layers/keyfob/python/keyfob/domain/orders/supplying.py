"""Decisions about the tokens of a paid order: reserved, back-ordered, shipped, given up. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from keyfob.domain.orders.order import Order
from keyfob.domain.orders.supply import Supply, SupplyState
from keyfob.domain.orders.transition import Change, Transition


def reserve(order: Order, units: Collection[int], now: datetime) -> Transition:
    """Record that a token is reserved for each of these units, which were owed one."""
    return _recorded(order, units, SupplyState.RESERVED, Change.RESERVED, now)


def back_order(order: Order, units: Collection[int], now: datetime) -> Transition:
    """Record that none is free for these units: owed ones, or reserved ones whose token is gone."""
    return _recorded(order, units, SupplyState.BACK_ORDERED, Change.BACK_ORDERED, now)


def serve(order: Order, unit: int, now: datetime) -> Transition:
    """Reserve a token for a unit whose turn in the queue it is."""
    return _recorded(order, [unit], SupplyState.RESERVED, Change.BACK_ORDER_SERVED, now)


def releasable(order: Order, units: Collection[int]) -> list[int]:
    """Those of these units (from 0) whose token nobody has yet."""
    pending = {one.unit for one in order.supplies if one.is_pending}
    return sorted((pending | set(order.owed_tokens)) & set(units))


def release(order: Order, units: Collection[int], now: datetime) -> Transition:
    """Give up the tokens of these units that nobody has yet; the others stay as they are."""
    given_up = releasable(order, units)
    if not given_up:
        return Transition(order=order)
    return _recorded(order, given_up, SupplyState.GIVEN_UP, Change.TOKENS_RELEASED, now)


def notice(order: Order) -> Transition:
    """Have the purchaser notified of another date; the order itself stays as it is."""
    return Transition(order=order, change=Change.RESTOCK_NOTICED)


def shipped(order: Order, unit: int, now: datetime) -> Order:
    """The order with this unit's token as shipped, however it was supplied."""
    return _with(order, [unit], SupplyState.SHIPPED, now)


def owed_again(order: Order, unit: int) -> Order:
    """The order with this unit owed a token as if none had been looked for."""
    return replace(order, supplies=tuple(one for one in order.supplies if one.unit != unit))


def model_of(order: Order, unit: int) -> str:
    """The model of the token for this unit (from 0)."""
    return order.units[unit].model


def _recorded(
    order: Order, units: Collection[int], state: SupplyState, change: Change, now: datetime
) -> Transition:
    return Transition(order=_with(order, units, state, now), change=change)


def _with(order: Order, units: Iterable[int], state: SupplyState, now: datetime) -> Order:
    changed = {
        unit: Supply(unit=unit, model=model_of(order, unit), state=state, at=now) for unit in units
    }
    present = {one.unit: one for one in order.supplies} | changed
    return replace(order, supplies=tuple(present[unit] for unit in sorted(present)))
