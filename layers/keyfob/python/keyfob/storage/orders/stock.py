"""The stock of tokens in the `orders` table: a counter for each model, its reservations, its queue.

`STOCK` / `<model>` has the counters. `STOCK#<model>` has a row for each unit of an order that a
token is reserved for (`RESERVED#…`) or that waits for one (`WAITS#…`), by time of payment, order
and unit.

The counters change by addition, under a condition that many writers may fulfill at once: of thirty
orders for the last token one reserves it, and the others don't disturb each other in the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from keyfob.domain import due_index as index
from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.inventory.stock import Stock, subject
from keyfob.domain.orders.order import Order
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import AuditedRow, DueRow, Put, Remove, Row, Subject, Update

STOCK = "STOCK"
RESERVED, WAITS = "RESERVED#", "WAITS#"


class StockRow(AuditedRow, DueRow):
    """`STOCK` / `<model>`; `g1…` is the due index, while the queue may have to be served."""

    class Meta:
        table_name = "orders"

    free = NumberAttribute()
    waiting = NumberAttribute()
    changes = NumberAttribute()
    restock_on = UnicodeAttribute(null=True)


class SupplyRow(Row):
    """`STOCK#<model>` / `RESERVED#…` or `WAITS#…`: a unit (from 0) of an order.

    `noticed`: the day of further tokens that its purchaser was notified of last.
    """

    class Meta:
        table_name = "orders"

    order = UnicodeAttribute()
    unit = NumberAttribute()
    noticed = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A unit (from 0) of an order in a model's queue, or among its reservations."""

    order: str
    unit: int
    noticed: date | None = None


class Stocks:
    """Reads stocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, model: str) -> Stock:
        """A model's stock, strongly consistent; an unknown model has none."""
        row = self._database.get(StockRow, STOCK, model)
        return _stock(row) if row else Stock(model=model)

    def all(self) -> list[Stock]:
        """Every model's stock, strongly consistent."""
        items = self._database.query(StockRow, key=("pk", STOCK))
        return [_stock(StockRow.from_raw_data(item)) for item in items]

    def waiting(self, model: str, limit: int) -> list[Place]:
        """The first units of a model's queue."""
        return self._places(model, WAITS, limit=limit)

    def reserved(self, model: str, limit: int) -> list[Place]:
        """The first units that a token of this model is reserved for."""
        return self._places(model, RESERVED, limit=limit)

    def last_reserved(self, model: str) -> Place | None:
        """The unit whose token was paid for last among those reserved."""
        found = self._places(model, RESERVED, limit=1, newest_first=True)
        return found[0] if found else None

    def count(self, model: str, kind: str) -> int:
        """How many units a model's queue or its reservations have (`WAITS`, `RESERVED`)."""
        found = self._database.query(
            SupplyRow,
            key=("pk", partition(model)),
            since=("sk", kind),
            until=("sk", f"{kind}~"),
        )
        return sum(1 for _ in found)

    def rest(self, model: str) -> None:
        """Take the model out of the due index, unless there is something to do."""
        row = StockRow
        update = Update(
            row=row,
            key=(STOCK, model),
            actions=[row.g1pk.remove(), row.g1sk.remove()],
            condition=(row.free == 0) | ((row.free > 0) & (row.waiting < 1)),
        )
        try:
            self._database.write(update)
        except Conflict:
            return  # it stays due

    def _places(
        self, model: str, kind: str, *, limit: int, newest_first: bool = False
    ) -> list[Place]:
        items = self._database.query(
            SupplyRow,
            key=("pk", partition(model)),
            since=("sk", kind),
            until=("sk", f"{kind}~"),
            newest_first=newest_first,
            limit=limit,
        )
        return [place_of(SupplyRow.from_raw_data(item)) for item in items]


def partition(model: str) -> str:
    """The partition of a model's reservations and queue."""
    return f"{STOCK}#{model}"


def moved(
    model: str,
    *,
    free: int = 0,
    waiting: int = 0,
    due: datetime | None = None,
    only_if: Condition | None = None,
) -> Update:
    """The update that adds to a model's counters, and makes its queue due if it may be served."""
    row = StockRow
    # Without `only_if` any values will do: additions don't depend on each other.
    always = row.pk.exists() | row.pk.does_not_exist()
    planned = []
    if due:
        named = subject(model)
        planned = [
            row.g1pk.set(index.shard_of(named)),
            row.g1sk.set(index.sort_key(due, named)),
        ]
    return Update(
        row=row,
        key=(STOCK, model),
        actions=[
            row.free.set((row.free | 0) + free),
            row.waiting.set((row.waiting | 0) + waiting),
            row.changes.set((row.changes | 0) + 1),
            # Its chain of audit entries begins with an operator's first act.
            row.version.set(row.version | 0),
            row.head.set(row.head | GENESIS),
            *planned,
        ],
        condition=always if only_if is None else only_if,
    )


