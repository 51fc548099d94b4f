"""Checks notices and reminders: in time, once, the most urgent one, never obsolete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from .dates import Standing, Step, day_from, deadline, is_night
from .record import (
    EXPIRED,
    LAPSED,
    NOTICE,
    REMINDER,
    RENEWED,
    REVOKED,
    Act,
    Fault,
    Life,
    Sending,
    Told,
    Watch,
)

_FORETELLING = {NOTICE, EXPIRED, REMINDER}
_ENDING = {RENEWED, REVOKED, LAPSED}
Found = Iterator[tuple[Fault, str]]


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """A time between acts; milestones at or before `done` were notified earlier."""

    since: datetime
    standing: Standing
    done: datetime | None
    told: list[Told] = field(default_factory=list)


def foretold(life: Life, watch: Watch) -> Found:
    """Faults of notices, expiry messages and reminders."""
    events: list[Act | Told] = [*life.acts]
    events += [one for one in life.messages if one.kind in _FORETELLING]
    events.sort(key=lambda one: one.number)
    now = _Stretch(since=life.born_at, standing=Standing(expires=life.first_expiry), done=None)
    done: datetime | None = None
    for position, event in enumerate(events):
        if isinstance(event, Told):
            yield from _queued(event, now.standing, done)
            yield from _sent(event, now.standing, events[position + 1 :], life, watch)
            done = event.queued_at
            now.told.append(event)
            continue
        yield from _missing(now, event.at, watch)
        if event.what in {LAPSED, REVOKED}:
            return
        done = None if event.what == RENEWED else done
        now = _Stretch(since=event.at, standing=now.standing.after(event), done=done)
    yield from _missing(now, watch.until, watch)


def _queued(told: Told, standing: Standing, done: datetime | None) -> Found:
    at = told.queued_at
    if at >= standing.ends:
        yield Fault.MOOT, f"it ends at {standing.ends}: {told}"
        return
    passed = [step for step in standing.steps() if step.at <= at]
    overdue = [step for step in passed if done is None or step.at > done]
    if overdue and _is_about(told, overdue[-1]):
        return
    if any(_is_about(told, step) for step in overdue):
        yield Fault.LESS_URGENT, f"{told}, not {overdue[-1]}"
    elif any(_is_about(told, step) for step in passed):
        yield Fault.DOUBLE, f"told up to {done}: {told}"
    else:
        yield Fault.EARLY, f"{told}"


def _is_about(told: Told, step: Step) -> bool:
    return told.kind == step.kind and told.days in {None, step.days}


def _missing(stretch: _Stretch, until: datetime, watch: Watch) -> Found:
    """Each step must be queued before the next one, unless there was no time for it."""
    steps = stretch.standing.steps()
    ends = [*(one.at for one in steps[1:]), stretch.standing.ends]
    for step, end in zip(steps, ends, strict=True):
        if stretch.done is not None and step.at <= stretch.done:
            continue
        since = max(step.at, stretch.since)
        latest = watch.latest(since, watch.patience.clock)
        if latest >= min(end, until):
            continue
        if not any(
            _is_about(one, step) and since <= one.queued_at <= latest for one in stretch.told
        ):
            yield Fault.MISSING, f"{step} wasn't told until {latest}"


def _sent(
    told: Told, standing: Standing, later: Sequence[Act | Told], life: Life, watch: Watch
) -> Found:
    for sending in told.sent:
        became = _standing_at(standing, later, sending.at)
        if _is_moot(told, standing, later, sending.at):
            yield Fault.MOOT, f"{told}"
        elif _next(told, became) <= sending.at:
            yield Fault.LESS_URGENT, f"at {_next(told, became)} there was something to tell: {told}"
        if told.kind != EXPIRED and _can_wait(sending.at, _comes(told, standing), life.zone):
            yield Fault.QUIET, f"{sending.at.isoformat()} in {life.zone}: {told}"
        yield from _said(told, sending, became, life)
    latest = _latest(told, _comes(told, standing), life, watch)
    if any(one.at <= latest for one in told.sent) or latest >= watch.until:
        return
    if latest < _moot_from(told, standing, later):
        yield Fault.MISSING, f"never sent, or too late: {told}"


def _latest(told: Told, comes: datetime, life: Life, watch: Watch) -> datetime:
    """The latest time to send it; for a deferrable reminder all of that time is by day."""
    patience = watch.patience.mail
    latest = watch.latest(told.queued_at, patience)
    if told.kind == EXPIRED:
        return latest
    while night := [at for at in (latest - patience, latest) if _can_wait(at, comes, life.zone)]:
        latest = watch.latest(day_from(night[0], life.zone), patience)
    return latest


def _can_wait(at: datetime, comes: datetime, zone: str) -> bool:
    """Whether it is night, and the announced event comes after the morning only."""
    return is_night(at, zone) and day_from(at, zone) < comes


def _comes(told: Told, standing: Standing) -> datetime:
    return standing.expires if told.kind == NOTICE else standing.ends


def _is_moot(told: Told, standing: Standing, later: Sequence[Act | Told], at: datetime) -> bool:
    """Whether it was obsolete at `at`; an event in that very second is forgiven."""
    for event in _before(later, at):
        if isinstance(event, Told) or event.what in _ENDING:
            return True
    became = _standing_at(standing, later, at)
    averted = told.kind == REMINDER and became.ends != standing.ends
    return averted or at >= (became.expires if told.kind == NOTICE else became.ends)


def _moot_from(told: Told, standing: Standing, later: Sequence[Act | Told]) -> datetime:
    """The time from which it need not be sent any more."""
    moot = _next(told, standing)
    for event in later:
        if _at(event) >= moot:
            break
        if isinstance(event, Told) or event.what in _ENDING:
            return _at(event)
        became = standing.after(event)
        if told.kind == REMINDER and became.ends != standing.ends:
            return event.at
        standing = became
        moot = min(moot, _next(told, standing))
    return moot


def _next(told: Told, standing: Standing) -> datetime:
    """The time of the next step, or of the end."""
    later = (step.at for step in standing.steps() if step.at > told.queued_at)
    return min(later, default=standing.ends)


def _standing_at(standing: Standing, later: Sequence[Act | Told], at: datetime) -> Standing:
    for event in _before(later, at):
        if isinstance(event, Act):
            standing = standing.after(event)
    return standing


def _before(events: Sequence[Act | Told], at: datetime) -> Iterator[Act | Told]:
    """The events of an earlier second."""
    second = at.replace(microsecond=0)
    return takewhile(lambda event: _at(event) < second, events)


def _said(told: Told, sending: Sending, standing: Standing, life: Life) -> Found:
    until, revokes = standing.expires, standing.ends
    if sending.until not in {None, until}:
        yield Fault.SAID, f"valid until {until}: {told}"
    if sending.revokes not in {None, revokes}:
        yield Fault.SAID, f"revoked at {revokes}: {told}"
    if sending.tells_deadline:
        last = deadline(revokes, life.zone, life.country)
        if sending.deadline != (last if last > sending.at else None):
            yield Fault.SAID, f"the last business day ends at {last}: {told}"


def _at(event: Act | Told) -> datetime:
    return event.queued_at if isinstance(event, Told) else event.at
