"""Agents' hours on the wall, across changes of time (C3, S33)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from keyfob.domain.proofing.agent import Agent, Period, Shift, is_quarter, quarters


def agent(zone: str, *shifts: Shift) -> Agent:
    return Agent(account="acc_agent", zone=zone, languages=("en",), shifts=shifts)


def every_day(begins: str, ends: str) -> tuple[Shift, ...]:
    hours = time.fromisoformat(begins), time.fromisoformat(ends)
    return tuple(Shift(weekday=day, begins=hours[0], ends=hours[1]) for day in range(7))


def on(zone: str, day: str, begins: str, ends: str) -> list[datetime]:
    """The quarters that somebody works on this day."""
    one = agent(zone, *every_day(begins, ends))
    found = [
        quarter
        for hours in one.working(one.local_day(date.fromisoformat(day)))
        for quarter in quarters(hours)
    ]
    assert all(is_quarter(one) for one in found)
    return found


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2027-03-13", 6),
        ("America/New_York", "2027-03-14", 5),
        ("America/New_York", "2027-11-07", 7),
        ("Europe/Berlin", "2027-03-28", 5),
        ("Europe/Berlin", "2027-10-31", 7),
        ("Australia/Lord_Howe", "2027-04-04", 6.5),
        ("Australia/Lord_Howe", "2027-10-03", 5.5),
        ("Asia/Kolkata", "2027-03-28", 6),
        ("Asia/Kathmandu", "2027-03-28", 6),
    ],
)
def test_a_change_of_time_lengthens_or_shortens_the_hours_S33(
    zone: str, day: str, hours: float
) -> None:
    found = on(zone, day, "00:00", "06:00")
    assert len(found) == hours * 4
    assert [later - earlier for earlier, later in pairwise(found)] == [timedelta(minutes=15)] * (
        len(found) - 1
    ), "without a hole, each once"


def test_a_beginning_in_a_gap_moves_behind_it_and_an_end_before_it_S33() -> None:
    # 02:00 to 03:00 do not exist that day; the change is at 07:00Z.
    assert on("America/New_York", "2027-03-14", "02:30", "04:00")[0] == datetime(
        2027, 3, 14, 7, 30, tzinfo=UTC
    )
    assert on("America/New_York", "2027-03-14", "01:00", "02:30")[-1] < datetime(
        2027, 3, 14, 7, tzinfo=UTC
    )


def test_hours_inside_a_gap_are_none_S33() -> None:
    assert on("America/New_York", "2027-03-14", "02:00", "02:45") == []


def test_an_hour_that_comes_twice_is_worked_twice_S33() -> None:
    assert len(on("Europe/Berlin", "2027-10-31", "02:00", "03:00")) == 8


def test_hours_stay_on_the_wall_and_on_quarters_in_a_zone_of_odd_minutes_C3() -> None:
    [first, *_] = on("Asia/Kathmandu", "2027-03-28", "09:00", "17:00")
    assert first == datetime(2027, 3, 28, 3, 15, tzinfo=UTC)


def test_only_weekdays_of_the_shift_are_worked_C3() -> None:
    monday = Shift(weekday=0, begins=time(9), ends=time(12))
    one = agent("UTC", monday)
    week = Period(begins=datetime(2027, 1, 4, tzinfo=UTC), ends=datetime(2027, 1, 11, tzinfo=UTC))
    assert list(one.working(week)) == [
        Period(
            begins=datetime(2027, 1, 4, 9, tzinfo=UTC), ends=datetime(2027, 1, 4, 12, tzinfo=UTC)
        )
    ]


def test_hours_that_touch_a_period_come_whole_so_that_starts_count_from_their_beginning_C3() -> (
    None
):
    one = agent("UTC", *every_day("09:00", "12:00"))
    inside = Period(
        begins=datetime(2027, 1, 4, 10, 7, tzinfo=UTC),
        ends=datetime(2027, 1, 4, 10, 8, tzinfo=UTC),
    )
    [hours] = one.working(inside)
    assert (hours.begins.hour, hours.ends.hour) == (9, 12)


def test_a_shift_that_crosses_utc_midnight_is_found_from_both_days_C3() -> None:
    one = agent("America/Los_Angeles", *every_day("09:00", "20:00"))
    after = Period(
        begins=datetime(2027, 1, 5, 1, tzinfo=UTC), ends=datetime(2027, 1, 5, 2, tzinfo=UTC)
    )
    assert [hours.begins.day for hours in one.working(after)] == [4]


def test_shifts_of_a_day_come_in_order_C3() -> None:
    late, early = (Shift(weekday=0, begins=time(hour), ends=time(hour + 2)) for hour in (14, 9))
    one = agent("UTC", late, early)
    found = one.working(one.local_day(date(2027, 1, 4)))
    assert [hours.begins.hour for hours in found] == [9, 14]
