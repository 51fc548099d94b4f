"""The terms on which a cart can be paid by invoice: its due date and the organization's credit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import invoices_clear_until
from keyfob.domain.credentials.deadline import last_business_day_before
from keyfob.domain.errors import NotFound
from keyfob.domain.orders import invoicing
from keyfob.domain.orders.errors import CreditLimitReached
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders import customers as rows
from keyfob.storage.orders.customers import CustomerStore
from keyfob.storage.rows import Update


class InvoiceTerms:
    """Judges orders before they are placed."""

    def __init__(
        self,
        *,
        directory: Directory,
        credentials: CredentialStore,
        customers: CustomerStore,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._credentials = credentials
        self._customers = customers
        self._policy = policy

    def due(self, order: Order, *, confirmed: bool) -> Order:
        """The order with its invoice's due date.

        Raises:
            InvoiceTooLate: it renews a credential that is revoked before the money would be there,
                and that wasn't confirmed; or no business day is left (F7).
        """
        live = self._credentials.live(order.account) if order.renews else None
        if live is None or live.id != order.renews:
            due = invoicing.due_of(order.placed_at, None, self._policy)
            return replace(order, checkout_ends=due)
        revokes = live.revokes_at(self._policy)
        clears_until = invoices_clear_until(revokes, self._policy)
        invoicing.require_clearing(order.placed_at, clears_until, confirmed=confirmed)
        due = invoicing.due_of(order.placed_at, self._deadline(live, revokes), self._policy)
        return replace(order, checkout_ends=due, clears_until=clears_until)

    def credit(self, order: Order) -> Update:
        """The write that counts the order toward its organization's credit.

        Raises:
            CreditLimitReached: with it, the organization would owe more than it may.
        """
        organization, currency = order.organization, order.currency
        limits = self._customers.limits(organization).limits
        limit = limits.get(currency, self._policy.credit_limit)
        # Who is overtaken after this fails on the write's condition, and is judged again.
        if self._customers.unpaid(organization, currency) + order.total > limit:
            raise CreditLimitReached
        return rows.take_credit(organization, currency, order.total, limit=limit)

    def _deadline(self, live: Credential, revokes: datetime) -> datetime:
        home = self._directory.organization(live.organization)
        if home is None:
            raise NotFound
        return last_business_day_before(
            revokes,
            country=home.country,
            subdivision=home.subdivision,
            zone=home.time_zone,
            ends=self._policy.business_day_ends,
        )
