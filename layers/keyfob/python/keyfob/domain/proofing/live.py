"""Live proofing: an appointment with an agent, and its result. Pure (C3, C4, S34).

    booked ──passed──────▶ code: the agent hands it over, good for 30 days
           ──failed──────▶ to_book; the third time in_review
           ──technical───▶ to_book, costs nothing
           ──no_show─────▶ to_book; from the second on after a day
           ──agent_absent▶ to_book, costs nothing

A result is given once: it moves the case out of `booked`.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from keyfob.domain.policy import Policy
from keyfob.domain.proofing.calendar import LENGTH, bookable
from keyfob.domain.proofing.case import (
    ActivationCode,
    Appointment,
    Case,
    Change,
    CodeKind,
    Contact,
    Method,
    State,
    Transition,
    changed,
)
from keyfob.domain.proofing.errors import (
    BookingPaused,
    InReview,
    NoSuchStep,
    SlotTaken,
    TooEarly,
    WrongActivationCode,
)

# So long a late comer is waited for, on either side.
_WAITED_FOR = timedelta(minutes=15)


def require_at_booking(case: Case, now: datetime) -> None:
    """Refuse a case that takes no appointment now.

    Raises:
        InReview, NoSuchStep.
    """
    state = case.state_at(now)
    if state is State.IN_REVIEW:
        raise InReview
    if state not in (State.TO_BOOK, State.BOOKED):
        raise NoSuchStep


def require_bookable(case: Case, start: datetime, now: datetime, policy: Policy) -> None:
    """Refuse a time that can't be booked, whoever is free.

    Raises:
        InReview, NoSuchStep: the case isn't at an appointment.
        BookingPaused: after missed appointments.
        SlotTaken: too soon or too far ahead.
    """
    require_at_booking(case, now)
    if case.books_from and start < case.books_from:
        raise BookingPaused(until=case.books_from)
    allowed = bookable(now, policy)
    if not allowed.begins <= start < allowed.ends:
        raise SlotTaken


def book(case: Case, appointment: Appointment, contact: Contact, now: datetime) -> Transition:
    """Book the first appointment, or move the booked one; the same again changes nothing.

    Reminders whose time has passed are not sent any more.

    Raises:
        NoSuchStep: the appointment has begun: its result comes from the agent.
    """
    before = case.appointment
    if before is None:
        booked = replace(
            case,
            state=State.BOOKED,
            appointment=appointment,
            contact=contact,
            codes={kind: one for kind, one in case.codes.items() if kind is CodeKind.LETTER},
            told_at=now,
        )
        return changed(Change.BOOKED, booked)
    _require_not_begun(before, now)
    if before.start == appointment.start:
        if case.contact == contact:
            return Transition(case=case)
        return changed(Change.CONTACT_CHANGED, replace(case, contact=contact))
    moved = replace(before, agent=appointment.agent, start=appointment.start)
    moved = replace(moved, number=before.number + 1)
    return changed(Change.MOVED, replace(case, appointment=moved, contact=contact, told_at=now))


def cancel(case: Case, now: datetime) -> Transition:
    """Cancel the appointment; without one nothing changes.

    Raises:
        NoSuchStep: the appointment has begun.
    """
    if case.appointment is None:
        return Transition(case=case)
    _require_not_begun(case.appointment, now)
    return changed(Change.CANCELED, replace(case, state=State.TO_BOOK, appointment=None))


def passed(case: Case, agent: str, mac: str, now: datetime, policy: Policy) -> Transition:
    """The holder was recognized; the code with this keyed hash is handed over.

    Raises:
        NoSuchStep: not this agent's appointment, or its result was given. TooEarly.
    """
    _require_held(case, agent, now)
    code = ActivationCode(mac=mac, until=now + policy.activation_code_lifetime)
    handed = replace(
        _held(case, State.CODE),
        codes={**case.codes, CodeKind.AGENT: code},
        agent=agent,
    )
    return changed(Change.PASSED, handed)


def reissued(case: Case, agent: str, mac: str, now: datetime, policy: Policy) -> Transition:
    """Another code in the place of the one that the agent handed over, which dies.

    Raises:
        NoSuchStep: no code of this agent's waits to be entered.
    """
    if case.state_at(now) is not State.CODE or case.agent != agent:
        raise NoSuchStep
    code = ActivationCode(mac=mac, until=now + policy.activation_code_lifetime)
    again = replace(case, codes={**case.codes, CodeKind.AGENT: code}, told_at=None)
    return changed(Change.CODE_REISSUED, again)


def failed(case: Case, agent: str, now: datetime, policy: Policy) -> Transition:
    """The holder was not recognized; the last allowed time an operator decides.

    Raises:
        As `passed`.
    """
    _require_held(case, agent, now)
    failures = case.failures + 1
    state = State.IN_REVIEW if failures >= policy.failed_appointments else State.TO_BOOK
    return changed(Change.FAILED, replace(_held(case, state), failures=failures))


def reopen(case: Case) -> Transition:
    """Let the holder of a case in review book again, counted anew; an operator's decision.

    Raises:
        NoSuchStep: it isn't in review.
    """
    if case.state is not State.IN_REVIEW:
        raise NoSuchStep
    again = replace(case, state=State.TO_BOOK, failures=0, no_shows=0, books_from=None)
    return changed(Change.REOPENED, again)


def technical(case: Case, agent: str, now: datetime) -> Transition:
    """The meeting couldn't be held; it costs the holder nothing.

    Raises:
        As `passed`.
    """
    _require_held(case, agent, now)
    return changed(Change.TECHNICAL, _held(case, State.TO_BOOK))


def no_show(case: Case, agent: str, now: datetime, policy: Policy) -> Transition:
    """The holder didn't come; from the second time on the next booking waits.

    Raises:
        As `passed`, 15 minutes after the start.
    """
    appointment = _require_held(case, agent, now)
    _require_waited(appointment, now)
    no_shows = case.no_shows + 1
    pause = now + policy.no_show_pause if no_shows > 1 else None
    missed = replace(_held(case, State.TO_BOOK), no_shows=no_shows, books_from=pause)
    return changed(Change.NO_SHOW, missed)


def agent_absent(case: Case, now: datetime) -> Transition:
    """The holder waited in vain; it costs nothing.

    Raises:
        NoSuchStep: there is no appointment. TooEarly: 15 minutes have not passed.
    """
    if case.appointment is None:
        raise NoSuchStep
    _require_waited(case.appointment, now)
    return changed(Change.AGENT_ABSENT, _held(case, State.TO_BOOK))


def ends(appointment: Appointment) -> datetime:
    """When the meeting is over."""
    return appointment.start + LENGTH


def enter(case: Case, mac: str, now: datetime) -> Transition:
    """Enter an activation code; it and every other code of the case are used up (S28).

    A letter's code ends the appointment that was booked meanwhile, and the record says that the
    questions' method led to it, without an agent (S35).

    Raises:
        InReview: an agent recognized nobody, so that a letter's code doesn't count before an
            operator has looked; nothing was compared.
        WrongActivationCode: it is none of this case's, or has expired.
    """
    if case.state is State.IN_REVIEW:
        raise InReview
    entered = [
        kind
        for kind, code in case.codes.items()
        if secrets.compare_digest(code.mac, mac) and now < code.until
    ]
    if not entered:
        raise WrongActivationCode
    proofed = replace(case, state=State.PROOFED, codes={}, appointment=None, ended_at=now)
    if CodeKind.LETTER in entered:
        proofed = replace(proofed, method=Method.INSTANT, agent=None, located=None)
    return changed(Change.PROOFED, proofed)


def _held(case: Case, state: State) -> Case:
    """The case after a result of its appointment."""
    return replace(case, state=state, appointment=None, held=case.appointment, told_at=None)


def _require_not_begun(appointment: Appointment, now: datetime) -> None:
    if now >= appointment.start:
        raise NoSuchStep("Your appointment has begun. Wait for its result.")


def _require_held(case: Case, agent: str, now: datetime) -> Appointment:
    appointment = case.appointment
    if case.state is not State.BOOKED or appointment is None or appointment.agent != agent:
        raise NoSuchStep
    if now < appointment.start:
        raise TooEarly
    return appointment


def _require_waited(appointment: Appointment, now: datetime) -> None:
    if now < appointment.start + _WAITED_FOR:
        raise TooEarly("Wait 15 minutes after the beginning of the appointment.")
