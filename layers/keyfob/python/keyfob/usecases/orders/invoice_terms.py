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
from keyfob.domain.orders.line import Line
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
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
        renewed = [live for line in order.lines if (live := self._renewed(order, line))]
        ends = {live.id: live.revokes_at(self._policy) for live in renewed}
        clears_until = min(
            (invoices_clear_until(revokes, self._policy) for revokes in ends.values()),
            default=None,
        )
        if clears_until:
            invoicing.require_clearing(order.placed_at, clears_until, confirmed=confirmed)
        deadline = min((self._deadline(live, ends[live.id]) for live in renewed), default=None)
        due = invoicing.due_of(order.placed_at, deadline, self._policy)
        return replace(order, checkout_ends=due, clears_until=clears_until)

    def credit(self, order: Order) -> Update:
        """The write that counts the order toward its organization's credit.

        Raises:
            CreditLimitReached: with it, the organization would owe more than it may.
        """
        organization, currency = order.organization, order.currency
        limits = self._customers.limits(organization).limits
        limit = limits.get(currency, self._policy.credit_limit)
        # An order that is overtaken after this fails on the write's condition, and is judged again.
        if self._customers.unpaid(organization, currency) + order.total > limit:
            raise CreditLimitReached
        return rows.take_credit(organization, currency, order.total, limit=limit)

    def _renewed(self, order: Order, line: Line) -> Credential | None:
        """The credential that this line renews."""
        if line.kind is not ProductKind.RENEWAL:
            return None
        live = self._credentials.live(order.owner_of(line))
        return live if live and live.id == line.credential else None

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
