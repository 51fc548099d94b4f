"""What stands on the slip that is packed with the tokens of an order. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from keyfob.domain.orders.order import Address, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedToken:
    """A token in the parcel: `position` is its license key's number in the order, from 1.

    `serial` is empty before it was shipped. `needs_key`: a license key came by mail, which is
    entered before the token is registered; without one it is added to a credential's phones.
    """

    position: int
    product: str
    model: str
    serial: str
    needs_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingSlip:
    """The content of the slip, without amounts; `positions` is how many keys the order has."""

    number: str
    po_number: str
    to: Address
    positions: int
    tokens: tuple[PackedToken, ...]


def packing_slip(order: Order, units: Collection[int]) -> PackingSlip:
    """The slip for the tokens of these units (from 0) of an order; other units have none."""
    sent = {one.unit: one.serial for one in order.shipments if not one.ended}
    return PackingSlip(
        number=order.number,
        po_number=order.po_number,
        to=order.shipping,
        positions=len(order.units),
        tokens=tuple(
            PackedToken(
                position=unit + 1,
                product=order.units[unit].name,
                model=order.units[unit].model,
                serial=sent.get(unit, ""),
                needs_key=order.units[unit].credential is None,
            )
            for unit in order.token_units
            if unit in units
        ),
    )
