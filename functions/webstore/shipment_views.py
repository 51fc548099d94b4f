"""The tokens of an order and their shipments, as its owner sees them (B5)."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.inventory.token import masked
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.shipment import Shipment
from keyfob.http.resolver import Model


class ShipmentView(Model):
    """A hardware token sent for license key `position` (from 1), or for a credential's phones.

    `tracking_page`: the carrier's page about it. `ended`: it was lost, or it was returned.
    """

    position: int
    serial: str
    tracking: str
    carrier: str | None
    tracking_page: str | None
    shipped_at: datetime
    ended: str | None


class SuppliedView(Model):
    """The hardware token for license key `position` (from 1), or for a credential's phones.

    `state` is reserved, back_ordered, shipped or given_up.
    """

    position: int
    state: str


def shipment_views(order: Order) -> list[ShipmentView]:
    """Every shipment, also those that didn't arrive."""
    return [_shipment(one) for one in order.shipments]


def supplied_views(order: Order) -> list[SuppliedView]:
    """The state of each token so far."""
    return [SuppliedView(position=one.unit + 1, state=one.state) for one in order.supplies]


def _shipment(shipment: Shipment) -> ShipmentView:
    return ShipmentView(
        position=shipment.unit + 1,
        serial=masked(shipment.serial),
        tracking=shipment.tracking,
        carrier=shipment.carrier or None,
        tracking_page=shipment.page or None,
        shipped_at=shipment.at,
        ended=shipment.ended,
    )
