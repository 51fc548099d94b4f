"""Committing what happens to an order: the same way for store, webhook, clock and effects."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.order import Order, Transition
from keyfob.domain.orders.promises import promises
from keyfob.storage.orders import store as rows
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.transaction import NOTHING, Along, Transactions


class OrderDesk:
    """Reads an order, lets a decision be made and commits it with its promises."""

    def __init__(self, orders: OrderStore, transactions: Transactions, clock: Clock) -> None:
        self._orders = orders
        self._transactions = transactions
        self._clock = clock

    def get(self, number: str) -> Order:
        """The order with this number.

        Raises:
            NotFound: there is none.
        """
        order = self._orders.get(number)
        if order is None:
            raise NotFound
        return order

    def decide(
        self,
        number: str,
        decision: Callable[[Order], Transition],
        *,
        by: Actor,
        complete: Callable[[Transition], tuple[Transition, Along]] = lambda made: (made, NOTHING),
    ) -> Order:
        """Apply `decision` to the order as it is; decided again if somebody else was faster.

        `complete` adds what belongs into the same transaction, and may decide otherwise for it.

        Raises:
            NotFound: there is no such order.
            DomainError: what the decision refuses; nothing changed.
        """

        def attempt() -> Order:
            seen = self.get(number)
            transition = decision(seen)
            if transition.change is None:
                return seen
            self._commit(seen, *complete(transition), by)
            return self.get(number)

        return self._transactions.settle(attempt)

    def _commit(self, seen: Order, transition: Transition, along: Along, by: Actor) -> None:
        now = self._clock()
        entry = Entry(
            action=str(transition.change),
            actor=by,
            at=now,
            subject=seen.subject,
            facts={"state": transition.order.state, "total": seen.total, "currency": seen.currency},
        )
        self._transactions.commit(
            rows.change(seen, transition.order, now),
            *along.writes,
            audit=[entry, *along.audit],
            messages=[*promises(transition, correlation=by.correlation), *along.messages],
        )
