"""The only place that changes orders, for store, webhook, clock, effects and operators.

A sponsored order is placed with its sponsorship.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.decisions import frees_place
from keyfob.domain.orders.invoicing import takes_credit
from keyfob.domain.orders.notifications import notifications
from keyfob.domain.orders.order import Order, is_paid
from keyfob.domain.orders.transition import Change, Transition
from keyfob.storage.orders import customers, open_orders, order_row, store
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Update, Write
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions


class OrderService:
    """Reads an order, applies a decision and commits it with its notifications."""

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

    def place(self, order: Order, *, by: Actor, part: TransactionPart = NOTHING) -> Order:
        """Commit a new order with `part` in the same transaction.

        Raises:
            Conflict: somebody else was faster.
        """
        self._transactions.commit(
            order_row.place(order, order.placed_at),
            *part.writes,
            audit=[placement(order, by), *part.audit],
        )
        return self.get(order.number)

    def decide(self, number: str, decision: Callable[[Order], Transition], *, by: Actor) -> Order:
        """Apply `decision` to the current order; decides again after a conflict.

        Raises:
            NotFound: there is no such order.
            DomainError: what the decision refuses; nothing changed.
        """

        def attempt() -> Order:
            seen = self.get(number)
            return self.commit(seen, decision(seen), by=by)

        return self._transactions.retry_on_conflict(attempt)

    def commit(
        self,
        seen: Order,
        to: Transition,
        *,
        by: Actor,
        part: TransactionPart = NOTHING,
        messages: Sequence[Message] | None = None,
    ) -> Order:
        """Commit the change with its audit entry and messages; returns the changed order.

        Args:
            seen: the order that was decided about; returned if nothing changes.
            to: the decided transition.
            by: the actor.
            part: more of the same transaction; its facts replace the usual ones.
            messages: replace the usual notifications.

        Raises:
            Conflict: somebody else was faster.
        """
        if to.change is None:
            return seen
        now = self._clock()
        usual: Facts = {"state": to.order.state, "total": seen.total, "currency": seen.currency}
        if to.order.invoice:
            paid, remaining = to.order.invoice.paid, to.order.invoice.remaining
            usual = {**usual, "paid": paid, "remaining": remaining}
        entry = Entry(
            action=str(to.change),
            actor=by,
            at=now,
            subject=seen.subject,
            facts=part.facts or usual,
        )
        place = _freed(seen, to.order)
        known: list[Write] = [store.put_payment(seen, one) for one in _payments_of(seen, to.order)]
        if is_paid(to.order) and not is_paid(seen):
            # The colleagues whom it is for find the order once it is paid.
            known += [store.show_holder(seen, one) for one in sorted(seen.colleagues)]
        told = notifications(to, correlation=by.correlation) if messages is None else messages
        self._transactions.commit(
            order_row.change(seen, to.order, now),
            *place,
            *known,
            *part.writes,
            audit=[entry, *part.audit],
            messages=[*told, *part.messages],
        )
        return self.get(seen.number)


def placement(order: Order, by: Actor, **more: str) -> Entry:
    """The audit entry of a new order, with `more` facts."""
    facts: Facts = {"total": order.total, "currency": order.currency, "partner": order.partner}
    return Entry(
        action=Change.PLACED,
        actor=by,
        at=order.placed_at,
        subject=order.subject,
        facts={**facts, **more},
    )


def _payments_of(seen: Order, to: Order) -> list[str]:
    """The payments that this change makes known."""
    known = {seen.payment, *_of_invoice(seen)}
    found = [to.payment, *_of_invoice(to)]
    return [one for one in found if one and one not in known]


def _of_invoice(order: Order) -> list[str]:
    return [one.id for one in order.invoice.payments] if order.invoice else []


def _freed(seen: Order, to: Order) -> list[Update]:
    """The end of the wait for payment, in the counts of the account and its organization."""
    if not frees_place(seen, to):
        return []
    freed = [open_orders.free_place(seen.account)]
    if takes_credit(seen):
        freed.append(customers.free_credit(seen.organization, seen.currency, seen.total))
    return freed
