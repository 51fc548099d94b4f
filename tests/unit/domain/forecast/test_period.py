"""The period of a forecast: whole days of UTC, to the second (G2, S45)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.forecast.period import LONGEST, period_of

NOW = datetime(2026, 11, 22, 7, 30, 5, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("begins", "ends", "start", "end"),
    [
        ("2027-01-01", "2027-03-31", "2027-01-01T00:00:00Z", "2027-04-01T00:00:00Z"),
        ("2028-02-29", "2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        (None, "2026-11-22", "2026-11-22T07:30:05Z", "2026-11-23T00:00:00Z"),
        ("2026-11-22", "2026-11-23", "2026-11-22T07:30:05Z", "2026-11-24T00:00:00Z"),
        (
            "2027-01-01T00:00:00+14:00",
            "2027-01-01T00:00:01-11:00",
            "2026-12-31T10:00:00Z",
            "2027-01-01T11:00:01Z",
        ),
        (None, "2026-11-22T07:30:06Z", "2026-11-22T07:30:05Z", "2026-11-22T07:30:06Z"),
    ],
)
def test_days_are_whole_days_of_utc_and_instants_are_to_the_second_G2_S45(
    begins: str | None, ends: str, start: str, end: str
) -> None:
    if begins and begins.startswith("2028"):
        period = period_of(begins, ends, at("2028-02-01T00:00:00Z"))
    else:
        period = period_of(begins, ends, NOW)
    assert (period.start, period.end) == (at(start), at(end))


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        ("2026-11-21", "2026-12-01", "from"),
        ("2026-11-21T23:59:59Z", "2026-12-01", "from"),
        ("2026-11-22T12:00:00+14:00", "2026-12-01", "from"),
        (None, "2026-11-21", "until"),
        (None, "2026-11-22T07:30:05Z", "until"),
        ("2027-01-02", "2027-01-01", "until"),
        ("2027-01-02T00:00:00Z", "2027-01-01", "until"),
        (None, "2027-02-30", "until"),
        ("2027-13-01", "2027-12-30", "from"),
        (None, "2027-02-01T24:00:61Z", "until"),
        (None, "9999-12-31", "until"),
        ("0001-01-01T00:00:00+14:00", "2027-01-01", "from"),
    ],
)
def test_an_invalid_period_is_refused_and_its_field_named_G2(
    begins: str | None, ends: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        period_of(begins, ends, NOW)
    assert list(refused.value.fields) == [field]


def test_four_hundred_days_are_the_longest_G2() -> None:
    last = datetime(2027, 1, 1, tzinfo=UTC) + LONGEST
    assert len(period_of("2027-01-01", last.isoformat(), NOW).days) == 400
    with pytest.raises(InvalidInput) as refused:
        period_of("2027-01-01", (last + timedelta(seconds=1)).isoformat(), NOW)
    assert "400" in refused.value.fields["until"]


def test_its_days_are_those_it_touches_and_no_others() -> None:
    until = [date(2026, 11, 22), date(2026, 11, 23)]
    assert period_of(None, "2026-11-23", NOW).days == until
    assert period_of(None, "2026-11-24T00:00:00Z", NOW).days == until
    assert period_of(None, "2026-11-24T00:00:01Z", NOW).days == [*until, date(2026, 11, 24)]
