"""Subscriptions of organizations to applications (A4, A6). Pure.

    terms      subscribed; an administrator has to accept the application's terms
    active     its accounts may use the application
    ended      they may not any more

An application without terms is active at once. Terms are outstanding as well when the application
has a newer version that asks for acceptance anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.directory.partner import Application


class SubscriptionState(StrEnum):
    """The state of a subscription."""

    TERMS = "terms"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Which version of the terms was accepted, by which account, when."""

    version: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An organization's subscription to an application.

    `administrators` are the accounts that approve who may use the application: its application
    administrators.
    """

    organization: str
    application: str
    partner: str
    state: SubscriptionState
    since: datetime
    administrators: tuple[str, ...] = ()
    accepted: Acceptance | None = None

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"SUBSCRIPTION#{self.organization}#{self.application}"


def subscribed(
    organization: str,
    application: Application,
    partner: str,
    now: datetime,
    *,
    administrators: tuple[str, ...] = (),
) -> Subscription:
    """A new subscription; active at once if the application has no terms."""
    return Subscription(
        organization=organization,
        application=application.id,
        partner=partner,
        state=SubscriptionState.TERMS if application.terms else SubscriptionState.ACTIVE,
        since=now,
        administrators=administrators,
    )


def terms_outstanding(subscription: Subscription, application: Application) -> bool:
    """Whether an administrator of the organization has to accept the application's terms."""
    terms = application.terms
    if terms is None or subscription.state is SubscriptionState.ENDED:
        return False
    accepted = subscription.accepted
    if accepted is None:
        return True
    return terms.reacceptance and accepted.version != terms.version


def is_open(subscription: Subscription, application: Application) -> bool:
    """Whether the organization's accounts may use the application, or ask for it."""
    ended = subscription.state is SubscriptionState.ENDED
    return not ended and not terms_outstanding(subscription, application)


def ended(subscription: Subscription) -> Subscription:
    """The subscription after its end; ending it again changes nothing."""
    return replace(subscription, state=SubscriptionState.ENDED)


def accepted(
    subscription: Subscription, application: Application, by: str, now: datetime
) -> Subscription:
    """The subscription with the current version of the terms accepted by this account."""
    version = application.terms.version if application.terms else ""
    return replace(
        subscription,
        state=SubscriptionState.ACTIVE,
        accepted=Acceptance(version=version, by=by, at=now),
    )
