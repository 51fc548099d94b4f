"""The rows of organizations that buy by invoice: `CUSTOMER#<organization>` in the `orders` table.

`PROVIDER` is its customer at the payment provider, `-` the credit limits that an operator set, and
`CREDIT#<currency>` counts its unpaid invoices. The count changes with every order, so it is no
audit subject; the orders' own entries prove it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain.audit.entry import GENESIS
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import AuditedRow, Put, Row, Subject, Update

_PROVIDER = "PROVIDER"
_LIMITS = "-"


class CustomerRow(Row):
    """The organization's customer; `reference` is random, for the keys of its creation."""

    class Meta:
        table_name = "orders"

    reference = UnicodeAttribute()
    attempt = NumberAttribute()
    customer = UnicodeAttribute(null=True)


class CreditLimitRow(AuditedRow):
    """The organization's own credit limits by currency, in minor units."""

    class Meta:
        table_name = "orders"

    limits = JSONAttribute()


class CreditRow(Row):
    """The sum of the organization's unpaid invoices of one currency."""

    class Meta:
        table_name = "orders"

    unpaid = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An organization's customer at the provider; no `id` as long as it isn't known."""

    organization: str
    reference: str
    attempt: int
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLimits:
    """The limits that were set, with the row's version."""

    organization: str
    limits: Mapping[str, int]
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"CUSTOMER#{self.organization}"


class CustomerStore:
    """Reads and writes the customers of organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, organization: str) -> Customer | None:
        """The organization's customer, strongly consistent."""
        row = self._database.get(CustomerRow, _pk(organization), _PROVIDER)
        return _customer(organization, row) if row else None

    def begin(self, organization: str, reference: str) -> Customer:
        """The organization's customer, made here unless somebody else was faster."""
        row = CustomerRow(_pk(organization), _PROVIDER, reference=reference, attempt=1)
        try:
            self._database.write(Put(row=row))
        except Conflict:
            return self.get(organization) or self.begin(organization, reference)
        return _customer(organization, row)

    def name(self, seen: Customer, customer: str) -> str:
        """Record the customer's id; the first one counts, and is returned."""
        actions = [CustomerRow.customer.set(customer)]
        return self._changed(seen, actions, CustomerRow.customer.does_not_exist()).id or customer

    def fail(self, seen: Customer) -> None:
        """Use another key when the customer is made next."""
        later = CustomerRow.attempt.set(seen.attempt + 1)
        self._changed(seen, [later], CustomerRow.attempt == seen.attempt)

    def forget(self, seen: Customer) -> None:
        """Forget the customer's id, so that another one is made."""
        actions = [CustomerRow.customer.remove(), CustomerRow.attempt.set(seen.attempt + 1)]
        self._changed(seen, actions, CustomerRow.customer == seen.id)

    def limits(self, organization: str) -> CreditLimits:
        """The credit limits that an operator set for the organization."""
        row = self._database.get(CreditLimitRow, _pk(organization), _LIMITS)
        if row is None:
            return CreditLimits(organization=organization, limits={})
        return CreditLimits(
            organization=organization,
            limits={name: int(limit) for name, limit in row.limits.items()},
            version=int(row.version),
            head=row.head,
        )

    def unpaid(self, organization: str, currency: str) -> int:
        """The sum of the organization's unpaid invoices, strongly consistent."""
        row = self._database.get(CreditRow, *_credit_key(organization, currency))
        return int(row.unpaid) if row else 0

    def _changed(self, seen: Customer, actions: list[Any], condition: Any) -> Customer:
        update = Update(
            row=CustomerRow,
            key=(_pk(seen.organization), _PROVIDER),
            actions=actions,
            condition=condition,
        )
        with suppress(Conflict):  # somebody else was faster: theirs counts
            self._database.write(update)
        return self.get(seen.organization) or seen


def put_limits(seen: CreditLimits, limits: Mapping[str, int]) -> Put | Update:
    """The write that sets an organization's credit limits."""
    subject = Subject(id=seen.subject, number=seen.version, head=seen.head)
    key = (_pk(seen.organization), _LIMITS)
    if not seen.version:
        return Put(row=CreditLimitRow(*key, limits=dict(limits)), subject=subject)
    actions = [CreditLimitRow.limits.set(dict(limits))]
    return Update(row=CreditLimitRow, key=key, actions=actions, subject=subject)


def take_credit(organization: str, currency: str, amount: int, *, limit: int) -> Update:
    """The update that adds an unpaid invoice, if the sum stays within `limit`."""
    sum_ = CreditRow.unpaid
    return Update(
        row=CreditRow,
        key=_credit_key(organization, currency),
        actions=[sum_.set((sum_ | 0) + amount)],
        condition=sum_.does_not_exist() | (sum_ <= limit - amount),
    )


def free_credit(organization: str, currency: str, amount: int) -> Update:
    """The update that takes an invoice off the unpaid ones, once: with the order's own change."""
    return Update(
        row=CreditRow,
        key=_credit_key(organization, currency),
        actions=[CreditRow.unpaid.set(CreditRow.unpaid - amount)],
        condition=CreditRow.pk.exists(),
    )


def _pk(organization: str) -> str:
    return f"CUSTOMER#{organization}"


def _credit_key(organization: str, currency: str) -> tuple[str, str]:
    return _pk(organization), f"CREDIT#{currency}"


def _customer(organization: str, row: CustomerRow) -> Customer:
    return Customer(
        organization=organization,
        reference=row.reference,
        attempt=int(row.attempt),
        id=row.customer,
    )
