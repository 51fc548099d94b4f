"""Mirrors the refunds and disputes of an order's payments, as the provider has them now (S37, S40).

    A reads the order, v5               B reads the order, v5
    A reads the provider: disputed
                                        B reads the provider: dispute won
                                        B: mirror IF version = 5    ✓ v6
    A: mirror IF version = 5    ✗ reads order and provider again: won

The order is read first, so that nobody can write an older state of the provider over a newer one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from keyfob.domain.audit.entry import Actor, Facts
from keyfob.domain.orders import undoing
from keyfob.domain.orders.given_back import Dispute, Refund
from keyfob.domain.orders.notifications import given_back
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import PaymentProvider
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.service import OrderService

logger = logging.getLogger(__name__)


class Mirroring:
    """Reads the provider and commits what has changed, with one entry."""

    def __init__(
        self,
        *,
        service: OrderService,
        provider: PaymentProvider,
        transactions: Transactions,
        count: Callable[[str], None],
    ) -> None:
        self._service = service
        self._provider = provider
        self._transactions = transactions
        self._count = count

    def read(self, number: str, *, by: Actor) -> Order:
        """Mirror the provider's present state; returns the order.

        Raises:
            NotFound: there is no such order.
            PaymentUnavailable: the provider did not answer; nothing changed.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(number, by))

    def _attempt(self, number: str, by: Actor) -> Order:
        seen = self._service.get(number)
        refunds: list[Refund] = []
        disputes: list[Dispute] = []
        for payment in undoing.card_payments(seen):
            refunds += self._provider.refunds(payment)
            disputes += self._provider.disputes(payment)
        if seen.invoice:
            refunds += self._provider.refunds_by_bank(seen.invoice.id)
        to = undoing.mirror(seen, refunds, disputes)
        told = given_back(seen, to.order, correlation=by.correlation)
        part = TransactionPart(facts=facts_of(to.order), messages=told)
        committed = self._service.commit(seen, to, by=by, part=part)
        for alarm in _alarms(seen, to.order):
            self._count(alarm)
            logger.warning("refund or dispute", extra={"order": number, "alarm": alarm})
        return committed


def facts_of(order: Order) -> Facts:
    """The state of refunds and disputes, for the entry of their change; pieces from 1."""
    mirror = order.given_back
    facts: dict[str, str | int] = {"refunded": mirror.amount, "currency": order.currency}
    facts["undone"] = " ".join(str(piece + 1) for piece in sorted(mirror.undone))
    facts["disputes"] = " ".join(f"{one.id}:{one.status}" for one in mirror.disputes)
    facts["unassigned"] = " ".join(sorted(undoing.unassigned(order)))
    return {name: value for name, value in facts.items() if value != ""}


def _alarms(seen: Order, to: Order) -> list[str]:
    """The metrics of what is new and needs a person."""
    before = {one.id: one for one in seen.given_back.refunds}
    disputed = {one.id: one.status for one in seen.given_back.disputes}
    made = ["RefundUnassigned" for _ in undoing.unassigned(to) - undoing.unassigned(seen)]
    for refund in to.given_back.refunds:
        known = before.get(refund.id)
        if known is None and refund.by_bank and refund.request:
            made.append("RefundByBank")
        if not refund.stands and (known is None or known.stands):
            made.append("RefundFailed")
    new = (one for one in to.given_back.disputes if disputed.get(one.id) != one.status)
    return made + ["PaymentDisputed" for one in new if not one.ended_well]
