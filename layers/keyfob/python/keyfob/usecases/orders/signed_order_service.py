"""The only place that changes signed purchase orders."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.messages.facts import SignedOrderFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.signed_order import (
    Reason,
    SignedChange,
    SignedOrder,
    SignedState,
    SignedTransition,
)
from keyfob.storage.orders import signed_orders as rows
from keyfob.storage.orders.signed_orders import SignedOrders
from keyfob.storage.transaction import Transactions
from keyfob.usecases.orders.deleting_signed import deletion


class SignedOrderService:
    """Reads a document, applies a decision and commits it with its mail."""

    def __init__(
        self, *, documents: SignedOrders, transactions: Transactions, clock: Clock
    ) -> None:
        self._documents = documents
        self._transactions = transactions
        self._clock = clock

    def get(self, order: Order) -> SignedOrder:
        """The order's document, perhaps without a row."""
        return self._documents.get(order.number) or SignedOrder(order=order.number)

    def decide(
        self,
        order: Order,
        decision: Callable[[SignedOrder], SignedTransition],
        *,
        by: Actor,
        note: str = "",
    ) -> SignedOrder:
        """Apply `decision` to the present document; decides again after a conflict.

        Raises:
            DomainError: what the decision refuses; nothing changed.
        """

        def attempt() -> SignedOrder:
            seen = self.get(order)
            made = decision(seen)
            if made.change is None:
                return seen
            self._transactions.commit(
                rows.change(seen, made.document),
                audit=[self._entry(made, made.change, by)],
                messages=[*_told(seen, made, order, by, note), *_deleted(seen, made, order, by)],
            )
            return self.get(order)

        return self._transactions.retry_on_conflict(attempt)

    def _entry(self, made: SignedTransition, change: SignedChange, by: Actor) -> Entry:
        document = made.document
        facts: Facts = {"file": document.awaited or document.file}
        if document.reason:
            facts = {**facts, "refused_for": document.reason}
        return Entry(
            action=change, actor=by, at=self._clock(), subject=document.subject, facts=facts
        )


def _told(
    seen: SignedOrder, made: SignedTransition, order: Order, by: Actor, note: str
) -> list[Message]:
    """The mail about a refusal; an operator's reason goes with it."""
    if made.change is not SignedChange.REFUSED or made.document.reason is None:
        return []
    facts = SignedOrderFacts(order=order.number, refused_for=str(made.document.reason))
    if made.document.reason is Reason.BY_OPERATOR:
        facts["note"] = note
    return [
        Message(
            kind=Kind.SIGNED_ORDER_REFUSED,
            subject=seen.subject,
            version=seen.version + 1,
            recipient=order.purchaser,
            facts=facts,
            correlation=by.correlation,
        )
    ]


def _deleted(seen: SignedOrder, made: SignedTransition, order: Order, by: Actor) -> list[Message]:
    """The deletion of an accepted file that is refused, or replaced before the order is paid.

    Of a paid order a replaced one stays for the books.
    """
    replaced = made.change is SignedChange.RECEIVED and order.paid_at is None
    gone = seen.state is SignedState.ACCEPTED and (replaced or made.change is SignedChange.REFUSED)
    if not gone:
        return []
    version, correlation = seen.version + 1, by.correlation
    return [deletion(seen.file, subject=seen.subject, version=version, correlation=correlation)]
