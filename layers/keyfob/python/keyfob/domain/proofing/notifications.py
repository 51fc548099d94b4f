"""Messages that follow from a change of a case. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from keyfob.domain.messages.kinds import AppointmentFacts, AtFacts, CodeFacts, Kind, UntilFacts
from keyfob.domain.messages.outbox import Message
from keyfob.domain.proofing.case import Appointment, Case, Change, CodeKind, Transition

_HOLDERS = {
    Change.BOOKED: Kind.APPOINTMENT_BOOKED,
    Change.MOVED: Kind.APPOINTMENT_MOVED,
    Change.CANCELED: Kind.APPOINTMENT_CANCELED,
    Change.WITHDRAWN: Kind.APPOINTMENT_CANCELED,
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
_AT = {
    Change.REOPENED: Kind.PROOFING_REOPENED,
    Change.NAME_CORRECTED: Kind.NAME_CORRECTED,
    Change.NAME_KEPT: Kind.NAME_KEPT,
    Change.CORRECTION_LAPSED: Kind.NAME_KEPT,
}
# An agent is told of what the holder did; what the agent did needs no mail.
_AGENTS = (Change.BOOKED, Change.MOVED, Change.CANCELED, Change.WITHDRAWN)


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
        for kind, recipient, facts in _told(seen, transition, now)
    ]


def _told(
    seen: Case, transition: Transition, now: datetime
) -> Iterator[tuple[Kind, str, AppointmentFacts | AtFacts | CodeFacts | UntilFacts]]:
    to, change = transition.case, transition.change
    zone = to.contact.zone if to.contact else "UTC"
    if change in _OF_CODES:
        until = _written(to.codes[CodeKind.AGENT].until)
        facts = CodeFacts(case=to.id, until=until, zone=zone)
        yield _OF_CODES[change], seen.account, facts
        return
    if change is Change.NAME_DIFFERS and to.correction:
        until = _written(to.correction.until)
        yield Kind.NAME_IN_QUESTION, seen.account, UntilFacts(until=until)
    if change in _AT:
        yield _AT[change], seen.account, AtFacts(at=_written(now))
    before, after = seen.appointment, to.appointment
    shown = after or (before and _next(before))
    if change in _HOLDERS and shown:
        yield _HOLDERS[change], seen.account, {**_facts(shown), "zone": zone}
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
    if after:
        yield Kind.AGENT_BOOKED, after.agent, _facts(after)


def _next(appointment: Appointment) -> Appointment:
    """The appointment with the number of its end."""
    return replace(appointment, number=appointment.number + 1)


def _facts(appointment: Appointment) -> AppointmentFacts:
    return AppointmentFacts(
        appointment=appointment.id,
        number=appointment.number,
        start=_written(appointment.start),
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
