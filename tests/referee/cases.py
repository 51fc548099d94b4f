"""Rules of what the clock must do about proofing cases, written a second time, in other words.

A day and an hour before an appointment its holder is reminded; of two that are overdue only the
second, and nobody once it has begun. Two hours after its half an hour a result is missed, once. A
code is good for 30 days, and reminded of when seven are left. A name waits 14 days. A contact is
erased a week after the case's end. A case whose credential was revoked is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .record import Watch

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_BOOKS, _HANDS_OVER = ("booked", "moved"), ("passed", "code_reissued")
_ENDS = ("proofed", "withdrawn")
_LAPSE, _ERASE = "name_correction_lapsed", "contact_erased"
_CLOCKS = ("reminded", "no_result", "code_reminded", _LAPSE, _ERASE)


class Fault(StrEnum):
    """The possible faults."""

    MISSING = "missing or too late"
    EARLY = "before its time"
    DOUBLE = "twice"
    MOOT = "about something that is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An act about the holder's cases: what was done, by whom, and an appointment's start.

    A revocation of the credential is an act, too: `revoked`.
    """

    at: datetime
    what: str
    by: str = "account"
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault, and what it is about."""

    fault: Fault
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Duty:
    """Something to be done from `at` on; it is pointless from `moot` on."""

    what: str
    at: datetime
    moot: datetime | None = None
    told: bool = False


def judge_cases(entries: Sequence[Entry], watch: Watch) -> list[Finding]:
    """Every breach of the rules in a holder's acts, which are in order."""
    return [Finding(fault=fault, about=about) for fault, about in _breaches(entries, watch)]


def _breaches(entries: Sequence[Entry], watch: Watch) -> Iterator[tuple[Fault, str]]:
    duties: list[_Duty] = []
    done: list[_Duty] = []
    contact = False
    is_open = False
    for entry in entries:
        yield from _neglected(entry.at, duties, watch)
        if entry.what in _CLOCKS or (entry.what == "withdrawn" and entry.by == "system"):
            yield from _performed(entry, duties, done)
        if entry.what in _CLOCKS or entry.what == "contact_changed":
            continue
        if entry.what == "revoked":
            duties = [_Duty(what="withdrawn", at=entry.at)] if is_open else duties
            continue
        ended = entry.what in _ENDS
        contact = (contact and entry.what != "method_chosen") or entry.what == "booked"
        is_open = not ended
        done = []
        duties = list(_duties(entry, contact=contact))
    yield from _neglected(watch.until, duties, watch)


def _duties(entry: Entry, *, contact: bool) -> Iterator[_Duty]:
    at, start = entry.at.replace(microsecond=0), entry.start
    if entry.what in _BOOKS and start:
        day, hour = start - DAY, start - HOUR
        if day > at:
            yield _Duty(what="reminded", at=day, moot=hour)
        if hour > at:
            yield _Duty(what="reminded", at=hour, moot=start)
        yield _Duty(what="no_result", at=start + 150 * MINUTE)
    elif entry.what in _HANDS_OVER:
        yield _Duty(what="code_reminded", at=at + 23 * DAY, moot=at + 30 * DAY)
    elif entry.what == "name_differs":
        yield _Duty(what=_LAPSE, at=at + 14 * DAY)
    elif entry.what in _ENDS and contact:
        yield _Duty(what=_ERASE, at=at + 7 * DAY)


def _performed(entry: Entry, duties: list[_Duty], done: list[_Duty]) -> Iterator[tuple[Fault, str]]:
    """Judge what the clock did, and cross the duty off."""
    of_kind = [one for one in duties if one.what == entry.what]
    due = [one for one in of_kind if one.at <= entry.at]
    if due:
        if due[-1].moot and entry.at >= due[-1].moot:
            yield Fault.MOOT, str(entry)
        for one in due:
            duties.remove(one)
            done.append(one)
    elif any(one.what == entry.what for one in done):
        yield Fault.DOUBLE, str(entry)
    else:
        yield (Fault.EARLY if of_kind else Fault.MOOT), str(entry)


def _neglected(until: datetime, duties: list[_Duty], watch: Watch) -> Iterator[tuple[Fault, str]]:
    """The duties for which there was time enough; each is told of once, and may be done yet."""
    for number, duty in enumerate(duties):
        latest = watch.latest(duty.at, watch.patience.clock)
        excused = duty.told or (duty.moot is not None and duty.moot <= latest)
        if latest < until and not excused:
            yield Fault.MISSING, f"{duty} until {until}"
            duties[number] = replace(duty, told=True)
