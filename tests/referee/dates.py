"""The rules' dates, computed anew."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from .record import EXPIRED, LIFTED, NOTICE, REMINDER, RENEWED, SUSPENDED, Act

DAY = timedelta(seconds=24 * 60 * 60)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_REMINDED = (30, 15, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An instant at which the holder is notified."""

    at: datetime
    kind: str
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The facts that the dates follow from.

    `suspended` has who suspended it, each with the time that counts, as it was at `seen`.
    """

    expires: datetime
    suspended: Mapping[str, timedelta] = field(default_factory=dict)
    seen: datetime = _LONG_AGO

    @property
    def ends(self) -> datetime:
        """The time of its automatic revocation."""
        after_expiry = a_year_after(self.expires)
        if not self.suspended or "system" in self.suspended:
            return after_expiry
        return min(after_expiry, self.seen + 60 * DAY - max(self.suspended.values()))

    def after(self, act: Act) -> Standing:
        """The standing after this act."""
        if act.what == RENEWED:
            return replace(self, expires=a_year_after(self.expires))
        if act.what not in {SUSPENDED, LIFTED}:
            return self
        runs = act.at - self.seen if "system" not in self.suspended else timedelta()
        counted = {by: time + runs for by, time in self.suspended.items()}
        if act.what == SUSPENDED:
            counted[act.by] = timedelta()
        else:
            counted.pop(act.by, None)
        return replace(self, suspended=counted, seen=act.at)

    def steps(self) -> list[Step]:
        """The notifications before the end, in order; of two at once the more urgent is later."""
        ends = self.ends
        steps = [
            Step(at=self.expires - 30 * DAY, kind=NOTICE),
            Step(at=self.expires, kind=EXPIRED),
            *(Step(at=ends - days * DAY, kind=REMINDER, days=days) for days in _REMINDED),
        ]
        return sorted((one for one in steps if one.at < ends), key=lambda one: one.at)


def a_year_after(at: datetime) -> datetime:
    """The same date and time in the next year, or the month's last day if that has no such date."""
    last = calendar.monthrange(at.year + 1, at.month)[1]
    return at.replace(year=at.year + 1, day=min(at.day, last))


def is_night(at: datetime, zone: str) -> bool:
    """Between eight in the evening and eight in the morning."""
    return not time(8) <= at.astimezone(ZoneInfo(zone)).time() < time(20)


def day_from(at: datetime, zone: str) -> datetime:
    """`at`, or eight in the morning if it is night."""
    if not is_night(at, zone):
        return at
    local = at.astimezone(ZoneInfo(zone))
    morning = local.date() + timedelta(days=local.hour >= 20)
    return datetime.combine(morning, time(8), ZoneInfo(zone)).astimezone(UTC)


def deadline(ends: datetime, zone: str, country: str) -> datetime:
    """Five in the afternoon of the last business day before the day on which it ends.

    Right for countries that work from Monday to Friday.
    """
    day = ends.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    while day.weekday() >= 5 or day in _free(country, day.year):
        day -= timedelta(days=1)
    return datetime.combine(day, time(17), ZoneInfo(zone)).astimezone(UTC)


@cache
def _free(country: str, year: int) -> frozenset[date]:
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
