"""Appointments for a calendar program: iCalendar (RFC 5545) in the words of iTIP (RFC 5546).

    booked  REQUEST, SEQUENCE 0      one UID: the calendar keeps one entry,
    moved   REQUEST, SEQUENCE 1      moves it
    canceled CANCEL, SEQUENCE 2      and removes it

Instants are in UTC: no calendar program has to know a zone's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyfob.domain.messages.declared import Invitation
from keyfob.domain.proofing.calendar import LENGTH

_ALARMS = (timedelta(hours=24), timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An appointment as a calendar shows it; `number` is its SEQUENCE."""

    id: str
    number: int
    start: datetime
    summary: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name and an e-mail address."""

    name: str
    address: str


def written(
    meeting: Meeting, method: Invitation, *, organizer: Person, attendee: Person, now: datetime
) -> bytes:
    """The calendar object, in UTF-8."""
    # Most mails have none, and the package takes longer to load than to use.
    from icalendar import Alarm, Calendar, Event, vCalAddress, vText  # noqa: PLC0415

    event = Event()
    domain = organizer.address.rpartition("@")[2]
    event.add("uid", f"{meeting.id}@{domain}")
    event.add("sequence", meeting.number)
    event.add("dtstamp", now)
    event.add("dtstart", meeting.start)
    event.add("dtend", meeting.start + LENGTH)
    event.add("summary", meeting.summary)
    event.add("description", meeting.description)
    event.add("status", "CONFIRMED" if method is Invitation.REQUEST else "CANCELLED")
    event["organizer"] = vCalAddress(f"mailto:{organizer.address}")
    event["organizer"].params["cn"] = vText(organizer.name)
    invited = vCalAddress(f"mailto:{attendee.address}")
    invited.params["cn"] = vText(attendee.name)
    # Nobody has to answer: the appointment is booked already.
    invited.params["partstat"] = vText("ACCEPTED")
    invited.params["rsvp"] = vText("FALSE")
    event.add("attendee", invited, encode=False)
    if method is Invitation.REQUEST:
        for before in _ALARMS:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", meeting.summary)
            alarm.add("trigger", -before)
            event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Keyfob//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
