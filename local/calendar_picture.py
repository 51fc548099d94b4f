"""Draws recorded lives: a self-contained page with inline SVG. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.calendar_story import (
    Flag,
    Mark,
    Stretch,
    day,
    ended_at,
    flags,
    kept,
    stretches,
    written,
)
from local.chronicle import Letter, Life
from local.html import POLICY, render

_WIDTH, _LEFT, _RIGHT, _TOP = 1360.0, 190.0, 130.0, 54.0
_ROOM = timedelta(days=12)
_LEVEL, _STEP, _HEAD, _SMALL = 23.0, 20.0, 9.0, 4.0
_BAR, _ABOVE, _BELOW = 24.0, 24.0, 46.0
# The average width of the smallest letters; a little too much is better than too little.
_LETTER, _BOLD = 6.4, 8.4

_SPELLED = {
    "pending": "not activated",
    "active": "active",
    "suspended": "suspended",
    "expired": "expired",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A drawn stretch; `planned` is its future part."""

    state: str
    x: float
    width: float
    label: str
    title: str
    planned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A mark at its place on a flag."""

    mark: Mark
    x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pole:
    """A drawn flag: `y` is its height above the bar."""

    flag: Flag
    x: float
    y: float
    heads: tuple[Head, ...]
    caption_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """A paid year; `lost` begins where the credential's end cut it short."""

    x: float
    end: float
    lost: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """An accepted code."""

    x: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One person's lane; `y` is the upper edge of the bar."""

    life: Life
    top: float
    y: float
    bars: tuple[Bar, ...]
    poles: tuple[Pole, ...]
    rails: tuple[Rail, ...]
    dots: tuple[Dot, ...]
    end: float | None
    end_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The first of a month; `label` is empty if there is no room for one."""

    x: float
    label: str
    year: str


class Axis:
    """Maps instants to positions."""

    def __init__(self, lives: Sequence[Life], until: datetime) -> None:
        """From the first day of all lives to the last paid day."""
        self.start = min(one.views[0].purchased_at for one in lives) - _ROOM
        paid = [one.views[-1].expires_at for one in lives if ended_at(one) is None]
        self.end = max([until, *paid]) + _ROOM

    def x(self, at: datetime) -> float:
        """The position of an instant, in the picture's units."""
        share = (at - self.start) / (self.end - self.start)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def ticks(self) -> Iterator[Tick]:
        """The first of each month."""
        at = self.start.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        while at < self.end:
            if at > self.start:
                label = f"{at:%b}" if at.month in {1, 4, 7, 10} else ""
                yield Tick(x=self.x(at), label=label, year=f"{at:%Y}" if at.month == 1 else "")
            at = (at + timedelta(days=32)).replace(day=1)


def picture(lives: Sequence[Life], until: datetime) -> str:
    """The page; `until` is the instant at which the lives were recorded, aware."""
    axis = Axis(lives, until)
    lanes, top = [], _TOP
    for life in lives:
        lane = _lane(life, axis, until, top)
        lanes.append(lane)
        top = lane.y + _BAR + _BELOW
    return render(
        "calendar.html",
        lanes=lanes,
        ticks=list(axis.ticks()),
        width=_WIDTH,
        height=top,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        top=_TOP,
        bar=_BAR,
        head=_HEAD,
        small=_SMALL,
        now=axis.x(until),
        until=until,
        lists=[(life, [_lines(life, one) for one in life.letters]) for life in lives],
        mails=sum(len(one.letters) for one in lives),
        events=sum(len(one.events) for one in lives),
        policy=POLICY,
    )


def _lane(life: Life, axis: Axis, until: datetime, top: float) -> Lane:
    poles = _poles(flags(life, until), axis)
    highest = max([pole.y for pole in poles], default=0.0)
    ended = ended_at(life)
    return Lane(
        life=life,
        top=top,
        y=top + _ABOVE + highest,
        bars=tuple(_bars(life, axis, until)),
        poles=tuple(poles),
        rails=tuple(_rails(life, axis, ended)),
        dots=tuple(
            Dot(x=axis.x(one.at), title=f"signed in with a code\n{written(one.at, life)}")
            for one in life.events
            if one.what == "token.accepted"
        ),
        end=axis.x(ended) if ended else None,
        end_title=f"revoked\n{written(ended, life)}" if ended else "",
    )


def _bars(life: Life, axis: Axis, until: datetime) -> Iterator[Bar]:
    found = stretches(life, until)
    for one in found:
        yield _bar(one, life, axis)
    expires = life.views[-1].expires_at
    if found and found[-1].end == until and found[-1].state == "active" and expires > until:
        yield Bar(
            state="active",
            x=axis.x(until),
            width=round(axis.x(expires) - axis.x(until), 1),
            label="",
            title=f"valid until {written(expires, life)}",
            planned=True,
        )


def _bar(one: Stretch, life: Life, axis: Axis) -> Bar:
    x = axis.x(one.start)
    width = round(axis.x(one.end) - x, 1)
    label = _SPELLED[one.state]
    return Bar(
        state=one.state,
        x=x,
        width=width,
        label=label if width > len(label) * _BOLD + 16 else "",
        title=f"{label}\nfrom {written(one.start, life)}\nto {written(one.end, life)}",
    )


def _poles(told: Sequence[Flag], axis: Axis) -> list[Pole]:
    """Place each flag above all later ones that its words would reach: no pole crosses words."""
    poles: list[Pole] = []
    for flag in reversed(told):
        x = axis.x(flag.at)
        heads = _heads(flag, x)
        caption_x = (heads[-1].x if heads else x) + _HEAD + 5
        reach = caption_x + len(flag.caption) * _LETTER
        below = [pole.y for pole in poles if pole.x - _HEAD < reach]
        y = max(below, default=_LEVEL - _STEP) + _STEP
        poles.append(Pole(flag=flag, x=x, y=y, heads=heads, caption_x=caption_x))
    return poles[::-1]


def _heads(flag: Flag, x: float) -> tuple[Head, ...]:
    """Heads side by side; marks that are not about time are small and come last."""
    heads: list[Head] = []
    edge = x
    for mark in sorted(flag.marks, key=lambda one: one.kind == "other"):
        radius = _SMALL if mark.kind == "other" else _HEAD
        at = edge + radius + 1 if heads else x
        heads.append(Head(mark=mark, x=round(at, 1)))
        edge = at + radius
    return tuple(heads)


def _rails(life: Life, axis: Axis, ended: datetime | None) -> Iterator[Rail]:
    start = life.views[0].purchased_at
    for expires in dict.fromkeys(one.expires_at for one in life.views):
        end = axis.x(expires)
        lost = min(end, max(axis.x(ended), axis.x(start))) if ended else end
        label = f"valid until {day(expires, life)}"
        yield Rail(x=axis.x(start), end=end, lost=lost, label=label)
        start = expires


def _lines(life: Life, letter: Letter) -> tuple[str, str, str]:
    return written(letter.at, life), letter.subject, kept(life, letter)
