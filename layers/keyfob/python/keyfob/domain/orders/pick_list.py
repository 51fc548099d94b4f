"""The list of tokens to be packed: those that are reserved and weren't shipped. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from keyfob.domain import due_index as index
from keyfob.domain.directory.export import line
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.supply import SupplyState

HEADER = (
    "order",
    "unit",
    "model",
    "paid_at",
    "name",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "country",
)


def pick_list(units: Iterable[tuple[Order, int]]) -> str:
    """The list as CSV, in which no cell is a formula (S51); units are counted from 1 in it."""
    return line(HEADER) + "".join(line(_cells(order, unit)) for order, unit in units)


def is_to_be_packed(order: Order, unit: int) -> bool:
    """Whether a token is reserved for this unit (from 0), and not shipped."""
    supply = order.supply_of(unit)
    return supply is not None and supply.state is SupplyState.RESERVED


def _cells(order: Order, unit: int) -> tuple[str, ...]:
    to = order.shipping
    return (
        order.number,
        str(unit + 1),
        order.units[unit].model,
        index.instant(order.paid_at) if order.paid_at else "",
        to.name,
        to.line1,
        to.line2,
        to.city,
        to.region,
        to.postal_code,
        to.country,
    )
