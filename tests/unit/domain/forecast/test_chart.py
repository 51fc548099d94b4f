"""The picture: as high as the figures, a bar a day or a week, the peak marked (G2)."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.domain.forecast import chart as drawing
from keyfob.domain.forecast.chart import Bar, Chart, chart
from keyfob.domain.forecast.counting import Kind, kinds
from keyfob.domain.policy import Policy
from tests.support.examples import steady

KINDS = kinds(Policy())
NOTICE, EXPIRY = KINDS[:2]
FRIDAY = date(2027, 1, 1)
FULL = drawing.BOTTOM - drawing.TOP


def days_of(*totals: int) -> dict[date, Counter[Kind]]:
    """These numbers of expiries, one a day from a Friday on."""
    return {
        FRIDAY + timedelta(days=number): Counter({EXPIRY: total} if total else {})
        for number, total in enumerate(totals)
    }


def said(bar: Bar) -> int:
    """The total in the words of a bar."""
    return int(bar.tip.split("\n")[0].split(": ")[1].replace(",", ""))


def top_of(picture: Chart) -> int:
    """The value of the highest line of the grid."""
    return int(picture.grid[-1].text.replace(",", ""))


def test_a_bar_has_a_segment_for_each_kind_stacked_in_the_order_of_a_life_G2() -> None:
    [bar] = chart({FRIDAY: Counter({EXPIRY: 10, NOTICE: 30})}, KINDS).bars
    notice, expiry = bar.segments
    assert (notice.kind, expiry.kind) == (NOTICE, EXPIRY)
    assert notice.y + notice.height + 1 == pytest.approx(drawing.BOTTOM)
    assert notice.height + 1 == pytest.approx(FULL * 30 / 40)
    assert (expiry.y, expiry.y + expiry.height + 1) == pytest.approx((drawing.TOP, notice.y))
    assert bar.tip == "Friday 1 January 2027: 40\nRenewal notice: 30\nExpiry: 10"


@pytest.mark.parametrize(
    ("most", "lines"),
    [
        (1, ["0", "1"]),
        (3, ["0", "1", "2", "3"]),
        (7, ["0", "2", "4", "6", "8"]),
        (535, ["0", "200", "400", "600"]),
        (5_001, ["0", "2,000", "4,000", "6,000"]),
    ],
)
def test_the_grid_has_round_numbers_up_to_the_highest_bar(most: int, lines: list[str]) -> None:
    assert [line.text for line in chart(days_of(most), KINDS).grid] == lines


@pytest.mark.parametrize(("count", "weekly"), [(100, False), (101, True)])
def test_a_long_period_is_drawn_by_weeks_from_monday_G2(count: int, weekly: bool) -> None:
    picture = chart(days_of(*[1] * count), KINDS)
    assert picture.weekly is weekly
    if weekly:
        tips = [bar.tip.split("\n")[0] for bar in picture.bars]
        assert tips[:2] == ["Week of 28 December 2026: 3", "Week of 4 January 2027: 7"]
        assert "in the week of 4 Jan" in picture.peak.text


def test_the_first_of_the_highest_bars_is_marked_with_figure_and_day_G2() -> None:
    picture = chart(days_of(1, 3, 0, 3), KINDS)
    assert picture.peak.text == "Most: 3 on Sat 2 Jan"
    marked = picture.bars[1]
    assert picture.peak.x == pytest.approx(marked.x + marked.width / 2)
    assert picture.peak.y == pytest.approx(marked.segments[-1].y)


@pytest.mark.parametrize(("at", "anchor"), [(0, "start"), (30, "middle"), (59, "end")])
def test_the_mark_of_the_peak_stays_in_the_picture(at: int, anchor: str) -> None:
    totals = [0] * 60
    totals[at] = 1
    assert chart(days_of(*totals), KINDS).peak.anchor == anchor


def test_the_labels_are_mondays_where_not_every_day_has_one() -> None:
    texts = [label.text for label in chart(days_of(*[1] * 60), KINDS).axis]
    assert texts[:3] == ["4 Jan 2027", "11 Jan", "18 Jan"]
    weeks = [label.text for label in chart(days_of(*[1] * 200), KINDS).axis]
    assert weeks[:3] == ["28 Dec 2026", "25 Jan 2027", "22 Feb"]


def test_years_are_written_where_they_begin() -> None:
    december = {date(2026, 12, 29) + timedelta(days=n): Counter({EXPIRY: 1}) for n in range(6)}
    texts = [label.text for label in chart(december, KINDS).axis]
    assert texts == ["29 Dec 2026", "30 Dec", "31 Dec", "1 Jan 2027", "2 Jan", "3 Jan"]


@steady
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=400).filter(any))
def test_any_figures_fit_the_picture_and_keep_their_proportions_G2(totals: list[int]) -> None:
    picture = chart(days_of(*totals), KINDS)
    assert sum(said(bar) for bar in picture.bars) == sum(totals)
    for bar in picture.bars:
        assert bar.x >= drawing.LEFT - 0.001
        assert bar.x + bar.width <= drawing.RIGHT + 0.001
        top = min([one.y for one in bar.segments], default=drawing.BOTTOM)
        assert drawing.BOTTOM - top == pytest.approx(FULL * said(bar) / top_of(picture))
    assert 2 <= len(picture.grid) <= 6
    assert 1 <= len(picture.axis) <= 13
    places = [label.x for label in picture.axis]
    assert all(b - a > 50 for a, b in pairwise(places))
