"""Periods in words: whole days, unless a time is given (G2)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keyfob.domain.forecast.period import period_of
from keyfob.domain.forecast.words import written_period

NOW = datetime(2026, 11, 22, 7, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        ("2027-01-01", "2027-03-31", "1 January 2027 to 31 March 2027"),
        ("2027-01-01", "2027-01-01", "1 January 2027"),
        ("2027-01-01", "2027-01-02T00:00:00Z", "1 January 2027"),
        (None, "2026-11-22", "22 November 2026, 07:30 to 22 November 2026"),
        (None, "2026-12-01T12:00:00Z", "22 November 2026, 07:30 to 1 December 2026, 12:00"),
    ],
)
def test_a_period_is_written_as_its_first_and_last_day(
    begins: str | None, ends: str, words: str
) -> None:
    assert written_period(period_of(begins, ends, NOW)) == words
