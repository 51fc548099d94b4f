"""Shipments of hardware tokens for units of an order. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.errors import IllegalTransition, InvalidInput
from keyfob.domain.orders.order import Change, Order, Shipment, State, Transition
from keyfob.domain.orders.product_kind import ProductKind

SHIPPED_IN = frozenset({State.PAID, State.FULFILLED})
_TOKENS = frozenset({ProductKind.HARDWARE_TOKEN, ProductKind.ADDED_TOKEN})


def ship(
    order: Order,
    *,
    serial: str,
    tracking: str,
    unit: int | None,
    now: datetime,
    replacement: bool = False,
) -> Transition:
    """Record a token sent for a unit (from 0), by default the first one still waiting.

    A named unit may have been shipped before: the token follows one lost on its way, or is a
    holder's `replacement`. Repeating a shipment changes nothing.

    Raises:
        IllegalTransition: the order isn't paid, or no unit is waiting any more; the money for the
            unit went back, or is disputed.
        InvalidInput: the unit named is not for a hardware token.
    """
    if order.state not in SHIPPED_IN:
        raise IllegalTransition(f"a {order.state} order gets no token")
    if order.is_stopped:
        raise IllegalTransition("the payment is disputed: its bank decides about the money")
    if any(_is_same(one, serial, tracking, unit) for one in order.shipments):
        return Transition(order=order)
    shipment = Shipment(
        unit=_unit(order, unit), serial=serial, tracking=tracking, at=now, replacement=replacement
    )
    return Transition(
        order=replace(order, shipments=(*order.shipments, shipment)), change=Change.SHIPPED
    )


def _is_same(shipment: Shipment, serial: str, tracking: str, unit: int | None) -> bool:
    """Whether it is the same shipment; repeated without a unit, it must not take the next one."""
    same = (shipment.serial, shipment.tracking) == (serial, tracking)
    return same and unit in {None, shipment.unit}


def _unit(order: Order, named: int | None) -> int:
    hardware = [
        unit
        for unit, place in enumerate(order.unit_lines)
        if order.lines[place].kind in _TOKENS and place not in order.refused
    ]
    if named is not None or not hardware:
        if named not in hardware:
            raise InvalidInput(
                fields={"unit": "nothing of this order with this number is for a token"}
            )
        if named in order.undone:
            raise IllegalTransition("the money for this unit went back")
        return named
    shipped = {one.unit for one in order.shipments}
    waiting = [unit for unit in hardware if unit not in shipped | order.undone]
    if not waiting:
        raise IllegalTransition(
            "every token of this order was shipped: name the unit that a replacement is for"
        )
    return waiting[0]
