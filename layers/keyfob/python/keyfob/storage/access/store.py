"""Subscriptions and access, in the `accounts` table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from keyfob.domain.access.access import Access, AccessState
from keyfob.domain.access.subscription import Acceptance, Subscription, SubscriptionState
from keyfob.domain.directory.account import Account
from keyfob.domain.due_index import instant
from keyfob.storage.database import Database
from keyfob.storage.rows import AuditedRow, Check, Put, Subject, Update, assign, differing

# The most rows of a page of a list.
PAGE = 50


class SubscriptionRow(AuditedRow):
    """(`SUBSCRIPTION#<organization>`, application); in the index `listed` of its partner."""

    class Meta:
        table_name = "accounts"

    partner = UnicodeAttribute()
    state = UnicodeAttribute()
    since = UnicodeAttribute()
    administrators = JSONAttribute()
    accepted_version = UnicodeAttribute(null=True)
    accepted_by = UnicodeAttribute(null=True)
    accepted_at = UnicodeAttribute(null=True)
    listed = UnicodeAttribute(null=True)


class AccessRow(AuditedRow):
    """(`ACCESS#<account>`, application); a request is in the index `listed` of its subscription."""

    class Meta:
        table_name = "accounts"

    organization = UnicodeAttribute()
    state = UnicodeAttribute()
    at = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    listed = UnicodeAttribute(null=True)


class AccessStore:
    """Reads subscriptions and access, each with its audit subject."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def subscription(
        self, organization: str, application: str
    ) -> tuple[Subscription, Subject] | None:
        """The organization's subscription to this application, ended or not."""
        row = self._database.get(SubscriptionRow, f"SUBSCRIPTION#{organization}", application)
        return (_subscription(row), _subject(row)) if row else None

    def subscriptions(self, organization: str) -> list[Subscription]:
        """Every subscription of the organization, by application."""
        return [one for one, _ in self.audited(organization)]

    def audited(self, organization: str) -> list[tuple[Subscription, Subject]]:
        """Every subscription of the organization, by application, with its audit subject."""
        items = self._database.query(SubscriptionRow, key=("pk", f"SUBSCRIPTION#{organization}"))
        rows = [SubscriptionRow.from_raw_data(item) for item in items]
        return [(_subscription(row), _subject(row)) for row in rows]

    def access(self, account: str, application: str) -> tuple[Access, Subject] | None:
        """The account's access to this application."""
        row = self._database.get(AccessRow, f"ACCESS#{account}", application)
        return (_access(row), _subject(row)) if row else None

    def access_of(self, account: str) -> list[Access]:
        """Everything that the account has asked for or was given, by application."""
        items = self._database.query(AccessRow, key=("pk", f"ACCESS#{account}"))
        return [_access(AccessRow.from_raw_data(item)) for item in items]

    def requests(
        self, organization: str, application: str, *, after: str = "", limit: int = PAGE
    ) -> tuple[list[Access], str]:
        """The requests that wait for the application's administrators in this organization.

        Args:
            organization: the administrators'.
            application: theirs.
            after: where the page before ended; empty for the first one.
            limit: the most requests to return.

        Returns:
            The requests, and where the page ends; empty if it is the last one.
        """
        listed = _waiting(organization, application)
        keys, end = self._listed(AccessRow, listed, after, limit)
        found = map(_access, self._database.get_many(AccessRow, keys))
        return [one for one in found if one.state is AccessState.REQUESTED], end

    def of_partner(
        self, partner: str, *, after: str = "", limit: int = PAGE
    ) -> tuple[list[Subscription], str]:
        """The subscriptions to the partner's applications, ended ones as well.

        A page has all of an organization, and so may be a little longer than the limit.
        """
        keys, end = self._listed(SubscriptionRow, _subscribed(partner), after, limit)
        return [_subscription(row) for row in self._database.get_many(SubscriptionRow, keys)], end

    def applications_of(self, account: Account) -> tuple[str, ...]:
        """The applications that the account may use: those whose subscription hasn't ended."""
        if not account.applications:
            return ()
        ended = {
            one.application
            for one in self.subscriptions(account.organization)
            if one.state is SubscriptionState.ENDED
        }
        return tuple(one for one in account.applications if one not in ended)

    def _listed(
        self, row: type[AuditedRow], listed: str, after: str, limit: int
    ) -> tuple[list[tuple[str, str]], str]:
        """The keys of a page, and where it ends. Rows of equal partition keys stay together."""
        items = self._database.query(
            row,
            index="listed",
            key=("listed", listed),
            since=("pk", after) if after else None,
            page=limit + 1,
        )
        keys: list[tuple[str, str]] = []
        for item in items:
            key = item["pk"]["S"], item["sk"]["S"]
            if len(keys) >= limit and key[0] != keys[-1][0]:
                return keys, key[0]
            keys.append(key)
        return keys, ""


