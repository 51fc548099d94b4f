"""A page that needs nothing but itself, and a table for programs (G2, S51)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.forecast.counting import Due, Forecast, kinds
from keyfob.domain.forecast.period import Period
from keyfob.domain.policy import Policy
from keyfob.usecases.forecast import report
from keyfob.usecases.forecast.report import as_csv, as_html
from tests.support.fakes import START
from tests.support.reports import Page, lines, totals

KINDS = kinds(Policy())
NOTICE, EXPIRY, FIRST_REMINDER = KINDS[:3]
REVOCATION = KINDS[-3]
JANUARY = Period(
    start=datetime(2027, 1, 1, tzinfo=UTC),
    end=datetime(2027, 2, 1, tzinfo=UTC),
)


def a_forecast(counts: dict[tuple[int, str, Any], int], **changes: Any) -> Forecast:
    """By day of January 2027, organization and kind."""
    found = {
        Due(day=date(2027, 1, day), organization=name, kind=kind): count
        for (day, name, kind), count in counts.items()
    }
    values: dict[str, Any] = {
        "period": JANUARY,
        "made_at": START,
        "kinds": KINDS,
        "credentials": 5,
        "counts": found,
    }
    return Forecast(**{**values, **changes})


SOME = a_forecast(
    {
        (2, "bolt", EXPIRY): 2,
        (2, "acme", REVOCATION): 1,
        (2, "acme", NOTICE): 1_200,
        (1, "bolt", FIRST_REMINDER): 7,
    }
)


def page(forecast: Forecast = SOME) -> Page:
    return Page(as_html(forecast, table="january.csv"))


def test_the_table_is_in_order_of_day_organization_and_life_G2() -> None:
    assert [tuple(line.values()) for line in lines(as_csv(SOME))] == [
        ("2027-01-01", "bolt", "reminder", "30", "7"),
        ("2027-01-02", "acme", "renewal_notice", "", "1200"),
        ("2027-01-02", "acme", "revocation", "", "1"),
        ("2027-01-02", "bolt", "expiry", "", "2"),
    ]
    assert totals(as_csv(SOME)) == {
        kind.name: count for kind, count in SOME.by_kind().items() if count
    }


def test_kinds_of_one_day_and_organization_come_in_the_order_of_a_life() -> None:
    everything = a_forecast({(1, "acme", kind): 1 for kind in reversed(KINDS)})
    found = [(line["kind"], line["days_before"]) for line in lines(as_csv(everything))]
    assert found == [(kind.milestone, str(kind.days or "")) for kind in KINDS]


def test_the_page_says_period_totals_peak_and_the_busiest_first_G2() -> None:
    words = page().words
    assert "1 January 2027 to 31 January 2027" in words
    for figure in (
        "1,200",
        "1,210",
        "1,203",
        "Sat 2 January 2027",
        "7 at 30, 0 at 15, 0 at 3 days",
    ):
        assert figure in words
    assert "Most: 1,203 on Sat 2 Jan" in words
    assert words.index("acme") < words.index("bolt")
    assert "january.csv" in words
    assert "Days begin and end in UTC." in " ".join(words)


@pytest.mark.parametrize("long", [True, False])
def test_the_page_is_whole_and_asks_for_nothing_outside_itself_S51(long: bool) -> None:
    year = Period(start=JANUARY.start, end=JANUARY.start + timedelta(days=365))
    shown = page(a_forecast({(1, "acme", EXPIRY): 1}, period=year) if long else SOME)
    assert shown.asked == []
    # Slots and segments of the picture, the bars of the organizations.
    assert shown.elements["rect"] == (53 + 1 + 1 if long else 31 + 4 + 4)
    assert shown.elements["title"] == (53 + 1 if long else 31 + 1)


def test_the_text_of_a_row_stays_text_S51() -> None:
    hostile = "</title><script src=//evil.example>&"
    shown = page(a_forecast({(1, hostile, EXPIRY): 1}))
    assert shown.asked == []
    assert hostile in shown.words


def test_an_empty_forecast_says_so_without_a_picture_G2() -> None:
    shown = page(a_forecast({}, credentials=0))
    assert "Nothing would be due in this period." in shown.words
    assert shown.elements["svg"] == 0
    assert lines(as_csv(a_forecast({}))) == []


def test_a_page_lists_the_busiest_organizations_and_names_the_rest_in_the_table_G2() -> None:
    left_out, more = 3, report.ORGANIZATIONS + 3
    many = a_forecast({(1, f"org-{n:03d}", EXPIRY): n + 1 for n in range(more)})
    words = page(many).words
    assert f"org-{more - 1:03d}" in words
    assert f"org-{left_out - 1:03d}" not in words
    after = words.index(f"{left_out} more, in the table for programs")
    assert words[after + 1] == str(1 + 2 + 3)
    assert len(lines(as_csv(many))) == more


def test_a_page_shows_days_of_as_many_organizations_as_a_browser_opens_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "ROWS", 5)
    counts = {(day, name, EXPIRY): 1 for name in ("a", "b") for day in (1, 2)}
    counts |= {(day, "busy", EXPIRY): 9 for day in (1, 2)}
    shown = page(a_forecast(counts))
    assert shown.elements["details"] == 1 + 2
    assert "1 more organization, day by day, in the table for programs." in shown.words


def test_a_day_of_days_is_read_off_every_table_of_the_page() -> None:
    words = page().words
    assert Counter(words)["Fri 1 January 2027"] == 2, "in that of all, and in bolt's"
