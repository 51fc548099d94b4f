"""Subscriptions are made here, the one way for registrations, administrators and the seed (A6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial

from keyfob.domain.access.subscription import Subscription, subscribed
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.directory.role import Role
from keyfob.storage.access import store as rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.rows import Subject
from keyfob.storage.transaction import TransactionPart, Transactions


def made(subscription: Subscription, *, by: Actor) -> TransactionPart:
    """The part of a transaction that adds this subscription; one that exists is a conflict."""
    entry = Entry(
        action="subscription.added",
        actor=by,
        at=subscription.since,
        subject=subscription.subject,
        facts={"partner": subscription.partner, "state": str(subscription.state)},
    )
    return TransactionPart(writes=[rows.put_subscription(subscription)], audit=[entry])


class SeedSubscriptions:
    """Gives every application of a loaded account the subscription of its organization."""

    def __init__(
        self,
        *,
        access: AccessStore,
        directory: Directory,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._access = access
        self._directory = directory
        self._transactions = transactions
        self._clock = clock

    def of(
        self,
        account: Account,
        roles: Collection[Role],
        partners: Iterable[Partner],
        *,
        by: Actor,
    ) -> None:
        """Add the subscriptions that are missing; an application administrator joins each.

        Args:
            account: new or loaded before.
            roles: the account's.
            partners: those that were just loaded, which a list may not show yet.
            by: the operator.
        """
        administers = Role.APPLICATION_ADMINISTRATOR in roles
        administrators = (account.id,) if administers else ()
        for application in account.applications:
            self._transactions.retry_on_conflict(
                partial(self._ensure, account, application, administrators, partners, by)
            )

    def _ensure(
        self,
        account: Account,
        application: str,
        administrators: tuple[str, ...],
        partners: Iterable[Partner],
        by: Actor,
    ) -> None:
        found = self._access.subscription(account.organization, application)
        if found is None:
            self._add(account.organization, application, administrators, partners, by)
        elif not set(administrators) <= set(found[0].administrators):
            self._join(*found, administrators, by)

    def _add(
        self,
        organization: str,
        application: str,
        administrators: tuple[str, ...],
        partners: Iterable[Partner],
        by: Actor,
    ) -> None:
        offered = _offered(application, partners)
        offered = offered or _offered(application, self._directory.partners())
        if offered is None:
            return
        partner, found = offered
        now = in_seconds(self._clock)
        subscription = subscribed(
            organization, found, partner.id, now, administrators=administrators
        )
        part = made(subscription, by=by)
        self._transactions.commit(*part.writes, audit=part.audit)

    def _join(
        self, seen: Subscription, subject: Subject, administrators: tuple[str, ...], by: Actor
    ) -> None:
        to = replace(seen, administrators=(*seen.administrators, *administrators))
        entry = Entry(
            action="subscription.administrator_added",
            actor=by,
            at=self._clock(),
            subject=subject.id,
            facts={"administrator": ", ".join(administrators)},
        )
        self._transactions.commit(rows.change_subscription(seen, to, subject), audit=[entry])


def _offered(application: str, partners: Iterable[Partner]) -> tuple[Partner, Application] | None:
    for partner in partners:
        found = partner.application(application)
        if found:
            return partner, found
    return None
