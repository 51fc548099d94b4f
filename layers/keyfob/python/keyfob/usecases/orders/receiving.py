"""Operators' acts about money: transfers received, credit limits, money that is held (G2)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.audit.facts import changed
from keyfob.domain.clock import Clock
from keyfob.domain.errors import InvalidInput, NotFound
from keyfob.domain.orders import holding, invoicing
from keyfob.domain.orders.order import Order
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders import customers as rows
from keyfob.storage.orders.customers import CustomerStore
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.orders.service import OrderService

# Somebody at the bank may be a day ahead of UTC's date.
_A_DAY = timedelta(days=1)


class SurplusOutcome(StrEnum):
    """The way that a surplus went."""

    PAID_BACK = "paid_back"
    USED = "used"
    KEPT = "kept"


class Receiving:
    """Records transfers, which the provider's invoice gets by an effect; decides about the rest."""

    def __init__(
        self,
        service: OrderService,
        orders: OrderStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._service = service
        self._orders = orders
        self._transactions = transactions
        self._clock = clock

    def mark_paid(
        self, number: str, *, reference: str, on: date, amount: int | None, by: Actor
    ) -> Order:
        """Record money that arrived by bank; without an amount, all that remains.

        Raises:
            NotFound: there is no such order.
            IllegalTransition: it has no unpaid invoice.
            InvalidInput: the day lies in the future, or before the order.
            PaymentAlreadyRecorded: this transfer was entered before.
        """
        order = self._service.get(number)
        if not order.placed_at.date() - _A_DAY <= on <= self._clock().date():
            raise InvalidInput(fields={"on": "must lie between the order and today"})
        return self._service.decide(
            number,
            lambda seen: invoicing.receive(
                seen, reference=reference, on=on.isoformat(), amount=amount
            ),
            by=by,
        )

    def held(self, *, limit: int) -> list[Order]:
        """The orders whose money waits for an operator: held, or with a surplus."""
        return self._orders.awaiting_decision(limit=limit)

    def release(self, number: str, *, by: Actor) -> Order:
        """Take a held payment for what the order costs; the clock fulfills the order.

        Raises:
            NotFound: there is no such order.
            IllegalTransition: it isn't held, or its money goes back.
        """
        return self._service.decide(number, holding.release, by=by)

    def refund(self, number: str, *, by: Actor) -> Order:
        """Give a held payment back, by an effect.

        Raises:
            NotFound: there is no such order.
            IllegalTransition: it isn't held, or was released.
        """
        return self._service.decide(number, holding.refund, by=by)

    def close_surplus(self, number: str, amount: int, outcome: SurplusOutcome, by: Actor) -> Order:
        """Note that this surplus was paid back by hand, used for something else or kept.

        Raises:
            NotFound: there is no such order.
            IllegalTransition: its open surplus is another one.
        """

        def attempt() -> Order:
            seen = self._service.get(number)
            facts: Facts = {"amount": amount, "currency": seen.currency, "outcome": outcome}
            part = TransactionPart(facts=facts)
            return self._service.commit(seen, holding.close_surplus(seen, amount), by=by, part=part)

        return self._transactions.retry_on_conflict(attempt)


class CreditLimits:
    """Sets the credit limits of organizations."""

    def __init__(
        self,
        *,
        directory: Directory,
        customers: CustomerStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._customers = customers
        self._transactions = transactions
        self._clock = clock

    def set(self, organization: str, currency: str, limit: int, *, by: Actor) -> int:
        """Set the most that it may owe in this currency; returns what it owes now.

        Setting it again changes nothing.

        Raises:
            NotFound: there is no such organization.
        """
        if self._directory.organization(organization) is None:
            raise NotFound("There is no organization with this id.")
        self._transactions.retry_on_conflict(lambda: self._set(organization, currency, limit, by))
        return self._customers.unpaid(organization, currency)

    def _set(self, organization: str, currency: str, limit: int, by: Actor) -> None:
        seen = self._customers.limits(organization)
        before = seen.limits.get(currency)
        if before == limit:
            return
        entry = Entry(
            action="customer.credit_limit_set",
            actor=by,
            at=self._clock(),
            subject=seen.subject,
            facts={"currency": currency, **changed({"limit": before}, {"limit": limit})},
        )
        write = rows.put_limits(seen, {**seen.limits, currency: limit})
        self._transactions.commit(write, audit=[entry])
