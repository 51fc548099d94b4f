"""Deadlines and quiet hours by the wall clock, in every zone and country (S45)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.credentials.deadline import last_business_day_before
from keyfob.domain.messages.quiet_hours import quiet_until
from tests.support.examples import steady
from tests.support.otp import DAY, POLICY, SECOND, at

KIRITIMATI, NIUE = "Pacific/Kiritimati", "Pacific/Niue"
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ZONES = st.sampled_from([KIRITIMATI, NIUE, BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Tokyo"])
INSTANTS = st.integers(1_750_000_000, 2_000_000_000).map(at)
HOUR = timedelta(hours=1)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def deadline(ends: datetime, country: str = "ZZ", zone: str = "UTC") -> datetime:
    return last_business_day_before(ends, country=country, zone=zone, ends=17)


@pytest.mark.parametrize(
    ("ends", "zone", "last"),
    [
        # Tuesday until midnight over there, then Wednesday; in UTC it is Tuesday all the time.
        (utc(2027, 6, 1, 9, 59), KIRITIMATI, utc(2027, 5, 31, 3)),
        (utc(2027, 6, 1, 10), KIRITIMATI, utc(2027, 6, 1, 3)),
        # Still Monday over there: Friday; then Tuesday: Monday.
        (utc(2027, 6, 1, 10, 59), NIUE, utc(2027, 5, 29, 4)),
        (utc(2027, 6, 1, 11), NIUE, utc(2027, 6, 1, 4)),
    ],
)
def test_the_day_before_is_that_of_the_wall_14_hours_ahead_and_11_behind_F7_S45(
    ends: datetime, zone: str, last: datetime
) -> None:
    assert deadline(ends, zone=zone) == last


@pytest.mark.parametrize(
    ("ends", "zone", "last"),
    [
        # The Friday before the clocks change, from the Monday after; then a week later.
        (utc(2027, 3, 29, 12), BERLIN, utc(2027, 3, 26, 16)),
        (utc(2027, 4, 5, 12), BERLIN, utc(2027, 4, 2, 15)),
        (utc(2027, 11, 1, 12), BERLIN, utc(2027, 10, 29, 15)),
        (utc(2027, 11, 8, 12), BERLIN, utc(2027, 11, 5, 16)),
        (utc(2027, 3, 15, 12), NEW_YORK, utc(2027, 3, 12, 22)),
        (utc(2027, 3, 22, 12), NEW_YORK, utc(2027, 3, 19, 21)),
    ],
)
def test_it_is_five_o_clock_on_the_wall_in_summer_and_in_winter_F7_S45(
    ends: datetime, zone: str, last: datetime
) -> None:
    assert deadline(ends, zone=zone) == last


@pytest.mark.parametrize(
    ("ends", "country", "zone", "last"),
    [
        # New Year's Day is a Friday: from the Monday after, the Thursday before it.
        (utc(2027, 1, 4, 12), "DE", BERLIN, utc(2026, 12, 31, 16)),
        # Good Friday and Easter Monday: from the Tuesday, five days back.
        (utc(2027, 3, 30, 12), "DE", BERLIN, utc(2027, 3, 25, 16)),
        # There the Friday is a working day, and the Monday, too.
        (utc(2027, 3, 30, 12), "US", NEW_YORK, utc(2027, 3, 29, 21)),
        (utc(2027, 11, 26, 12), "US", NEW_YORK, utc(2027, 11, 24, 22)),
        # The 4th is a Sunday: the Monday is free for it.
        (utc(2027, 7, 6, 12), "US", NEW_YORK, utc(2027, 7, 2, 21)),
        (utc(2027, 7, 6, 12), "DE", BERLIN, utc(2027, 7, 5, 15)),
    ],
)
def test_holidays_before_R_are_no_business_days_F7_S45(
    ends: datetime, country: str, zone: str, last: datetime
) -> None:
    assert deadline(ends, country, zone) == last


@pytest.mark.parametrize("country", ["ZZ", ""])
def test_an_unknown_country_has_only_weekends_free_F7(country: str) -> None:
    assert deadline(utc(2027, 1, 4, 12), country, BERLIN) == utc(2027, 1, 1, 16)
    assert deadline(utc(2027, 1, 3, 12), country, BERLIN) == utc(2027, 1, 1, 16)
    assert deadline(utc(2027, 1, 1, 12), country, BERLIN) == utc(2026, 12, 31, 16)


@steady
@given(ends=INSTANTS, zone=ZONES, country=st.sampled_from(["DE", "US", "JP", "ZZ"]))
def test_no_business_day_lies_between_the_deadline_and_R_F7(
    ends: datetime, zone: str, country: str
) -> None:
    wall = ZoneInfo(zone)
    last = deadline(ends, country, zone)
    free = holidays.country_holidays(country) if country != "ZZ" else {}
    assert last < ends
    assert last.astimezone(wall).time() == time(17)
    day = last.astimezone(wall).date()
    assert day.weekday() < 5
    assert day not in free
    while (day := day + DAY) < ends.astimezone(wall).date():
        assert day.weekday() >= 5 or day in free


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        (utc(2027, 6, 1, 6) - SECOND, KIRITIMATI, None),
        (utc(2027, 6, 1, 6), KIRITIMATI, utc(2027, 6, 1, 18)),
        (utc(2027, 6, 1, 18) - SECOND, KIRITIMATI, utc(2027, 6, 1, 18)),
        (utc(2027, 6, 1, 18), KIRITIMATI, None),
        (utc(2027, 6, 1, 7) - SECOND, NIUE, None),
        (utc(2027, 6, 1, 7), NIUE, utc(2027, 6, 1, 19)),
        (utc(2027, 6, 1, 19) - SECOND, NIUE, utc(2027, 6, 1, 19)),
        (utc(2027, 6, 1, 19), NIUE, None),
    ],
)
def test_quiet_hours_14_hours_ahead_and_11_behind_S45(
    now: datetime, zone: str, until: datetime | None
) -> None:
    assert quiet_until(now, zone, POLICY) == until


@pytest.mark.parametrize(
    ("evening", "zone", "lasts"),
    [
        (utc(2027, 3, 27, 19), BERLIN, 11 * HOUR),
        (utc(2027, 10, 30, 18), BERLIN, 13 * HOUR),
        (utc(2027, 3, 14, 1), NEW_YORK, 11 * HOUR),
        (utc(2027, 11, 7, 0), NEW_YORK, 13 * HOUR),
        (utc(2027, 6, 1, 18), BERLIN, 12 * HOUR),
    ],
)
def test_the_night_in_which_clocks_change_ends_at_eight_all_the_same_S45(
    evening: datetime, zone: str, lasts: timedelta
) -> None:
    assert quiet_until(evening, zone, POLICY) == evening + lasts
    assert quiet_until(evening - SECOND, zone, POLICY) is None
    assert quiet_until(evening + lasts, zone, POLICY) is None


@steady
@given(now=INSTANTS, zone=ZONES)
def test_a_reminder_waits_until_the_next_morning_and_no_longer(now: datetime, zone: str) -> None:
    wall = ZoneInfo(zone)
    morning = quiet_until(now, zone, POLICY)
    if morning is None:
        assert time(8) <= now.astimezone(wall).time() < time(20)
        return
    assert not time(8) <= now.astimezone(wall).time() < time(20)
    assert now < morning <= now + 13 * HOUR
    assert morning.astimezone(wall).time() == time(8)
    assert quiet_until(morning, zone, POLICY) is None
