"""Subscriptions of organizations, made without the routes that make them."""

from __future__ import annotations

from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.storage.access.store import AccessStore, put_subscription
from keyfob.wiring.runtime import Runtime


def subscribed(
    base: Runtime, application: str, *, organization: str = "acme", partner: str = "northwind"
) -> None:
    """The organization has an active subscription; again changes nothing."""
    if AccessStore(base.database).subscription(organization, application):
        return
    made = Subscription(
        organization=organization,
        application=application,
        partner=partner,
        state=SubscriptionState.ACTIVE,
        since=base.clock().replace(microsecond=0),
    )
    by = Actor(kind="operator", id="console")
    entry = Entry(action="subscription.added", actor=by, at=base.clock(), subject=made.subject)
    base.transactions.commit(put_subscription(made), audit=[entry])
