"""Counts upcoming milestones by kind, organization and day. Pure; days are those of UTC.

It has no rules of its own: each credential and each campaign goes through the clock's own decisions
(`domain/credentials/milestones.py`, `domain/sponsorships/campaign.py`), as if the clock looked at
every second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.lifecycle import perform
from keyfob.domain.credentials.milestones import MilestoneKind, due, next_due
from keyfob.domain.forecast.period import Period
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.domain.sponsorships.forecast import OfferMilestone
from keyfob.domain.sponsorships.forecast import ahead as offers_ahead


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Kind:
    """A kind of milestone; reminders are counted by their `days` before the end."""

    milestone: MilestoneKind | OfferMilestone
    days: int | None = None

    @property
    def name(self) -> str:
        """The name for programs: `expiry`, `reminder_30`."""
        return self.milestone if self.days is None else f"{self.milestone}_{self.days}"

    @property
    def label(self) -> str:
        """The name for people."""
        label = self.milestone.replace("_", " ").capitalize()
        return label if self.days is None else f"{label}, {self.days} days before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A kind of milestone due for one organization on one day."""

    day: date
    organization: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Counts of due milestones, of `credentials` in all; `kinds` are in the order of a life.

    Those of offers that nobody has accepted come last.
    """

    period: Period
    made_at: datetime
    kinds: tuple[Kind, ...]
    credentials: int
    counts: Mapping[Due, int]

    @property
    def total(self) -> int:
        """The sum of all counts; also the number of mails, since each one notifies its holder."""
        return sum(self.counts.values())

    def by_kind(self) -> dict[Kind, int]:
        """The counts of all kinds, zeros included."""
        found = Counter[Kind]()
        for one, count in self.counts.items():
            found[one.kind] += count
        return {kind: found[kind] for kind in self.kinds}

    def by_day(self) -> dict[date, Counter[Kind]]:
        """The counts of every day of the period, in order."""
        days = {day: Counter[Kind]() for day in self.period.days}
        for one, count in self.counts.items():
            days[one.day][one.kind] += count
        return days

    def by_organization(self) -> dict[str, dict[date, Counter[Kind]]]:
        """The counts of days with something due, in order; the busiest organization first."""
        found: dict[str, dict[date, Counter[Kind]]] = {}
        for one, count in sorted(self.counts.items(), key=lambda item: item[0].day):
            days = found.setdefault(one.organization, {})
            days.setdefault(one.day, Counter())[one.kind] += count
        return dict(sorted(found.items(), key=lambda item: (-_all_of(item[1]), item[0])))

    def peak(self) -> tuple[date, int] | None:
        """The first day with the highest count, and that count; None if nothing is due."""
        days = {day: kinds.total() for day, kinds in self.by_day().items()}
        day = max(days, key=lambda one: days[one])
        return (day, days[day]) if days[day] else None


class Count:
    """Counts credentials one after the other; keeps only sums."""

    def __init__(self, period: Period, now: datetime, policy: Policy) -> None:
        self._period = period
        self._now = now
        self._policy = policy
        self._credentials = 0
        self._counts = Counter[Due]()

    def add(self, credential: Credential) -> None:
        """Count the milestones of a live credential within the period."""
        comes = False
        for at, kind in ahead(credential, self._now, self._period.end, self._policy):
            if at >= self._period.start:
                comes = True
                due_then = Due(day=at.date(), organization=credential.organization, kind=kind)
                self._counts[due_then] += 1
        self._credentials += comes

    def add_offers(self, campaign: Campaign, organizations: Iterable[str]) -> None:
        """Count the milestones of a campaign's open offers, which are these organizations'."""
        homes = Counter(organizations)
        for at, milestone in offers_ahead(campaign, self._now, self._period.end, self._policy):
            if at >= self._period.start:
                for organization, count in homes.items():
                    kind = Kind(milestone=milestone)
                    due_then = Due(day=at.date(), organization=organization, kind=kind)
                    self._counts[due_then] += count

    def forecast(self) -> Forecast:
        """The forecast from all counts."""
        return Forecast(
            period=self._period,
            made_at=self._now,
            kinds=kinds(self._policy),
            credentials=self._credentials,
            counts=self._counts,
        )


def kinds(policy: Policy) -> tuple[Kind, ...]:
    """All kinds, in the order of a credential's life, then those of offers."""
    reminders = sorted({before.days for before in policy.revocation_reminders}, reverse=True)
    return (
        Kind(milestone=MilestoneKind.RENEWAL_NOTICE),
        Kind(milestone=MilestoneKind.EXPIRY),
        *(Kind(milestone=MilestoneKind.REMINDER, days=days) for days in reminders),
        Kind(milestone=MilestoneKind.REVOCATION),
        *(Kind(milestone=milestone) for milestone in OfferMilestone),
    )


def ahead(
    credential: Credential, now: datetime, end: datetime, policy: Policy
) -> Iterator[tuple[datetime, Kind]]:
    """The milestones of a live credential with their instants, from `now` until before `end`.

    Overdue ones are done now, and of several only the most urgent (S44).
    """
    at = next_due(credential, now, policy)
    while at < end and (milestone := due(credential, at, policy)):
        yield at, Kind(milestone=milestone.kind, days=milestone.days)
        if milestone.kind is MilestoneKind.REVOCATION:
            return
        credential = perform(milestone, credential, at).credential
        at = next_due(credential, at, policy)


def _all_of(days: Mapping[date, Counter[Kind]]) -> int:
    return sum(kinds.total() for kinds in days.values())
