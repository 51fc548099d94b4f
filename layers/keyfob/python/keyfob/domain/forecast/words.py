"""Days and periods in words. Pure; in UTC."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from keyfob.domain.forecast.period import Period


def written_day(day: date) -> str:
    """`4 January 2027`."""
    return f"{day.day} {day:%B} {day.year}"


def short_day(day: date) -> str:
    """`4 Jan`."""
    return f"{day.day} {day:%b}"


def written_period(period: Period) -> str:
    """`1 January 2027 to 31 March 2027`: whole days unless a time is given; or a single day."""
    first, last = _moment(period.start), _moment(period.end, ends=True)
    return first if first == last else f"{first} to {last}"


def _moment(at: datetime, *, ends: bool = False) -> str:
    if at.time() == time():
        return written_day(at.date() - timedelta(days=1) if ends else at.date())
    return f"{written_day(at.date())}, {at:%H:%M}"
