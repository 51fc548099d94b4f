"""The last business day before an automatic revocation (F7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.credentials.deadline import (
    end_of_business_day_after,
    has_calendar,
    last_business_day_before,
)
from tests.support.examples import steady
from tests.support.otp import at

NEW_YORK, BERLIN, RIYADH = "America/New_York", "Europe/Berlin", "Asia/Riyadh"


def deadline(
    revokes: str,
    country: str,
    zone: str = "UTC",
    *,
    ends: int = 17,
    subdivision: str | None = None,
) -> str:
    """The end of the last business day before, by the wall clock."""
    revokes_at = datetime.fromisoformat(revokes).replace(tzinfo=ZoneInfo(zone))
    found = last_business_day_before(
        revokes_at.astimezone(UTC),
        country=country,
        zone=zone,
        ends=ends,
        subdivision=subdivision,
    )
    assert found.tzinfo is UTC
    return f"{found.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("revokes", "last"),
    [
        ("2026-11-17T10:00", "Mon 2026-11-16 17:00"),
        ("2026-11-17T23:59", "Mon 2026-11-16 17:00"),
        ("2026-11-17T00:00", "Mon 2026-11-16 17:00"),
        ("2026-11-16T10:00", "Fri 2026-11-13 17:00"),
        ("2026-11-15T10:00", "Fri 2026-11-13 17:00"),
        ("2026-11-14T10:00", "Fri 2026-11-13 17:00"),
    ],
)
def test_it_is_a_day_before_the_revocations_own_and_never_a_weekends_F7(
    revokes: str, last: str
) -> None:
    assert deadline(revokes, "DE", BERLIN) == last


@pytest.mark.parametrize(
    ("country", "revokes", "last"),
    [
        # Thanksgiving, a working day in Germany.
        ("US", "2026-11-27T10:00", "Wed 2026-11-25 17:00"),
        ("DE", "2026-11-27T10:00", "Thu 2026-11-26 17:00"),
        # Christmas and a weekend in a row.
        ("DE", "2026-12-27T10:00", "Thu 2026-12-24 17:00"),
        ("DE", "2026-12-28T10:00", "Thu 2026-12-24 17:00"),
        # Easter Monday and Good Friday with the weekend between them.
        ("DE", "2027-03-30T10:00", "Thu 2027-03-25 17:00"),
        ("US", "2027-03-30T10:00", "Mon 2027-03-29 17:00"),
    ],
)
def test_a_public_holiday_is_no_business_day_F7(country: str, revokes: str, last: str) -> None:
    assert deadline(revokes, country) == last


@pytest.mark.parametrize(
    ("country", "revokes", "last"),
    [
        ("US", "2027-01-02T10:00", "Thu 2026-12-31 17:00"),
        ("DE", "2027-01-04T10:00", "Thu 2026-12-31 17:00"),
        # New Year's Day of 2028 is a Saturday: public employees are off the Friday before.
        ("US", "2028-01-02T10:00", "Thu 2027-12-30 17:00"),
        ("DE", "2028-01-02T10:00", "Fri 2027-12-31 17:00"),
    ],
)
def test_each_years_holidays_are_its_own_F7(country: str, revokes: str, last: str) -> None:
    assert deadline(revokes, country) == last


@pytest.mark.parametrize(
    ("country", "revokes", "last"),
    [
        ("SA", "2026-11-15T10:00", "Thu 2026-11-12 17:00"),
        ("SA", "2026-11-16T10:00", "Sun 2026-11-15 17:00"),
        ("EG", "2026-11-14T10:00", "Thu 2026-11-12 17:00"),
        ("DE", "2026-11-16T10:00", "Fri 2026-11-13 17:00"),
    ],
)
def test_weekends_are_those_of_the_country_F7(country: str, revokes: str, last: str) -> None:
    assert deadline(revokes, country, RIYADH) == last


@pytest.mark.parametrize(
    ("country", "subdivision", "revokes", "last"),
    [
        # Corpus Christi, in Bavaria alone.
        ("DE", "BY", "2027-05-28T10:00", "Wed 2027-05-26 17:00"),
        ("DE", "BE", "2027-05-28T10:00", "Thu 2027-05-27 17:00"),
        ("DE", None, "2027-05-28T10:00", "Thu 2027-05-27 17:00"),
        # Patriots' Day, in Massachusetts.
        ("US", "MA", "2027-04-20T10:00", "Fri 2027-04-16 17:00"),
        ("US", "NY", "2027-04-20T10:00", "Mon 2027-04-19 17:00"),
        # The library has dropped it: the country's own holidays stay.
        ("DE", "XX", "2027-03-30T10:00", "Thu 2027-03-25 17:00"),
        ("ZZ", "BY", "2026-12-28T10:00", "Fri 2026-12-25 17:00"),
    ],
)
def test_a_regional_holiday_is_no_business_day_where_the_subdivision_is_named_F7(
    country: str, subdivision: str | None, revokes: str, last: str
) -> None:
    assert deadline(revokes, country, subdivision=subdivision) == last


def test_a_subdivision_has_a_calendar_of_its_own_or_none_F7() -> None:
    assert has_calendar("DE", "BY")
    assert not has_calendar("DE", "XX")
    assert not has_calendar("ZZ", "BY")


@pytest.mark.parametrize("country", ["", "ZZ", "us"])
def test_in_an_unknown_country_saturdays_and_sundays_are_free_F7(country: str) -> None:
    assert deadline("2026-12-28T10:00", country) == "Fri 2026-12-25 17:00"
    assert deadline("2026-12-27T10:00", country) == "Fri 2026-12-25 17:00"
    assert deadline("2026-12-26T10:00", country) == "Fri 2026-12-25 17:00"
    assert deadline("2026-12-25T10:00", country) == "Thu 2026-12-24 17:00"


@pytest.mark.parametrize(
    ("zone", "last"),
    [
        # 10:30 UTC on Tuesday is Wednesday there, still Monday over there.
        ("Pacific/Kiritimati", "2026-11-24T03:00:00+00:00"),
        ("Pacific/Pago_Pago", "2026-11-21T04:00:00+00:00"),
        ("UTC", "2026-11-23T17:00:00+00:00"),
        (NEW_YORK, "2026-11-23T22:00:00+00:00"),
    ],
)
def test_days_are_those_of_the_zones_own_calendar_F7(zone: str, last: str) -> None:
    revokes = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    found = last_business_day_before(revokes, country="ZZ", zone=zone, ends=17)
    assert found.isoformat() == last


@pytest.mark.parametrize(
    ("revokes", "last"),
    [
        ("2026-10-31T16:00:00+00:00", "2026-10-30T21:00:00+00:00"),
        ("2026-11-02T16:00:00+00:00", "2026-10-30T21:00:00+00:00"),
        ("2026-11-03T16:00:00+00:00", "2026-11-02T22:00:00+00:00"),
        ("2027-03-15T16:00:00+00:00", "2027-03-12T22:00:00+00:00"),
        ("2027-03-16T16:00:00+00:00", "2027-03-15T21:00:00+00:00"),
    ],
)
def test_a_business_day_ends_by_the_clock_on_the_wall_summer_and_winter_F7(
    revokes: str, last: str
) -> None:
    found = last_business_day_before(
        datetime.fromisoformat(revokes), country="US", zone=NEW_YORK, ends=17
    )
    assert found.isoformat() == last


def test_the_policy_says_when_a_business_day_ends_F7() -> None:
    assert deadline("2026-11-17T10:00", "US", NEW_YORK, ends=12) == "Mon 2026-11-16 12:00"


@steady
@given(
    revokes=st.integers(1_767_225_600, 2_082_758_400).map(at),
    country=st.sampled_from(["US", "DE", "SA", "IR", "GB", "ZZ"]),
    zone=st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", NEW_YORK, BERLIN, RIYADH]),
)
def test_it_always_lies_before_the_revocation_and_never_weeks_before_F7(
    revokes: datetime, country: str, zone: str
) -> None:
    found = last_business_day_before(revokes, country=country, zone=zone, ends=17)
    assert timedelta(0) < revokes - found < timedelta(days=14)
    day = found.astimezone(ZoneInfo(zone))
    assert (day.hour, day.minute) == (17, 0)
    assert day.date() < revokes.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize(
    ("at", "country", "zone", "expected"),
    [
        ("2026-11-23T10:00:00+00:00", "DE", "Europe/Berlin", "Wed 2026-11-25 17:00"),
        # A Saturday, and a Friday evening of New York that is a Saturday in London.
        ("2026-11-21T10:00:00+00:00", "DE", "Europe/Berlin", "Tue 2026-11-24 17:00"),
        ("2026-11-21T02:00:00+00:00", "US", "America/New_York", "Tue 2026-11-24 17:00"),
        # Thanksgiving is on the 26th.
        ("2026-11-25T15:00:00+00:00", "US", "America/New_York", "Mon 2026-11-30 17:00"),
        ("2026-12-24T10:00:00+00:00", "DE", "Europe/Berlin", "Tue 2026-12-29 17:00"),
    ],
)
def test_an_answer_is_due_at_the_end_of_the_second_business_day_after_A3(
    at: str, country: str, zone: str, expected: str
) -> None:
    found = end_of_business_day_after(
        datetime.fromisoformat(at), 2, country=country, zone=zone, ends=17
    )
    assert found.tzinfo is UTC
    assert f"{found.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}" == expected
