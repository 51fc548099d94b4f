"""Milestones of a credential: what the clock does to it, and when (F6, F7, S44). Pure; in UTC.

    renewal notice ──▶ expiry ──▶ reminders ──▶ revocation
    E - 30 days        E          R - 30, 15, 3 days   R = E + 1 year, or 60 days after a suspension

A day is 24 hours. Milestones at or after R never come. If several are overdue together, only the
last one is done: it is the most urgent, and its notification covers the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import renewal_from
from keyfob.domain.policy import Policy


class MilestoneKind(StrEnum):
    """Kinds of milestones."""

    RENEWAL_NOTICE = "renewal_notice"
    EXPIRY = "expiry"
    REMINDER = "reminder"
    REVOCATION = "revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """An instant at which the clock acts; a reminder has its `days` before R."""

    at: datetime
    kind: MilestoneKind
    days: int | None = None


def milestones(credential: Credential, policy: Policy) -> list[Milestone]:
    """All milestones of a live credential if nobody acts, done or not, in order.

    The last one is its revocation.
    """
    ends = credential.revokes_at(policy)
    told = [
        Milestone(
            at=renewal_from(credential.expires_at, policy), kind=MilestoneKind.RENEWAL_NOTICE
        ),
        Milestone(at=credential.expires_at, kind=MilestoneKind.EXPIRY),
        *(
            Milestone(at=ends - before, kind=MilestoneKind.REMINDER, days=before.days)
            for before in policy.revocation_reminders
        ),
    ]
    # Stable sort: at the same instant the reminder comes later, being more urgent.
    in_order = sorted((one for one in told if one.at < ends), key=lambda one: one.at)
    return [*in_order, Milestone(at=ends, kind=MilestoneKind.REVOCATION)]


def due(credential: Credential, now: datetime, policy: Policy) -> Milestone | None:
    """The most urgent milestone that is overdue at `now`, or None."""
    overdue = [one for one in _left(credential, policy) if one.at <= now]
    return overdue[-1] if overdue else None


def next_due(credential: Credential, now: datetime, policy: Policy) -> datetime:
    """When the clock must look at it next; `now` if something is overdue."""
    return max(_left(credential, policy)[0].at, now)


def clock_facts(credential: Credential) -> tuple[object, ...]:
    """The facts that determine its milestones; other changes need no new plan."""
    return (
        credential.expires_at,
        credential.suspensions,
        credential.told_at,
    )


def _left(credential: Credential, policy: Policy) -> list[Milestone]:
    told = credential.told_at
    return [
        one
        for one in milestones(credential, policy)
        if told is None or one.at > told or one.kind is MilestoneKind.REVOCATION
    ]
