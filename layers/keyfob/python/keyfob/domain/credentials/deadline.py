"""Deadlines in business days: before an automatic revocation (F7), for an answer (A3). Pure.

Business days follow the weekend and public holidays of the organization's country, and of its
subdivision if it names one, from PyPI's `holidays`. In a country that it doesn't know, only
Saturdays and Sundays are free.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_SATURDAY = 5
_DAY = timedelta(days=1)


def last_business_day_before(
    at: datetime, *, country: str, zone: str, ends: int, subdivision: str | None = None
) -> datetime:
    """The end, in UTC, of the last business day before the day of `at`.

    Args:
        at: the instant; its day is that of the wall clock in `zone`.
        country: ISO 3166 alpha-2.
        zone: an IANA name, `Europe/Berlin`.
        ends: the hour at which a business day ends there.
        subdivision: the part of ISO 3166-2 after the country, for regional holidays; one that
            isn't known has those of its country.
    """
    local = ZoneInfo(zone)
    day = at.astimezone(local).date() - _DAY
    while not _is_business_day(day, country, subdivision):
        day -= _DAY
    return datetime.combine(day, time(ends), local).astimezone(UTC)


def end_of_business_day_after(
    at: datetime, days: int, *, country: str, zone: str, ends: int
) -> datetime:
    """The end, in UTC, of the business day that is so many business days after the day of `at`.

    Args:
        at: the instant; its day is that of the wall clock in `zone`.
        days: how many; at least 1.
        country: ISO 3166 alpha-2.
        zone: an IANA name.
        ends: the hour at which a business day ends there.
    """
    local = ZoneInfo(zone)
    day = at.astimezone(local).date()
    while days:
        day += _DAY
        days -= _is_business_day(day, country, None)
    return datetime.combine(day, time(ends), local).astimezone(UTC)


def has_calendar(country: str, subdivision: str) -> bool:
    """Whether the regional holidays of this subdivision are known."""
    try:
        holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        return False
    return True


def _is_business_day(day: date, country: str, subdivision: str | None) -> bool:
    known = _calendar(country, subdivision, day.year)
    return known.is_working_day(day) if known else day.weekday() < _SATURDAY


@lru_cache(maxsize=256)
def _calendar(country: str, subdivision: str | None, year: int) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError:
        return _calendar(country, None, year) if subdivision else None
