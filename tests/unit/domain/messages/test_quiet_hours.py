"""No reminder comes at night (S44)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.messages.quiet_hours import quiet_until
from keyfob.domain.policy import Policy
from tests.support.examples import steady
from tests.support.otp import POLICY, at

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def waits(there: str, zone: str = BERLIN, policy: Policy = POLICY, *, fold: int = 0) -> str | None:
    """The end of a reminder's wait, by the wall clock; None if it needn't wait."""
    local = datetime.fromisoformat(there).replace(tzinfo=ZoneInfo(zone), fold=fold)
    until = quiet_until(local.astimezone(UTC), zone, policy)
    if until is None:
        return None
    assert until.tzinfo is UTC
    return f"{until.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    "there", ["2026-11-22T08:00:00", "2026-11-22T13:00", "2026-11-22T19:59:59"]
)
def test_by_day_nothing_waits_S44(there: str) -> None:
    assert waits(there) is None


@pytest.mark.parametrize(
    ("there", "until"),
    [
        ("2026-11-22T20:00:00", "2026-11-23 08:00:00"),
        ("2026-11-22T23:59:59", "2026-11-23 08:00:00"),
        ("2026-11-23T00:00:00", "2026-11-23 08:00:00"),
        ("2026-11-23T07:59:59", "2026-11-23 08:00:00"),
        ("2026-12-31T21:00:00", "2027-01-01 08:00:00"),
        ("2028-02-28T21:00:00", "2028-02-29 08:00:00"),
    ],
)
def test_from_eight_to_eight_it_waits_for_the_next_morning_S44(there: str, until: str) -> None:
    assert waits(there) == until


@pytest.mark.parametrize(
    ("hour", "zone", "until"),
    [
        (12, "UTC", None),
        (12, BERLIN, None),
        (12, NEW_YORK, "2026-11-22T13:00"),
        (13, NEW_YORK, None),
        # Two in the morning of the next day, and one at night of the same.
        (12, "Pacific/Kiritimati", "2026-11-22T18:00"),
        (12, "Pacific/Pago_Pago", "2026-11-22T19:00"),
        (12, "Asia/Tokyo", "2026-11-22T23:00"),
        (10, "Asia/Tokyo", None),
        # A quarter to six in the evening; a quarter past eight.
        (12, "Asia/Kathmandu", None),
        (15, "Asia/Kathmandu", "2026-11-23T02:15"),
    ],
)
def test_it_is_the_readers_night_that_counts_S44(hour: int, zone: str, until: str | None) -> None:
    found = quiet_until(datetime(2026, 11, 22, hour, tzinfo=UTC), zone, POLICY)
    assert (f"{found:%Y-%m-%dT%H:%M}" if found else None) == until


def test_in_the_night_in_which_the_clocks_are_changed_morning_is_at_eight_S44() -> None:
    # An hour less, an hour more: the wall clock counts.
    assert waits("2027-03-27T22:00:00") == waits("2027-03-28T03:30:00") == "2027-03-28 08:00:00"
    assert waits("2026-10-24T22:00:00") == "2026-10-25 08:00:00"
    for fold in (0, 1):
        assert waits("2026-10-25T02:30:00", fold=fold) == "2026-10-25 08:00:00"
    spring = quiet_until(datetime(2027, 3, 27, 21, tzinfo=UTC), BERLIN, POLICY)
    autumn = quiet_until(datetime(2026, 10, 24, 20, tzinfo=UTC), BERLIN, POLICY)
    assert (spring, autumn) == (
        datetime(2027, 3, 28, 6, tzinfo=UTC),
        datetime(2026, 10, 25, 7, tzinfo=UTC),
    )


def test_the_policy_says_when_the_night_begins_and_ends_S44() -> None:
    policy = Policy(quiet_from=22, quiet_until=6)
    assert waits("2026-11-22T21:59:59", policy=policy) is None
    assert waits("2026-11-22T22:00:00", policy=policy) == "2026-11-23 06:00:00"
    assert waits("2026-11-23T05:59:59", policy=policy) == "2026-11-23 06:00:00"
    assert waits("2026-11-23T06:00:00", policy=policy) is None


@steady
@given(
    now=st.integers(1_767_225_600, 2_082_758_400).map(at),
    zone=st.sampled_from(
        ["Pacific/Kiritimati", "Pacific/Pago_Pago", NEW_YORK, BERLIN, "Australia/Lord_Howe"]
    ),
)
def test_a_reminder_waits_less_than_a_night_and_not_twice_S44(now: datetime, zone: str) -> None:
    until = quiet_until(now, zone, POLICY)
    by_day = 8 <= now.astimezone(ZoneInfo(zone)).hour < 20
    assert (until is None) is by_day
    if until:
        assert timedelta(0) < until - now <= timedelta(hours=13)
        assert quiet_until(until, zone, POLICY) is None
