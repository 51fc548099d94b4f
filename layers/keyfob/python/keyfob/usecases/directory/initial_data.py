"""Loading partners, products, organizations and accounts. Loading again adds only what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import Account, Organization, Partner
from keyfob.domain.directory.role import Role
from keyfob.domain.orders.product import Product
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.directory import store as rows
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.rows import Put, Update
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.transaction import Transactions


class PasswordStore(Protocol):
    """Where passwords are created."""

    def create(self, account: str, temporary_password: str) -> None:
        """Add an account that must change this password; leaves an existing account as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account to add; its id is made when it is added."""

    account: Account
    roles: tuple[Role, ...]
    temporary_password: str


class InitialData:
    """Adds each thing in its own transaction with an audit entry; resumes if interrupted."""

    def __init__(
        self,
        *,
        directory: Directory,
        catalog: Catalog,
        passwords: PasswordStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._catalog = catalog
        self._passwords = passwords
        self._transactions = transactions
        self._clock = clock

    def partners(self, partners: Iterable[Partner], *, by: Actor) -> int:
        """Add the partners that are new."""
        new = [one for one in partners if self._directory.partner(one.id) is None]
        for partner in new:
            self._add(rows.put_partner(partner), "partner.added", by)
        return len(new)

    def organizations(self, organizations: Iterable[Organization], *, by: Actor) -> int:
        """Add the organizations that are new."""
        new = [one for one in organizations if self._directory.organization(one.id) is None]
        for organization in new:
            self._add(rows.put_organization(organization), "organization.added", by)
        return len(new)

    def products(self, products: Iterable[Product], *, by: Actor) -> int:
        """Bring the catalog to this content: adds new products, changes different ones (B1)."""
        writes = [write for write in map(self._catalog.put, products) if write]
        for write in writes:
            self._add(write, "product.changed", by)
        return len(writes)

    def accounts(self, accounts: Iterable[NewAccount], *, by: Actor) -> int:
        """Add the accounts whose user ids are new, each with a temporary password."""
        added = 0
        for new in accounts:
            existing = self._directory.account_of(new.account.user_id)
            account_id = existing or self._add_account(new.account, new.roles, by)
            if existing and Role.ORGANIZATION_ADMINISTRATOR in new.roles:
                self._list_administrator(existing, by)
            # Also for an existing account: the process may have died between the two steps.
            self._passwords.create(account_id, new.temporary_password)
            added += existing is None
        return added

    def _add_account(self, account: Account, roles: tuple[Role, ...], by: Actor) -> str:
        put, user_id = rows.put_account(account)
        sessions = Sessions(
            account=account.id,
            organization=account.organization,
            roles=roles,
            active=account.active,
            epoch=1,
        )
        administers = Role.ORGANIZATION_ADMINISTRATOR in roles
        self._transactions.commit(
            put,
            user_id,
            session_rows.put(sessions),
            *([rows.list_administrator(account)] if administers else []),
            audit=[self._entry("account.added", put, by)],
        )
        return account.id

    def _list_administrator(self, account_id: str, by: Actor) -> None:
        """List an administrator that was added before there was such a list."""
        account = self._directory.account(account_id)
        if account and account_id not in self._directory.administrators(account.organization):
            entry = Entry(
                action="administrator.listed",
                actor=by.acting_for(account_id),
                at=self._clock(),
            )
            self._transactions.commit(rows.list_administrator(account), audit=[entry])

    def _add(self, write: Put | Update, action: str, by: Actor) -> None:
        self._transactions.commit(write, audit=[self._entry(action, write, by)])

    def _entry(self, action: str, write: Put | Update, by: Actor) -> Entry:
        subject = write.subject.id if write.subject else None
        return Entry(action=action, actor=by, at=self._clock(), subject=subject)


def new_account_id() -> str:
    """An id that reveals nothing about the person."""
    return ids.new_id("acc")
