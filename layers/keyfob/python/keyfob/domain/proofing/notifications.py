"""Messages that follow from a change of a case. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from keyfob.domain.messages.kinds import (
    AppointmentFacts,
    AtFacts,
    CodeFacts,
    Kind,
    LetterFacts,
)
from keyfob.domain.messages.outbox import Message
from keyfob.domain.proofing.case import Appointment, Case, Change, CodeKind, Transition
from keyfob.domain.proofing.letter import last_day

_HOLDERS = {
    Change.BOOKED: Kind.APPOINTMENT_BOOKED,
    Change.MOVED: Kind.APPOINTMENT_MOVED,
    Change.CANCELED: Kind.APPOINTMENT_CANCELED,
    Change.WITHDRAWN: Kind.APPOINTMENT_CANCELED,
    # A letter's code was entered before the meeting.
    Change.PROOFED: Kind.APPOINTMENT_CANCELED,
    Change.NO_SHOW: Kind.APPOINTMENT_MISSED,
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
    Change.PROOFED: Kind.PROOFED,
    Change.REOPENED: Kind.PROOFING_REOPENED,
}
# An agent is told of what the holder did; what the agent did needs no mail.
_AGENTS = (Change.BOOKED, Change.MOVED, Change.CANCELED, Change.WITHDRAWN, Change.PROOFED)


def notifications(
    seen: Case, transition: Transition, now: datetime, *, correlation: str
) -> list[Message]:
    """Notify the holder of everything about an appointment, and the agent of its coming and going.

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
        for kind, recipient, facts in _told(seen, transition, now)
    ]


def _told(
    seen: Case, transition: Transition, now: datetime
) -> Iterator[tuple[Kind, str, AppointmentFacts | AtFacts | CodeFacts | LetterFacts]]:
    to, change = transition.case, transition.change
    zone = to.contact.zone if to.contact else "UTC"
    if change in _ABOUT_CODES:
        facts = _of_code(to, zone, by_letter=change in _OF_LETTERS)
        yield _ABOUT_CODES[change], seen.account, facts
        return
    if change in _AT:
        yield _AT[change], seen.account, AtFacts(at=_written(now))
    before, after = seen.appointment, to.appointment
    shown = after or (before and _next(before))
    if change in _HOLDERS and shown:
        yield _HOLDERS[change], seen.account, {**_facts(shown), "zone": zone}
    if change is Change.NO_RESULT and after:
        yield Kind.RESULT_MISSING, after.agent, _facts(after)
    if change not in _AGENTS:
        return
    # One that has begun has its agent waiting already.
    if before and now < before.start and (after is None or after.agent != before.agent):
        yield Kind.AGENT_CANCELED, before.agent, _facts(_next(before))
    if after:
        yield Kind.AGENT_BOOKED, after.agent, _facts(after)


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
