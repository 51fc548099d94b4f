"""The period that an operator asks about. Pure; days are those of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from keyfob.domain.errors import InvalidInput

LONGEST = timedelta(days=400)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` until just before `end`; consecutive periods share no instant."""

    start: datetime
    end: datetime

    @property
    def days(self) -> list[date]:
        """Every day that it touches."""
        first, last = self.start.date(), (self.end - timedelta(microseconds=1)).date()
        return [first + number * _DAY for number in range((last - first).days + 1)]


def period_of(begins: str | None, ends: str, now: datetime) -> Period:
    """The period between two days or RFC 3339 instants; the day `ends` is included.

    Without a beginning, or with one earlier today, it begins now: overdue milestones are done now,
    and past ones are no forecast.

    Raises:
        InvalidInput: there is no such day, it begins before today, is empty, or over 400 days long.
    """
    start = now if begins is None else _instant("from", begins)
    if start.date() < now.date():
        raise _refused("from", "this day has passed in UTC: leave it out to begin now")
    period = Period(start=max(start, now), end=_instant("until", ends, after_day=True))
    if period.end <= period.start:
        raise _refused("until", "the period ends before it begins")
    if period.end - period.start > LONGEST:
        raise _refused("until", f"a period has at most {LONGEST.days} days")
    return period


def _instant(field: str, text: str, *, after_day: bool = False) -> datetime:
    try:
        if "T" in text:
            at = datetime.fromisoformat(text)
            if at.tzinfo is None:
                raise _refused(field, "say in which zone: 2027-01-01T08:00:00Z")
            return at.astimezone(UTC)
        midnight = datetime.combine(date.fromisoformat(text), time(), UTC)
        return midnight + _DAY if after_day else midnight
    except (ValueError, OverflowError) as error:
        raise _refused(field, "there is no such day or time") from error


def _refused(field: str, problem: str) -> InvalidInput:
    return InvalidInput(fields={field: problem})
