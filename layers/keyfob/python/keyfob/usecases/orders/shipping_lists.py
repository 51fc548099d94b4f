"""Ships tokens by lists: the list of what is to be packed, and the one of what was sent (B5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import DomainError, InvalidInput, Unavailable
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.pick_list import is_to_be_packed, pick_list
from keyfob.domain.orders.shipping_list import Row, Sent, read
from keyfob.domain.policy import Policy
from keyfob.storage.orders.stock import Stocks
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.orders.shipping import Shipping


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a line: `code` is `shipped`, `repeated`, or why it was refused."""

    line: int
    order: str
    unit: int | None
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The list as CSV, and how many units are in it; `more` are left for another one."""

    table: str
    units: int
    more: bool


class ShippingLists:
    """Makes pick lists, and takes lists of shipments."""

    def __init__(
        self, *, shipping: Shipping, orders: OrderStore, stocks: Stocks, policy: Policy
    ) -> None:
        self._shipping = shipping
        self._orders = orders
        self._stocks = stocks
        self._policy = policy

    def pick(self, limit: int) -> Picked:
        """The units with a reserved token, by model and time of payment; at most `limit`."""
        found = list(islice(self._to_be_packed(limit), limit + 1))
        return Picked(
            table=pick_list(found[:limit]),
            units=len(found[:limit]),
            more=len(found) > limit,
        )

    def ship(self, table: str, *, by: Actor) -> list[Outcome]:
        """Mark each line's token as shipped; a line that is refused stops no other one.

        Repeating a list changes nothing: its lines are answered as `repeated`.

        Raises:
            InvalidInput: it is no such table, or too long; nothing was shipped.
            Unavailable: a table is down; the lines before were shipped.
        """
        rows = read(table, self._policy.shipping_list_lines)
        return [self._outcome(row, by) for row in rows]

    def _to_be_packed(self, limit: int) -> Iterator[tuple[Order, int]]:
        orders: dict[str, Order | None] = {}
        for stock in self._stocks.all():
            for place in self._stocks.reserved(stock.model, limit + 1):
                if place.order not in orders:
                    orders[place.order] = self._orders.get(place.order)
                order = orders[place.order]
                if order and is_to_be_packed(order, place.unit):
                    yield order, place.unit

    def _outcome(self, row: Row, by: Actor) -> Outcome:
        if row.sent is None:
            return Outcome(line=row.line, order="", unit=None, code="invalid", detail=row.fault)
        sent = row.sent
        code, detail = self._shipped(sent, by)
        return Outcome(line=row.line, order=sent.order, unit=sent.unit, code=code, detail=detail)

    def _shipped(self, sent: Sent, by: Actor) -> tuple[str, str]:
        before = self._orders.get(sent.order)
        try:
            order = self._shipping.mark(
                sent.order,
                serial=sent.serial,
                tracking=sent.tracking,
                unit=sent.unit,
                carrier=sent.carrier,
                by=by,
            )
        except Unavailable:
            raise
        except InvalidInput as refused:
            return refused.code, "; ".join(f"{k}: {v}" for k, v in refused.fields.items())
        except DomainError as refused:
            return refused.code, str(refused)
        same = before is not None and len(before.shipments) == len(order.shipments)
        return ("repeated" if same else "shipped"), ""
