"""Messages that follow from a change of a case. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from keyfob.domain.messages.facts import (
    AppointmentFacts,
    AtFacts,
    CodeFacts,
    LetterFacts,
    RoomFacts,
    UntilFacts,
)
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.proofing.case import Appointment, Case, Change, CodeKind, Transition
from keyfob.domain.proofing.letter import last_day
from keyfob.domain.proofing.rooms import closes

_ROOMS = "rooms"
_HOLDERS = {
    Change.BOOKED: Kind.APPOINTMENT_BOOKED,
    Change.MOVED: Kind.APPOINTMENT_MOVED,
    Change.REASSIGNED: Kind.APPOINTMENT_REASSIGNED,
    Change.AGENT_UNAVAILABLE: Kind.APPOINTMENT_TO_MOVE,
    Change.AGENT_AVAILABLE: Kind.APPOINTMENT_STANDS,
    Change.CANCELED: Kind.APPOINTMENT_CANCELED,
    Change.WITHDRAWN: Kind.APPOINTMENT_CANCELED,
    # A letter's code was entered before the meeting.
    Change.PROOFED: Kind.APPOINTMENT_CANCELED,
    Change.NO_SHOW: Kind.APPOINTMENT_MISSED,
    Change.MISSED: Kind.APPOINTMENT_MISSED,
    Change.DISPUTED: Kind.APPOINTMENT_DISPUTED,
    Change.TECHNICAL: Kind.APPOINTMENT_NOT_HELD,
    Change.AGENT_ABSENT: Kind.APPOINTMENT_NOT_HELD,
    Change.FAILED: Kind.PROOFING_FAILED,
    Change.REMINDED: Kind.APPOINTMENT_REMINDER,
}
_OF_CODES = {
    Change.PASSED: Kind.PROOFING_PASSED,
    Change.CODE_REISSUED: Kind.PROOFING_PASSED,
    Change.CODE_REMINDED: Kind.CODE_REMINDER,
}
_OF_LETTERS = {
    Change.LETTER_SENT: Kind.LETTER_SENT,
    Change.LETTER_REMINDED: Kind.LETTER_REMINDER,
}
_ABOUT_CODES = _OF_CODES | _OF_LETTERS
_AT = {
    Change.LETTER_LOST: Kind.LETTER_LOST,
    Change.REOPENED: Kind.PROOFING_REOPENED,
    Change.NAME_CORRECTED: Kind.NAME_CORRECTED,
    Change.NAME_KEPT: Kind.NAME_KEPT,
    Change.CORRECTION_LAPSED: Kind.NAME_KEPT,
}
# After these the appointment that they are about has been the last one for a while.
_ABOUT_THE_LAST = (Change.DISPUTED, Change.MISSED)
# An agent is told of what others did; what the agent did needs no mail.
_AGENTS = (
    Change.BOOKED,
    Change.MOVED,
    Change.REASSIGNED,
    Change.CANCELED,
    Change.WITHDRAWN,
    Change.PROOFED,
    Change.ROOM_OPENED,
    Change.ROOM_GIVEN_UP,
)
# Whether there is a room of its own is known: who waited for the address is told.
_DECIDED = (Change.ROOM_OPENED, Change.ROOM_GIVEN_UP)


def notifications(
    seen: Case, transition: Transition, now: datetime, *, correlation: str
) -> list[Message]:
    """Notify the holder of everything about an appointment, and the agent of its coming and going.

    The end with a proofing is told by `dispute.proofed`: that mail has a secret.
    The holder's times are in the zone of the contact.
    """
    return [
        Message(
            kind=kind,
            subject=seen.subject,
            version=seen.version + 1,
            recipient=recipient,
            facts=facts,
            correlation=correlation,
        )
        for kind, recipient, facts in (
            *_told(seen, transition, now),
            *_calls(seen, transition, now),
        )
    ]


def _told(
    seen: Case, transition: Transition, now: datetime
) -> Iterator[tuple[Kind, str, AppointmentFacts | AtFacts | CodeFacts | LetterFacts | UntilFacts]]:
    to, change = transition.case, transition.change
    zone = to.contact.zone if to.contact else "UTC"
    if change in _ABOUT_CODES:
        facts = _of_code(to, zone, by_letter=change in _OF_LETTERS)
        yield _ABOUT_CODES[change], seen.account, facts
        return
    if change is Change.NAME_DIFFERS and to.correction:
        until = _written(to.correction.until)
        yield Kind.NAME_IN_QUESTION, seen.account, UntilFacts(until=until)
    if change in _AT:
        yield _AT[change], seen.account, AtFacts(at=_written(now))
    before, after = seen.appointment, to.appointment
    held = to.held if change in _ABOUT_THE_LAST else None
    shown = after or (before and _next(before)) or held
    kind = _of_holder(change, before, after)
    if kind and shown and not _waits(change, after):
        yield kind, seen.account, {**_facts(shown), "zone": zone}
    yield from _to_agents(before, after, change, now)


def _to_agents(
    before: Appointment | None, after: Appointment | None, change: Change | None, now: datetime
) -> Iterator[tuple[Kind, str, AppointmentFacts]]:
    if change is Change.NO_RESULT and after:
        yield Kind.RESULT_MISSING, after.agent, _facts(after)
    if change not in _AGENTS:
        return
    # One that has begun has its agent waiting already.
    if before and now < before.start and (after is None or after.agent != before.agent):
        yield Kind.AGENT_CANCELED, before.agent, _facts(_next(before))
    if after and not _waits(change, after):
        yield Kind.AGENT_BOOKED, after.agent, _facts(after)


def _of_holder(
    change: Change | None, before: Appointment | None, after: Appointment | None
) -> Kind | None:
    """The holder's mail about a change; none when an obstacle goes and another is left."""
    if change is None:
        return None
    if after and change in _DECIDED:
        return Kind.APPOINTMENT_MOVED if after.number else Kind.APPOINTMENT_BOOKED
    if before and after and after.must_be_moved:
        if change is Change.REMINDED:
            return Kind.APPOINTMENT_TO_MOVE
        if after.obstacles < before.obstacles:
            return None
    return _HOLDERS.get(change)


