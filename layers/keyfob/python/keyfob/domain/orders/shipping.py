"""Shipments of hardware tokens for units of an order. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.errors import IllegalTransition, InvalidInput, NotFound
from keyfob.domain.orders.carrier import Carrier
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.shipment import Ended, Shipment
from keyfob.domain.orders.supply import SupplyState
from keyfob.domain.orders.supplying import owed_again, shipped
from keyfob.domain.orders.transition import Change, Transition

SHIPPED_IN = frozenset({State.PAID, State.FULFILLED})
_REFUSED = {
    SupplyState.BACK_ORDERED: "this token is back-ordered: none of its model is free",
    SupplyState.GIVEN_UP: "this token was given up with a refund",
}


def ship(
    order: Order,
    *,
    serial: str,
    tracking: str,
    unit: int | None,
    now: datetime,
    replacement: bool = False,
    carrier: Carrier | None = None,
) -> Transition:
    """Record a token sent for a unit (from 0), by default the first one still waiting.

    A named unit may have been shipped before: the token follows one lost on its way, or is a
    holder's `replacement`. Repeating a shipment changes nothing.

    Raises:
        IllegalTransition: the order isn't paid, or no unit is waiting any more; the money for the
            unit went back, or is disputed; its token is back-ordered, or was given up.
        InvalidInput: the unit named is not for a hardware token.
    """
    if order.state not in SHIPPED_IN:
        raise IllegalTransition(f"a {order.state} order gets no token")
    if order.is_stopped:
        raise IllegalTransition("the payment is disputed: its bank decides about the money")
    if any(_is_same(one, serial, tracking, unit) for one in order.shipments):
        return Transition(order=order)
    shipment = Shipment(
        unit=_unit(order, unit),
        serial=serial,
        tracking=tracking,
        at=now,
        replacement=replacement,
        carrier=carrier.name if carrier else "",
        page=(carrier.page(tracking) or "") if carrier else "",
    )
    sent = replace(order, shipments=(*order.shipments, shipment))
    return Transition(order=shipped(sent, shipment.unit, now), change=Change.SHIPPED)


def end(order: Order, *, serial: str, how: Ended, again: bool) -> Transition:
    """Record that a shipment was lost or came back; repeating it changes nothing.

    Args:
        order: the order that the token was shipped for.
        serial: the token's serial number.
        how: whether it was lost or came back.
        again: whether another token is owed for its unit.

    Raises:
        NotFound: this token is not on its way for the order.
    """
    sent = order.shipment_of(serial)
    if sent is None:
        if any((one.serial, one.ended) == (serial, how) for one in order.shipments):
            return Transition(order=order)
        raise NotFound("No token with this serial number is on its way for this order.")
    ended = tuple(
        # A corrected tracking number makes two shipments of one token.
        replace(one, ended=how) if one.serial == serial and not one.ended else one
        for one in order.shipments
    )
    made = replace(order, shipments=ended)
    # Another token may have been sent for the unit already.
    if again and not made.is_shipped(sent.unit):
        made = owed_again(made, sent.unit)
    change = Change.SHIPMENT_LOST if how is Ended.LOST else Change.SHIPMENT_RETURNED
    return Transition(order=made, change=change)


def _is_same(shipment: Shipment, serial: str, tracking: str, unit: int | None) -> bool:
    """Whether it is the same shipment; repeated without a unit, it must not take the next one."""
    same = (shipment.serial, shipment.tracking) == (serial, tracking)
    return same and not shipment.ended and unit in {None, shipment.unit}


def _unit(order: Order, named: int | None) -> int:
    hardware = order.token_units
    if named is None and hardware:
        named = _first_waiting(order)
    elif named not in hardware:
        raise InvalidInput(fields={"unit": "nothing of this order with this number is for a token"})
    if named in order.undone:
        raise IllegalTransition("the money for this unit went back")
    supply = order.supply_of(named)
    if supply and supply.state in _REFUSED:
        raise IllegalTransition(_REFUSED[supply.state])
    return named


def _first_waiting(order: Order) -> int:
    """The first unit whose token can be sent; the first one that can't, if there is no other."""
    waiting = [
        unit
        for unit in order.token_units
        if not order.is_shipped(unit) and unit not in order.undone
    ]
    if not waiting:
        raise IllegalTransition(
            "every token of this order was shipped: name the unit that a replacement is for"
        )

    def is_refused(unit: int) -> bool:
        supply = order.supply_of(unit)
        return supply is not None and supply.state in _REFUSED

    return min(waiting, key=is_refused)