def put_subscription(subscription: Subscription) -> Put:
    """The write that adds a subscription."""
    row = SubscriptionRow(
        f"SUBSCRIPTION#{subscription.organization}",
        subscription.application,
        **_of_subscription(subscription),
    )
    return Put(row=row, subject=Subject(id=subscription.subject))


def change_subscription(seen: Subscription, to: Subscription, subject: Subject) -> Update:
    """The update that turns `seen` into `to`."""
    return Update(
        row=SubscriptionRow,
        key=(f"SUBSCRIPTION#{seen.organization}", seen.application),
        actions=assign(SubscriptionRow, differing(_of_subscription(seen), _of_subscription(to))),
        subject=subject,
    )


def unchanged(subject: Subject) -> Check:
    """Condition check: this subscription is as it was read."""
    organization, _, application = subject.id.rpartition("#")
    return Check(
        row=SubscriptionRow,
        key=(organization, application),
        condition=SubscriptionRow.version == subject.number,
    )


def put_access(access: Access) -> Put:
    """The write that adds an account's first access to an application."""
    row = AccessRow(f"ACCESS#{access.account}", access.application, **_of_access(access))
    return Put(row=row, subject=Subject(id=access.subject))


def change_access(seen: Access, to: Access, subject: Subject) -> Update:
    """The update that turns `seen` into `to`."""
    return Update(
        row=AccessRow,
        key=(f"ACCESS#{seen.account}", seen.application),
        actions=assign(AccessRow, differing(_of_access(seen), _of_access(to))),
        subject=subject,
    )


def _of_subscription(one: Subscription) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "state": str(one.state),
        "since": instant(one.since),
        "administrators": list(one.administrators),
        "accepted_version": one.accepted.version if one.accepted else None,
        "accepted_by": one.accepted.by if one.accepted else None,
        "accepted_at": instant(one.accepted.at) if one.accepted else None,
        "listed": _subscribed(one.partner),
    }


def _of_access(one: Access) -> dict[str, Any]:
    waits = one.state is AccessState.REQUESTED
    return {
        "organization": one.organization,
        "state": str(one.state),
        "at": instant(one.at),
        "reason": one.reason or None,
        "decided_by": one.decided_by,
        "listed": _waiting(one.organization, one.application) if waits else None,
    }


def _subscribed(partner: str) -> str:
    return f"SUBSCRIBED#{partner}"


def _waiting(organization: str, application: str) -> str:
    return f"REQUESTED#{organization}#{application}"


def _subject(row: SubscriptionRow | AccessRow) -> Subject:
    return Subject(id=f"{row.pk}#{row.sk}", number=int(row.version), head=row.head)


def _subscription(row: SubscriptionRow) -> Subscription:
    accepted = None
    if row.accepted_version is not None and row.accepted_by and row.accepted_at:
        accepted = Acceptance(
            version=row.accepted_version,
            by=row.accepted_by,
            at=datetime.fromisoformat(row.accepted_at),
        )
    return Subscription(
        organization=row.pk.removeprefix("SUBSCRIPTION#"),
        application=row.sk,
        partner=row.partner,
        state=SubscriptionState(row.state),
        since=datetime.fromisoformat(row.since),
        administrators=tuple(row.administrators),
        accepted=accepted,
    )


def _access(row: AccessRow) -> Access:
    return Access(
        account=row.pk.removeprefix("ACCESS#"),
        organization=row.organization,
        application=row.sk,
        state=AccessState(row.state),
        at=datetime.fromisoformat(row.at),
        reason=row.reason or "",
        decided_by=row.decided_by,
    )
