"""Appointments as calendar programs read them (C3; RFC 5545, RFC 5546)."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

from keyfob.domain.messages.declared import Invitation
from keyfob.domain.messages.kinds import Kind
from keyfob.usecases.messages.mail import MailBuilder
from tests.support.fakes import FakeClock
from tests.support.order_world import SENDER

START = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
INVITING = [kind for kind in Kind if kind.declared.invites]


def mail(kind: Kind, *, number: int = 0, start: datetime = START, **changes: Any) -> EmailMessage:
    """The mail, as it arrives."""
    facts = {"appointment": "apt_7f3k", "number": number, "start": start.isoformat(), "zone": "UTC"}
    built = MailBuilder(SENDER, FakeClock()).build(
        kind,
        **{
            "to": "ada@acme.example",
            "name": "Ada Byron, Lovelace",
            "language": "en",
            "zone": "Asia/Kolkata",
            "facts": facts,
            "ref": "msg_1",
            **changes,
        },
    )
    raw = bytes(built.mime)
    assert raw.isascii(), "a relay may accept only seven bits"
    return email.message_from_bytes(raw, policy=email.policy.default)


def parts(one: EmailMessage, kind: str) -> list[Any]:
    return [part for part in one.walk() if part.get_content_type() == kind]


def event_in(one: EmailMessage) -> tuple[str, Any]:
    """The method and the event of a mail's calendar part."""
    [part] = parts(one, "text/calendar")
    content = part.get_content()
    calendar = Calendar.from_ical(content if isinstance(content, str) else content.decode())
    [event] = calendar.walk("VEVENT")
    return str(calendar["method"]), event


@dataclass
class Program:
    """A calendar program that obeys RFC 5546: one entry a UID, the highest SEQUENCE wins."""

    entries: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def receive(self, one: EmailMessage) -> None:
        method, event = event_in(one)
        uid, number = str(event["uid"]), int(event["sequence"])
        if number < self.seen.get(uid, -1):
            return
        self.seen[uid] = number
        if method == "CANCEL":
            self.entries.pop(uid, None)
        else:
            self.entries[uid] = event


def test_booked_moved_and_canceled_leave_one_entry_then_none_C3() -> None:
    program = Program()
    program.receive(mail(Kind.APPOINTMENT_BOOKED))
    assert len(program.entries) == 1
    later = START + timedelta(hours=2)
    program.receive(mail(Kind.APPOINTMENT_MOVED, number=1, start=later))
    [entry] = program.entries.values()
    assert entry["dtstart"].dt == later
    program.receive(mail(Kind.APPOINTMENT_BOOKED))
    assert program.entries[str(entry["uid"])]["dtstart"].dt == later, "an old mail changes nothing"
    program.receive(mail(Kind.APPOINTMENT_CANCELED, number=2, start=later))
    assert program.entries == {}


@pytest.mark.parametrize("kind", INVITING)
def test_the_method_stands_in_the_part_and_in_the_calendar_C3(kind: Kind) -> None:
    one = mail(kind)
    [part] = parts(one, "text/calendar")
    [attached] = parts(one, "application/ics")
    wanted = kind.declared.invites
    assert wanted
    assert part.get_param("method") == attached.get_param("method") == wanted.value
    assert event_in(one)[0] == wanted.value
    assert attached.get_filename() == "invite.ics"
    assert attached.get_content() == part.get_payload(decode=True)


def test_an_entry_has_its_half_hour_people_and_alarms_in_utc_C3() -> None:
    _, event = event_in(mail(Kind.APPOINTMENT_BOOKED))
    assert (event["dtstart"].dt, event["dtend"].dt) == (START, START + timedelta(minutes=30))
    assert event["dtstart"].to_ical() == b"20261124T143000Z"
    assert str(event["uid"]) == f"apt_7f3k@{SENDER.address.partition('@')[2]}"
    assert str(event["organizer"]) == f"mailto:{SENDER.address}"
    assert str(event["attendee"]) == "mailto:ada@acme.example"
    assert event["attendee"].params["CN"] == "Ada Byron, Lovelace"
    assert event["attendee"].params["PARTSTAT"] == "ACCEPTED"
    alarms = [alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert alarms == [timedelta(hours=-24), timedelta(hours=-1)]
    assert str(event["status"]) == "CONFIRMED"


def test_a_canceled_entry_says_so_and_alarms_nobody_C3() -> None:
    _, event = event_in(mail(Kind.APPOINTMENT_CANCELED, number=1))
    assert str(event["status"]) == "CANCELLED"
    assert list(event.walk("VALARM")) == []


def test_the_entry_is_in_the_readers_language_C3() -> None:
    _, event = event_in(mail(Kind.APPOINTMENT_BOOKED, language="de"))
    assert "Identität" in str(event["summary"])


def test_a_name_injects_nothing_into_the_calendar_S51() -> None:
    name = "Ada\r\nATTENDEE:mailto:eve@evil.example"
    _, event = event_in(mail(Kind.APPOINTMENT_BOOKED, name=name))
    assert str(event["attendee"]) == "mailto:ada@acme.example"
    assert isinstance(event["attendee"].params["CN"], str)


@pytest.mark.parametrize("kind", [Kind.APPOINTMENT_REMINDER, Kind.PROOFING_PASSED])
def test_other_mails_bring_no_entry_C3(kind: Kind) -> None:
    at = START.isoformat()
    facts = {"case": "prf_1", "until": at, "start": at, "zone": "UTC", "appointment": "apt_1"}
    assert parts(mail(kind, facts=facts), "text/calendar") == []


def test_only_a_coming_and_going_appointment_is_an_invitation_C3() -> None:
    assert {kind.value: kind.declared.invites for kind in INVITING} == {
        "appointment_booked": Invitation.REQUEST,
        "appointment_moved": Invitation.REQUEST,
        "appointment_reassigned": Invitation.REQUEST,
        "appointment_canceled": Invitation.CANCEL,
        "agent_booked": Invitation.REQUEST,
        "agent_canceled": Invitation.CANCEL,
    }