def _waits(change: Change | None, after: Appointment | None) -> bool:
    """Whether people are told of a booking or move only once its room is known."""
    if after is None or after.room_by is None:
        return False
    return change in (Change.BOOKED, Change.MOVED)


def _calls(
    seen: Case, transition: Transition, now: datetime
) -> Iterator[tuple[Kind, str, RoomFacts]]:
    """The calls to the provider of meeting rooms."""
    before, after, change = seen.appointment, transition.case.appointment, transition.change
    if after and _waits(change, after):
        yield Kind.OPEN_ROOM, _ROOMS, _room(after)
    if after and after.room and change is Change.MOVED:
        yield Kind.MOVE_ROOM, _ROOMS, _room(after)
    ended = after if change is Change.NO_RESULT else before if after is None else None
    if ended and (ended.room or ended.room_by):
        room = _room(_next(ended))
        yield Kind.CLOSE_ROOM, _ROOMS, {**room, "closes": _written(closes(ended, now))}


def _room(appointment: Appointment) -> RoomFacts:
    return RoomFacts(
        appointment=appointment.id,
        number=appointment.number,
        start=_written(appointment.start),
    )


def _next(appointment: Appointment) -> Appointment:
    """The appointment with the number of its end."""
    return replace(appointment, number=appointment.number + 1)


def _of_code(case: Case, zone: str, *, by_letter: bool) -> CodeFacts | LetterFacts:
    if not by_letter:
        until = _written(case.codes[CodeKind.AGENT].until)
        return CodeFacts(case=case.id, until=until, zone=zone)
    letter, ends = case.letter, last_day(case)
    if letter is None or letter.mailed_on is None or ends is None:
        raise ValueError("no letter was mailed")
    return LetterFacts(
        case=case.id,
        until=_written(case.codes[CodeKind.LETTER].until),
        zone=zone,
        mailed_on=letter.mailed_on.isoformat(),
        last_day=ends.isoformat(),
    )


def _facts(appointment: Appointment) -> AppointmentFacts:
    return AppointmentFacts(
        appointment=appointment.id,
        number=appointment.number,
        start=_written(appointment.start),
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
