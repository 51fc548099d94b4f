"""A meeting room of its own for each appointment, made by a provider after the booking. Pure (C3).

    booked ──▶ room_by: the provider is asked, nobody has an address yet
           ──opened──▶ room: the mails go out with it
           ──given up─▶ the agent's room: the mails go out with that

One of the two happens, in a transaction with the mails: no mail has an address that isn't the
appointment's. A move keeps the room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from keyfob.domain.proofing.calendar import LENGTH
from keyfob.domain.proofing.case import Appointment, Case, Change, Transition, changed

# The agent reads the activation code out after the result.
_CLOSES_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An appointment as a provider of rooms sees it: no names; `number` rises with each change."""

    appointment: str
    number: int
    begins: datetime

    @property
    def ends(self) -> datetime:
        """When the meeting is over."""
        return self.begins + LENGTH


class MeetingRooms(Protocol):
    """A provider of meeting rooms.

    Every call can be repeated: a room belongs to an appointment's id. A call with a lower number
    than one before changes nothing, so that it doesn't matter in which order they arrive.

    Each raises `RoomsUnavailable` if there was no usable answer; the adapter sets timeouts.
    """

    def create(self, meeting: Meeting) -> str:
        """The address of the appointment's room, which is made if there is none."""

    def move(self, meeting: Meeting) -> str:
        """Give the room the meeting's time; returns its address."""

    def close(self, appointment: str, number: int) -> None:
        """Close the room; a room that is closed or unknown stays so."""


def is_awaited(case: Case | None, appointment: str, number: int) -> bool:
    """Whether a room of the appointment with this number is still to be opened."""
    booked = case.appointment if case else None
    if booked is None or booked.room_by is None:
        return False
    return (booked.id, booked.number) == (appointment, number)


def is_needed(case: Case | None, appointment: str) -> bool:
    """Whether the appointment has a room, or waits for one."""
    booked = case.appointment if case else None
    return booked is not None and booked.id == appointment and bool(booked.room or booked.room_by)


def opened(case: Case, number: int, room: str) -> Transition:
    """The provider has opened the room; nothing changes if it isn't awaited any more."""
    booked = case.appointment
    if booked is None or not is_awaited(case, booked.id, number):
        return Transition(case=case)
    ready = replace(booked, room=room, room_by=None)
    return changed(Change.ROOM_OPENED, replace(case, appointment=ready))


def address(appointment: Appointment, agents_room: str) -> str:
    """The address of the meeting; empty while its room is awaited."""
    if appointment.room:
        return appointment.room
    return "" if appointment.room_by else agents_room


def closes(appointment: Appointment, now: datetime) -> datetime:
    """When the room of an appointment that has ended is closed."""
    over = appointment.start + LENGTH + _CLOSES_AFTER
    return now if now < appointment.start else max(over, now)
