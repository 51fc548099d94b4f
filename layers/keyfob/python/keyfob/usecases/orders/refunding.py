"""Refunds by an operator: asks for them, and names the pieces that one was for (B4, G2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Facts
from keyfob.domain.orders import undoing
from keyfob.domain.orders.notifications import refund_request
from keyfob.domain.orders.order import Order
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.mirroring import facts_of
from keyfob.usecases.orders.service import OrderService


class Refunding:
    """An operator's acts about refunds; the refund itself is an effect."""

    def __init__(self, service: OrderService, transactions: Transactions) -> None:
        self._service = service
        self._transactions = transactions

    def request(self, number: str, pieces: Sequence[int] | None, by: Actor) -> Order:
        """Request the refund of these pieces (from 0), or of all that is left.

        Raises:
            NotFound: there is no such order. InvalidInput: it has no such piece.
            IllegalTransition: it isn't paid, its payment is disputed, nothing is left, or no
                single payment by card has so much left.
        """
        request_id = ids.new_id("rfd")

        def attempt() -> Order:
            seen = self._service.get(number)
            to = undoing.request_refund(seen, request_id, pieces)
            told = [refund_request(to, correlation=by.correlation)]
            request = to.order.given_back.requests[-1]
            facts: Facts = {
                "amount": request.amount,
                "currency": seen.currency,
                "pieces": _written(request.pieces),
            }
            part = TransactionPart(facts=facts, messages=told)
            return self._service.commit(seen, to, by=by, part=part)

        return self._transactions.retry_on_conflict(attempt)

    def assign(self, number: str, taken: str, pieces: Sequence[int], by: Actor) -> Order:
        """Name the pieces (from 0) of a refund or lost dispute; none: it was for something else.

        Raises:
            NotFound: no such order, or nothing with this id waits. InvalidInput: no such piece.
        """

        def attempt() -> Order:
            seen = self._service.get(number)
            to = undoing.assign(seen, taken, pieces)
            facts: Facts = {**facts_of(to.order), "taken": taken, "pieces": _written(pieces)}
            return self._service.commit(seen, to, by=by, part=TransactionPart(facts=facts))

        return self._transactions.retry_on_conflict(attempt)


def _written(pieces: Iterable[int]) -> str:
    return " ".join(str(piece + 1) for piece in sorted(pieces)) or "none"
