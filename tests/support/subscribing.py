"""Subscriptions of organizations, made without the routes that make them."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.storage.access.store import AccessStore, put_subscription
from keyfob.storage.database import Database
from keyfob.storage.transaction import Transactions
from keyfob.wiring.runtime import Runtime


def subscribed_in(base: Runtime, application: str) -> None:
    """The same over a function's runtime."""
    subscribed(base.database, base.transactions, base.clock(), application)


def subscribed(
    database: Database,
    transactions: Transactions,
    now: datetime,
    application: str,
    *,
    organization: str = "acme",
    partner: str = "northwind",
) -> None:
    """The organization has an active subscription; again changes nothing."""
    if AccessStore(database).subscription(organization, application):
        return
    made = Subscription(
        organization=organization,
        application=application,
        partner=partner,
        state=SubscriptionState.ACTIVE,
        since=now,
    )
    by = Actor(kind="operator", id="console")
    entry = Entry(action="subscription.added", actor=by, at=now, subject=made.subject)
    transactions.commit(put_subscription(made), audit=[entry])
