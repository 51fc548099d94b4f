"""Reserves tokens for paid orders, and serves the queue of a model that has none (B5).

    paid ──▶ one free, nobody waits? ──▶ reserved ──▶ shipped (`shipping.py`)
                     └─ no ──▶ queue ──its turn──▶ reserved

Each step is one transaction, conditioned on the order's version and on the counter. An order with
units that are owed a token is itself due, and so is a stock that grew: if the process dies in
between, the clock resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import groupby

from keyfob.domain.audit.entry import Actor, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.inventory.stock import Stock
from keyfob.domain.orders import supplying as decisions
from keyfob.domain.orders.notifications import supply_notifications
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.supply import SupplyState
from keyfob.domain.orders.transition import Transition
from keyfob.domain.policy import Policy
from keyfob.storage.orders import stock as rows
from keyfob.storage.orders.stock import RESERVED, WAITS, Place, Stocks
from keyfob.storage.rows import Write
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.service import OrderService

_KIND = {SupplyState.RESERVED: RESERVED, SupplyState.BACK_ORDERED: WAITS}


class Supplying:
    """Gives the tokens of the stock to paid orders, first come, first served."""

    def __init__(
        self,
        *,
        service: OrderService,
        stocks: Stocks,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        count: Callable[[str], None],
    ) -> None:
        self._service = service
        self._stocks = stocks
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._count = count

    def supply(self, number: str, *, by: Actor) -> Order:
        """Reserve or back-order every token that the order is owed; repeating changes nothing."""
        order = self._service.get(number)
        while order.owed_tokens:
            order = self._transactions.retry_on_conflict(lambda: self._step(number, by))
        return order

    def release(self, number: str, units: Collection[int], *, by: Actor) -> Order:
        """Give up the tokens of these units (from 0) that nobody has yet, after a refund.

        Units whose token was shipped stay as they are. Repeating it changes nothing.

        Raises:
            NotFound: there is no such order.
        """

        def attempt() -> tuple[Order, bool]:
            seen = self._service.get(number)
            chunk = decisions.releasable(seen, units)[: self._policy.fulfilment_chunk]
            to = decisions.release(seen, chunk, in_seconds(self._clock))
            part = self.released(seen, to.order)
            return self._service.commit(seen, to, by=by, part=part), to.change is not None

        more = True
        while more:
            order, more = self._transactions.retry_on_conflict(attempt)
        return order

    def released(self, seen: Order, to: Order) -> TransactionPart:
        """The writes that go with `supplying.release`, for a transaction of another use case."""
        writes: list[Write] = []
        given_up = [
            one for one in seen.supplies if one.is_pending and to.supply_of(one.unit) != one
        ]
        for model in {one.model for one in given_up}:
            units = [one for one in given_up if one.model == model]
            reserved = sum(one.state is SupplyState.RESERVED for one in units)
            now = self._clock() if reserved else None
            writes += [rows.remove_place(_KIND[one.state], seen, one.unit, model) for one in units]
            writes.append(rows.moved(model, free=reserved, waiting=reserved - len(units), due=now))
        changed = [one.unit for one in to.supplies if seen.supply_of(one.unit) != one]
        return TransactionPart(writes=writes, facts={"units": shown(changed)})

    def serve(self, model: str, *, by: Actor) -> int:
        """Serve a model's queue while tokens are free; the number of units that were served.

        A reservation whose token was withdrawn goes back into the queue, the latest one first. What
        is left is due again.
        """
        done = 0
        while done < self._policy.queue_steps:
            if not self._transactions.retry_on_conflict(lambda: self._serve_one(model, by)):
                break
            done += 1
        self._notice(model, by)
        if done < self._policy.queue_steps:
            self._stocks.rest(model)
        return done

    def serve_all(self, *, by: Actor) -> dict[str, int]:
        """Serve every model's queue; the number of units served, by model."""
        return {one.model: self.serve(one.model, by=by) for one in self._stocks.all()}

    def _step(self, number: str, by: Actor) -> Order:
        """Reserve what is free of one model, or back-order what isn't."""
        seen = self._service.get(number)
        if not seen.owed_tokens:
            return seen
        model = decisions.model_of(seen, seen.owed_tokens[0])
        owed = [unit for unit in seen.owed_tokens if decisions.model_of(seen, unit) == model]
        units = owed[: self._policy.fulfilment_chunk]
        stock = self._stocks.get(model)
        if stock.waiting < 1 and stock.free > 0:
            return self._reserve(seen, units[: stock.free], stock, by)
        return self._back_order(seen, units, stock, by)

    def _reserve(self, seen: Order, units: Sequence[int], stock: Stock, by: Actor) -> Order:
        part = TransactionPart(
            writes=[
                rows.take(stock.model, len(units)),
                *rows.put_places(RESERVED, seen, units, stock.model),
            ],
            facts=_facts(stock.model, units),
        )
        to = decisions.reserve(seen, units, in_seconds(self._clock))
        order = self._service.commit(seen, to, by=by, part=part)
        if stock.free - len(units) < self._policy.low_stock:
            self._count("StockLow")
        return order

    def _back_order(self, seen: Order, units: Sequence[int], stock: Stock, by: Actor) -> Order:
        part = TransactionPart(
            writes=[
                rows.queue(stock.model, len(units)),
                *rows.put_places(WAITS, seen, units, stock.model, stock.restock_on),
            ],
            facts=_facts(stock.model, units),
        )
        to = decisions.back_order(seen, units, in_seconds(self._clock))
        return self._commit(seen, to, part, units, stock=stock, by=by)

    def _serve_one(self, model: str, by: Actor) -> bool:
        stock = self._stocks.get(model)
        if stock.is_settled:
            return False
        if stock.free < 0:
            last = self._stocks.last_reserved(model)
            return last is not None and self._put_back(last, stock, by)
        first = self._stocks.waiting(model, 1)
        return bool(first) and self._give(first[0], stock, by)

    def _give(self, place: Place, stock: Stock, by: Actor) -> bool:
        """Reserve a token for the first of the queue."""
        seen, units = self._service.get(place.order), [place.unit]
        part = TransactionPart(
            writes=[
                rows.serve(stock.model),
                rows.remove_place(WAITS, seen, place.unit, stock.model),
                *rows.put_places(RESERVED, seen, units, stock.model),
            ],
            facts=_facts(stock.model, units),
        )
        to = decisions.serve(seen, place.unit, in_seconds(self._clock))
        self._commit(seen, to, part, units, stock=stock, by=by)
        return True

    def _put_back(self, place: Place, stock: Stock, by: Actor) -> bool:
        """Back-order a unit whose token was withdrawn."""
        seen, units = self._service.get(place.order), [place.unit]
        part = TransactionPart(
            writes=[
                rows.put_back(stock.model),
                rows.remove_place(RESERVED, seen, place.unit, stock.model),
                *rows.put_places(WAITS, seen, units, stock.model, stock.restock_on),
            ],
            facts=_facts(stock.model, units),
        )
        to = decisions.back_order(seen, units, in_seconds(self._clock))
        self._commit(seen, to, part, units, stock=stock, by=by)
        return True

    def _notice(self, model: str, by: Actor) -> None:
        """Notify purchasers who wait of another day on which tokens are expected."""
        stock = self._stocks.get(model)
        if stock.restock_on is None:
            return
        waiting = self._stocks.waiting(model, self._policy.queue_steps)
        unaware = [one for one in waiting if one.noticed != stock.restock_on]
        for number, places in groupby(unaware, lambda one: one.order):
            units = [one.unit for one in places][: self._policy.fulfilment_chunk]
            self._transactions.retry_on_conflict(partial(self._noticed, number, units, stock, by))

    def _noticed(self, number: str, units: Sequence[int], stock: Stock, by: Actor) -> None:
        seen = self._service.get(number)
        units = [
            unit
            for unit in units
            if (supply := seen.supply_of(unit)) and supply.state is SupplyState.BACK_ORDERED
        ]
        if not units or stock.restock_on is None:
            return
        part = TransactionPart(
            writes=[rows.mark_noticed(seen, unit, stock.model, stock.restock_on) for unit in units],
            facts={
                **_facts(stock.model, units),
                "expected": stock.restock_on.isoformat(),
            },
        )
        self._commit(seen, decisions.notice(seen), part, units, stock=stock, by=by)

    def _commit(
        self,
        seen: Order,
        to: Transition,
        part: TransactionPart,
        units: Sequence[int],
        *,
        stock: Stock,
        by: Actor,
    ) -> Order:
        """Commit the step; purchaser and holders are told, with the expected day if known."""
        states = {supply.state for unit in units if (supply := to.order.supply_of(unit))}
        reserved = SupplyState.RESERVED in states
        told = supply_notifications(
            to,
            reserved=reserved,
            units=units,
            expected=None if reserved else stock.restock_on,
            correlation=by.correlation,
        )
        return self._service.commit(seen, to, by=by, part=part, messages=told)


def following(by: Actor) -> Actor:
    """The service itself, which follows up on somebody's act as the clock would later."""
    return Actor(kind="system", id="stock", correlation=by.correlation)


def shown(units: Sequence[int]) -> str:
    """Units (from 0) as people count them: `1, 3`."""
    return ", ".join(str(unit + 1) for unit in units)


def _facts(model: str, units: Sequence[int]) -> Facts:
    return {"model": model, "units": shown(units)}
