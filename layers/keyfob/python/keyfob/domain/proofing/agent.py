"""Agents and their working hours. Pure.

Hours are times on the wall in the agent's zone; appointments are instants in UTC. A change of the
zone's rules moves the hours of days to come, never an appointment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from keyfob.domain.audit.entry import GENESIS

# Zones end in :00, :30 and :45 (Kathmandu); so does every quarter in UTC.
QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Working hours of a weekday (Monday is 0), on the wall; `ends` is after `begins`."""

    weekday: int
    begins: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period in UTC, without its end."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent: the account's id, hours in an IANA zone, languages (BCP 47), and a meeting room.

    The `room` is the address at which the agent receives people; empty if it isn't known.

    One that isn't `active` has no free times; what is booked stays.
    """

    account: str
    zone: str
    languages: tuple[str, ...]
    shifts: tuple[Shift, ...]
    room: str = ""
    active: bool = True
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject: changes of the hours. Appointments are in their case's chain."""
        return f"AGENT#{self.account}"

    @property
    def erased(self) -> Agent:
        """The agent without working place and hours, which say something about a person (S66)."""
        return replace(self, zone="UTC", languages=(), shifts=(), room="")

    def working(self, period: Period) -> Iterator[Period]:
        """The working hours that touch this period, whole, in UTC, on quarters, in order."""
        zone = ZoneInfo(self.zone)
        day = period.begins.astimezone(zone).date() - _DAY
        last = period.ends.astimezone(zone).date()
        while day <= last:
            for shift in sorted(self.shifts, key=lambda one: one.begins):
                hours = _hours(shift, day, zone)
                if hours and hours.begins < period.ends and period.begins < hours.ends:
                    yield hours
            day += _DAY

    def day_of(self, at: datetime) -> date:
        """The day on the agent's wall."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def local_day(self, day: date) -> Period:
        """This day on the agent's wall, from midnight to midnight."""
        zone = ZoneInfo(self.zone)
        begins, ends = (datetime.combine(one, time(), zone) for one in (day, day + _DAY))
        return Period(begins=begins.astimezone(UTC), ends=ends.astimezone(UTC))


def quarters(period: Period) -> Iterator[datetime]:
    """The beginnings of the quarters that touch this period, in order."""
    at = _floor(period.begins)
    while at < period.ends:
        yield at
        at += QUARTER


def is_quarter(at: datetime) -> bool:
    """Whether a quarter of an hour begins at this instant."""
    return _floor(at) == at


def _hours(shift: Shift, day: date, zone: ZoneInfo) -> Period | None:
    """The shift on this day; None on other weekdays, and if a change of time swallows it.

    A beginning in a gap moves behind it, an end in a gap before it (PEP 495). An ambiguous
    beginning is the first of the two, an ambiguous end the second.
    """
    if day.weekday() != shift.weekday:
        return None
    begins = datetime.combine(day, shift.begins, zone).astimezone(UTC)
    ends = datetime.combine(day, shift.ends.replace(fold=1), zone).astimezone(UTC)
    begins, ends = _ceiling(begins), _floor(ends)
    return Period(begins=begins, ends=ends) if begins < ends else None


def _floor(at: datetime) -> datetime:
    return at - (at - at.replace(minute=0, second=0, microsecond=0)) % QUARTER


def _ceiling(at: datetime) -> datetime:
    floor = _floor(at)
    return floor if floor == at else floor + QUARTER
