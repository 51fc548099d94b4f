"""Notifications about access and subscriptions. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keyfob.domain.access.access import Access, Change
from keyfob.domain.access.subscription import Subscription
from keyfob.domain.directory.partner import Application
from keyfob.domain.messages.facts import AccessFacts, SubscriptionFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message

_TOLD = {
    Change.REQUESTED: Kind.ACCESS_REQUESTED,
    Change.APPROVED: Kind.ACCESS_APPROVED,
    Change.DENIED: Kind.ACCESS_DENIED,
    Change.REMOVED: Kind.ACCESS_REMOVED,
}


def about_access(
    access: Access,
    change: Change,
    application: Application,
    readers: Iterable[str],
    *,
    version: int,
    correlation: str,
) -> list[Message]:
    """Tell the `readers` (accounts) of a change of access; `version` is that of its row then."""
    facts = AccessFacts(
        account=access.account,
        application=application.id,
        application_name=application.name,
        at=access.at.isoformat(timespec="seconds"),
    )
    return [
        Message(
            kind=_TOLD[change],
            subject=access.subject,
            version=version,
            recipient=reader,
            facts=facts,
            correlation=correlation,
        )
        for reader in readers
    ]


def about_end(
    subscription: Subscription,
    application: str,
    partner: str,
    readers: Iterable[str],
    now: datetime,
    *,
    version: int,
    correlation: str,
) -> list[Message]:
    """Tell the `readers` (accounts) that a subscription has ended.

    `application` and `partner` are names.
    """
    facts = SubscriptionFacts(
        application_name=application, partner=partner, at=now.isoformat(timespec="seconds")
    )
    return [
        Message(
            kind=Kind.SUBSCRIPTION_ENDED,
            subject=subscription.subject,
            version=version,
            recipient=reader,
            facts=facts,
            correlation=correlation,
        )
        for reader in readers
    ]
