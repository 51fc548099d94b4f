"""Chart geometry: one bar for each day, or for each week of a long period. Pure.

Lengths are in drawing units (`WIDTH` by `HEIGHT`); y grows downwards, as in SVG.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from keyfob.domain.forecast.counting import Kind
from keyfob.domain.forecast.words import short_day, written_day

WIDTH, HEIGHT = 960, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 948, 40, 308
MOST_DAYS = 100  # with more days, a bar is a week
_WIDEST = 40
_LABELS = 12
_STEPS = (1, 2, 7, 14, 28)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The part of a bar that is of one kind."""

    kind: Kind
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The bar of a day or a week; `slot` is its full width, `tip` its text."""

    x: float
    width: float
    left: float
    slot: float
    tip: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text at a position; `anchor` is the side of the text at that position."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that is drawn."""

    weekly: bool
    bars: tuple[Bar, ...]
    grid: tuple[Label, ...]
    axis: tuple[Label, ...]
    peak: Label


def chart(days: Mapping[date, Counter[Kind]], kinds: Sequence[Kind]) -> Chart:
    """The chart of these days, at least one of which has something due."""
    weekly = len(days) > MOST_DAYS
    slots = _weeks(days) if weekly else dict(days)
    most = max(counts.total() for counts in slots.values())
    step = _step(most)
    top = -(-most // step) * step
    slot = (RIGHT - LEFT) / len(slots)
    bars = tuple(
        _bar(number, day, counts, kinds, slot=slot, top=top, weekly=weekly)
        for number, (day, counts) in enumerate(slots.items())
    )
    return Chart(
        weekly=weekly,
        bars=bars,
        grid=tuple(
            Label(x=LEFT - 8, y=_y(value, top), text=f"{value:,}", anchor="end")
            for value in range(0, top + 1, step)
        ),
        axis=_axis(list(slots), slot, weekly=weekly),
        peak=_peak(slots, most, slot, top, weekly=weekly),
    )


def _weeks(days: Mapping[date, Counter[Kind]]) -> dict[date, Counter[Kind]]:
    """Counts by week, keyed by Monday; the first and last week may be partial."""
    weeks: dict[date, Counter[Kind]] = {}
    for day, counts in days.items():
        weeks.setdefault(day - timedelta(days=day.weekday()), Counter()).update(counts)
    return weeks


def _step(most: int) -> int:
    """The grid step: 1, 2 or 5 times a power of ten, at most five of them."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 5 >= most:
                return step * factor
        step *= 10


def _y(value: float, top: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top


def _bar(
    number: int,
    day: date,
    counts: Counter[Kind],
    kinds: Sequence[Kind],
    *,
    slot: float,
    top: int,
    weekly: bool,
) -> Bar:
    width = min(slot * 0.78, _WIDEST)
    below, segments = 0, []
    for kind in kinds:
        if counts[kind]:
            y = _y(below + counts[kind], top)
            height = _y(below, top) - y
            # A gap separates segments, unless nothing would be left of one.
            segments.append(Segment(kind=kind, y=y, height=height - 1 if height > 3 else height))
            below += counts[kind]
    left = LEFT + number * slot
    return Bar(
        x=left + (slot - width) / 2,
        width=width,
        left=left,
        slot=slot,
        tip=_tip(day, counts, kinds, weekly=weekly),
        segments=tuple(segments),
    )


def _tip(day: date, counts: Counter[Kind], kinds: Sequence[Kind], *, weekly: bool) -> str:
    when = f"Week of {written_day(day)}" if weekly else f"{day:%A} {written_day(day)}"
    lines = [f"{kind.label}: {counts[kind]:,}" for kind in kinds if counts[kind]]
    return "\n".join([f"{when}: {counts.total():,}", *lines])


def _axis(days: Sequence[date], slot: float, *, weekly: bool) -> tuple[Label, ...]:
    """Labels of days under the bars; of Mondays, if the step is a week or more."""
    steps = [one // 7 for one in (7, 14, 28, 56)] if weekly else _STEPS
    step = next((one for one in steps if len(days) <= one * _LABELS), steps[-1])
    first = next((n for n, day in enumerate(days) if day.weekday() == 0), 0) if step >= 7 else 0
    labels, year = [], None
    for number in range(first, len(days), step):
        day = days[number]
        text = short_day(day) if day.year == year else f"{short_day(day)} {day.year}"
        labels.append(Label(x=LEFT + (number + 0.5) * slot, y=BOTTOM + 20, text=text))
        year = day.year
    return tuple(labels)


def _peak(
    slots: Mapping[date, Counter[Kind]], most: int, slot: float, top: int, *, weekly: bool
) -> Label:
    number, day = next((n, d) for n, (d, c) in enumerate(slots.items()) if c.total() == most)
    x = LEFT + (number + 0.5) * slot
    when = f"in the week of {short_day(day)}" if weekly else f"on {day:%a} {short_day(day)}"
    anchor = "start" if x < WIDTH / 4 else "end" if x > WIDTH * 3 / 4 else "middle"
    return Label(x=x, y=_y(most, top), text=f"Most: {most:,} {when}", anchor=anchor)
