"""Loading partners, products, organizations and accounts. Loading again adds only what is new.

Entries record the values before and after (S60). They stay for ever, so that of an account they
have neither names nor addresses, and of partners and organizations no names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.audit.facts import added as as_facts
from keyfob.domain.clock import Clock
from keyfob.domain.directory.organization import Organization
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.product import Product
from keyfob.storage.directory import store as rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.rows import Put, Update
from keyfob.storage.transaction import Transactions
from keyfob.usecases.access.subscribing import SeedSubscriptions
from keyfob.usecases.directory import organizations as organizations_of
from keyfob.usecases.directory.accounts import NewAccount, made


class PasswordStore(Protocol):
    """Where passwords are created."""

    def create(self, account: str, temporary_password: str) -> None:
        """Add an account that must change this password; leaves an existing account as it is."""


def _shown(application: Application) -> str:
    only = ", hardware only" if application.hardware_only else ""
    return f"{application.id} (level {application.level}{only})"


class InitialData:
    """Adds each thing in its own transaction with an audit entry; resumes if interrupted."""

    def __init__(
        self,
        *,
        directory: Directory,
        catalog: Catalog,
        passwords: PasswordStore,
        subscriptions: SeedSubscriptions,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._subscriptions = subscriptions
        self._catalog = catalog
        self._passwords = passwords
        self._transactions = transactions
        self._clock = clock

    def partners(self, partners: Iterable[Partner], *, by: Actor) -> int:
        """Add the partners that are new.

        Raises:
            InvalidInput: another partner has an application of the same id; nothing was added.
        """
        new = [one for one in partners if self._directory.partner(one.id) is None]
        self.require_own_applications(new)
        for partner in new:
            facts = as_facts(
                {
                    "applications": tuple(map(_shown, partner.applications)),
                    "approves_credentials": partner.approves_credentials,
                    "proofing_questions": partner.proofing_questions,
                }
            )
            put = rows.put_partner(partner)
            reserved = [
                rows.reserve_application(one.id, partner.id) for one in partner.applications
            ]
            entry = self._entry("partner.added", put, by, facts)
            self._transactions.commit(put, *reserved, audit=[entry])
        return len(new)

    def require_own_applications(self, partners: Iterable[Partner]) -> None:
        """Refuse ids of applications that another partner has.

        Raises:
            InvalidInput: naming the first one.
        """
        known = self._directory.partners()
        holders = {app.id: one.id for one in known for app in one.applications}
        for partner in partners:
            for app in partner.applications:
                if holders.setdefault(app.id, partner.id) != partner.id:
                    raise InvalidInput(
                        fields={"partners": f"another partner has an application {app.id}"}
                    )

    def organizations(
        self,
        organizations: Iterable[Organization],
        *,
        by: Actor,
        domains: Mapping[str, Sequence[str]] | None = None,
    ) -> int:
        """Add the organizations that are new; `domains` are their mail domains, by their ids."""
        new = [one for one in organizations if self._directory.organization(one.id) is None]
        for organization in new:
            known_by = (domains or {}).get(organization.id, ())
            part = organizations_of.made(organization, domains=known_by, by=by, clock=self._clock)
            self._transactions.commit(*part.writes, audit=part.audit)
        return len(new)

    def products(self, products: Iterable[Product], *, by: Actor) -> int:
        """Bring the catalog to this content: adds new products, changes different ones (B1).

        Raises:
            InvalidInput: a change of a product without a reason, or of its kind or proofing;
                nothing was added or changed.
        """
        changes = [change for change in map(self._catalog.put, products) if change]
        if not by.reason and not all(change.is_new for change in changes):
            raise InvalidInput(fields={"reason": "a change of a product takes a reason"})
        for change in changes:
            action = "product.added" if change.is_new else "product.changed"
            self._add(change.write, action, by, change.facts)
        return len(changes)

    def accounts(
        self, accounts: Iterable[NewAccount], *, by: Actor, partners: Sequence[Partner] = ()
    ) -> int:
        """Add the accounts whose user ids are new, and their organizations' subscriptions.

        `partners` were just loaded: a list of all may not show them yet.
        """
        added = 0
        for new in accounts:
            existing = self._directory.account_of(new.account.user_id)
            account_id = existing or self._add_account(new, by)
            if existing and Role.ORGANIZATION_ADMINISTRATOR in new.roles:
                self._list_administrator(existing, by)
            if new.temporary_password:
                # Also for an existing account: the process may have died between the two steps.
                self._passwords.create(account_id, new.temporary_password)
            known = replace(new.account, id=account_id)
            self._subscriptions.of(known, new.roles, partners, by=by)
            added += existing is None
        return added

    def _add_account(self, new: NewAccount, by: Actor) -> str:
        part = made(new, by=by, clock=self._clock)
        self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
        return new.account.id

    def _list_administrator(self, account_id: str, by: Actor) -> None:
        """List an administrator that was added before there was such a list."""
        account = self._directory.account(account_id)
        if account and account_id not in self._directory.administrators(account.organization):
            entry = Entry(
                action="administrator.listed",
                actor=by.acting_for(account_id),
                at=self._clock(),
            )
            self._transactions.commit(
                rows.list_administrator(account, self._clock()), audit=[entry]
            )

    def _add(self, write: Put | Update, action: str, by: Actor, facts: Facts) -> None:
        self._transactions.commit(write, audit=[self._entry(action, write, by, facts)])

    def _entry(self, action: str, write: Put | Update, by: Actor, facts: Facts) -> Entry:
        subject = write.subject.id if write.subject else None
        return Entry(action=action, actor=by, at=self._clock(), subject=subject, facts=facts)
