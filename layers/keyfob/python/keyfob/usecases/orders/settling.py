"""Commits a decision about what was paid, with all that follows from it."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.audit.entry import Actor
from keyfob.domain.orders.order import Order, State
from keyfob.domain.orders.transition import Change, Transition
from keyfob.storage.transaction import NOTHING, Transactions
from keyfob.usecases.credentials.purchases import Purchases
from keyfob.usecases.orders.fulfilment import Fulfilment
from keyfob.usecases.orders.service import OrderService


class Settling:
    """Settles orders by what the provider says, for pages and invoices alike."""

    def __init__(
        self,
        *,
        service: OrderService,
        fulfilment: Fulfilment,
        purchases: Purchases,
        transactions: Transactions,
    ) -> None:
        self._service = service
        self._fulfilment = fulfilment
        self._purchases = purchases
        self._transactions = transactions

    def settle(
        self, number: str, decision: Callable[[Order], Transition], *, by: Actor
    ) -> tuple[Order, Order]:
        """Apply `decision` and fulfill the order if it is paid; the order before and after.

        Raises:
            NotFound: there is no such order.
        """
        seen, settled = self._transactions.retry_on_conflict(
            lambda: self._settled(number, decision, by)
        )
        if settled.state is State.PAID or settled.todo or settled.moves_tokens:
            settled = self._fulfilment.fulfill(number, by=by)
        return seen, settled

    def fulfill(self, number: str, *, by: Actor) -> None:
        """Carry out refunds and disputes of a paid order; mint and supply what is missing."""
        self._fulfilment.fulfill(number, by=by)

    def _settled(
        self, number: str, decision: Callable[[Order], Transition], by: Actor
    ) -> tuple[Order, Order]:
        seen = self._service.get(number)
        made, part = decision(seen), NOTHING
        if made.change is Change.PAID and made.order.for_credentials:
            made, part = self._purchases.applied(made.order, by=by)
        return seen, self._service.commit(seen, made, by=by, part=part)