def take(model: str, count: int) -> Update:
    """The update that takes tokens out of the free ones, if so many are free and nobody waits."""
    nobody = StockRow.waiting < 1
    return moved(model, free=-count, only_if=(StockRow.free >= count) & nobody)


def take_out_of_turn(model: str) -> Update:
    """The update that takes a free token for a unit that was supplied before."""
    return moved(model, free=-1, only_if=StockRow.free >= 1)


def queue(model: str, count: int) -> Update:
    """The update that counts more units as waiting, if none of them could have a free token."""
    row = StockRow
    in_vain = row.free.does_not_exist() | (row.free < 1) | (row.waiting >= 1)
    return moved(model, waiting=count, only_if=in_vain)


def serve(model: str) -> Update:
    """The update that takes a free token for the first of the queue."""
    row = StockRow
    return moved(model, free=-1, waiting=-1, only_if=(row.free >= 1) & (row.waiting >= 1))


def put_back(model: str) -> Update:
    """The update that turns a reservation without token into one more that waits."""
    return moved(model, free=1, waiting=1, only_if=StockRow.free < 0)


def correct(seen: Stock, free: int, waiting: int, now: datetime) -> Update | Put:
    """The write that replaces the counters, if nothing changed since they were read."""
    named, row = subject(seen.model), StockRow
    chain = Subject(id=named, number=seen.version, head=seen.head)
    planned: dict[str, Any] = {"g1pk": index.shard_of(named), "g1sk": index.sort_key(now, named)}
    if not seen.changes:
        new = row(STOCK, seen.model, free=free, waiting=waiting, changes=1, **planned)
        return Put(row=new, subject=chain)
    return Update(
        row=row,
        key=(STOCK, seen.model),
        actions=[
            row.free.set(free),
            row.waiting.set(waiting),
            row.changes.set(seen.changes + 1),
            *(getattr(row, name).set(value) for name, value in planned.items()),
        ],
        condition=row.changes == seen.changes,
        subject=chain,
    )


def expect(seen: Stock, on: date | None, now: datetime) -> Update | Put:
    """The write that records the day on which further tokens are expected."""
    named, row = subject(seen.model), StockRow
    chain = Subject(id=named, number=seen.version, head=seen.head)
    planned: dict[str, Any] = {"g1pk": index.shard_of(named), "g1sk": index.sort_key(now, named)}
    day = on.isoformat() if on else None
    if not seen.changes:
        new = row(STOCK, seen.model, free=0, waiting=0, changes=1, restock_on=day, **planned)
        return Put(row=new, subject=chain)
    return Update(
        row=row,
        key=(STOCK, seen.model),
        actions=[
            row.restock_on.set(day) if day else row.restock_on.remove(),
            *(getattr(row, name).set(value) for name, value in planned.items()),
        ],
        subject=chain,
    )


def put_places(
    kind: str, order: Order, units: Sequence[int], model: str, noticed: date | None = None
) -> list[Put]:
    """The writes that add units of an order to a model's queue or its reservations."""
    return [
        Put(
            row=SupplyRow(
                *_key(kind, order, unit, model),
                order=order.number,
                unit=unit,
                noticed=noticed.isoformat() if noticed else None,
            )
        )
        for unit in units
    ]


def remove_place(kind: str, order: Order, unit: int, model: str) -> Remove:
    """The write that takes a unit out of a model's queue or its reservations."""
    return Remove(
        row=SupplyRow, key=_key(kind, order, unit, model), condition=SupplyRow.pk.exists()
    )


def mark_noticed(order: Order, unit: int, model: str, on: date) -> Update:
    """The update that records the day that a waiting unit's purchaser was notified of."""
    return Update(
        row=SupplyRow,
        key=_key(WAITS, order, unit, model),
        actions=[SupplyRow.noticed.set(on.isoformat())],
        condition=SupplyRow.pk.exists(),
    )


def place_of(row: SupplyRow) -> Place:
    """The row's unit."""
    noticed = date.fromisoformat(row.noticed) if row.noticed else None
    return Place(order=row.order, unit=int(row.unit), noticed=noticed)


def _key(kind: str, order: Order, unit: int, model: str) -> tuple[str, str]:
    paid = index.instant(order.paid_at or order.placed_at)
    number = order.number.rpartition("-")[2].zfill(12)
    return partition(model), f"{kind}{paid}#{number}#{unit:05d}"


def _stock(row: StockRow) -> Stock:
    return Stock(
        model=row.sk,
        free=int(row.free),
        waiting=int(row.waiting),
        changes=int(row.changes),
        restock_on=date.fromisoformat(row.restock_on) if row.restock_on else None,
        version=int(row.version),
        head=row.head,
    )
