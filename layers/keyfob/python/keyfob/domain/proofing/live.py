"""Live proofing: an appointment with an agent, and its result. Pure (C3, C4, S34).

    booked ──passed──────▶ code: the agent hands it over, good for 30 days
           ──failed──────▶ to_book; the third time in_review
           ──technical───▶ to_book, costs nothing
           ──another name▶ name_correction: an operator decides within 14 days, then to_book
           ──no_show─────▶ to_book; from the second on after a day
           ──agent_absent▶ to_book, costs nothing

A result is given once: it moves the case out of `booked`. But each side may say that the other one
didn't come:

    to_book after no_show      ──agent_absent▶ in_review, it isn't counted until an operator decides
    to_book after agent_absent ──no_show─────▶ in_review
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.calendar import LENGTH, bookable
from keyfob.domain.proofing.case import (
    Absence,
    ActivationCode,
    Appointment,
    Case,
    Change,
    CodeKind,
    Contact,
    Correction,
    Method,
    State,
    Transition,
    changed,
)
from keyfob.domain.proofing.case import withdraw as ended
from keyfob.domain.proofing.errors import (
    BookingPaused,
    InReview,
    NameInQuestion,
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
        InReview, NameInQuestion, NoSuchStep.
    """
    state = case.state_at(now)
    if state is State.NAME_CORRECTION:
        raise NameInQuestion
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
            absent=None,
            told_at=now,
        )
        return changed(Change.BOOKED, booked)
    _require_not_begun(before, now)
    if (before.start, before.agent) == (appointment.start, appointment.agent):
        if case.contact == contact:
            return Transition(case=case)
        return changed(Change.CONTACT_CHANGED, replace(case, contact=contact))
    moved = replace(appointment, id=before.id, number=before.number + 1)
    if before.room:
        moved = replace(moved, room=before.room, room_by=None)
    return changed(Change.MOVED, replace(case, appointment=moved, contact=contact, told_at=now))


def withdraw(case: Case, now: datetime) -> Transition:
    """The holder ends the case without a result, but not in a meeting that has begun.

    Raises:
        NoSuchStep: an appointment has begun, or the case ended with a result.
    """
    if case.appointment:
        _require_not_begun(case.appointment, now)
    return ended(case, now)


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


def reopen(
    case: Case, now: datetime, policy: Policy, *, missed_by: Absence | None = None
) -> Transition:
    """Let the holder of a case in review book again; an operator's decision.

    After failures they are counted anew. Where each side says that the other one didn't come,
    `missed_by` decides: an appointment that the holder missed is counted, the agent's is free.

    Raises:
        NoSuchStep: it isn't in review.
        IllegalTransition: `missed_by` is missing, or nobody says that somebody was absent.
    """
    if case.state is not State.IN_REVIEW:
        raise NoSuchStep
    if case.absent is Absence.BOTH:
        return _decided(case, now, policy, missed_by)
    if missed_by:
        raise IllegalTransition("nobody says that somebody missed the appointment")
    again = replace(case, state=State.TO_BOOK, failures=0, no_shows=0, books_from=None)
    return changed(Change.REOPENED, again)


def technical(case: Case, agent: str, now: datetime) -> Transition:
    """The meeting couldn't be held; it costs the holder nothing.

    Raises:
        As `passed`.
    """
    _require_held(case, agent, now)
    return changed(Change.TECHNICAL, _held(case, State.TO_BOOK))


def name_differs(case: Case, agent: str, name: str, now: datetime, policy: Policy) -> Transition:
    """The document has another name than the credential; it costs the holder nothing.

    Raises:
        As `passed`.
    """
    _require_held(case, agent, now)
    correction = Correction(name=name, until=now + policy.name_correction_period)
    waits = replace(_held(case, State.NAME_CORRECTION), correction=correction)
    return changed(Change.NAME_DIFFERS, waits)


def corrected(case: Case) -> Transition:
    """The name on the document is the holder's: the holder books again.

    Raises:
        NoSuchStep: no name waits for a decision.
    """
    return _named(case, Change.NAME_CORRECTED)


def refused(case: Case) -> Transition:
    """The credential's name stays: the holder books again, with a document in that name.

    Raises:
        NoSuchStep: no name waits for a decision.
    """
    return _named(case, Change.NAME_KEPT)


def no_show(case: Case, agent: str, now: datetime, policy: Policy) -> Transition:
    """The holder didn't come; from the second time on the next booking waits.

    If the holder says the same of the agent, an operator decides.

    Raises:
        As `passed`, 15 minutes after the start. NoSuchStep: the holder was told to move it.
    """
    if _is_said(case, Absence.AGENT) and case.held and case.held.agent == agent:
        return _disputed(case)
    appointment = _require_held(case, agent, now)
    if appointment.must_be_moved:
        raise NoSuchStep("The holder was told that you can't come. Give the result `technical`.")
    _require_waited(appointment, now)
    missed = replace(_held(case, State.TO_BOOK), absent=Absence.HOLDER)
    return changed(Change.NO_SHOW, _counted(missed, now, policy))


def agent_absent(case: Case, now: datetime) -> Transition:
    """The holder waited in vain; it costs nothing.

    If the agent says the same of the holder, that isn't counted, and an operator decides.

    Raises:
        NoSuchStep: there is no appointment. TooEarly: 15 minutes have not passed.
    """
    if _is_said(case, Absence.HOLDER):
        # The pause before this one is over: it was booked after it.
        uncounted = replace(case, no_shows=max(case.no_shows - 1, 0), books_from=None)
        return _disputed(uncounted)
    if case.appointment is None:
        raise NoSuchStep
    _require_waited(case.appointment, now)
    said = replace(_held(case, State.TO_BOOK), absent=Absence.AGENT)
    return changed(Change.AGENT_ABSENT, said)


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


def _is_said(case: Case, absent: Absence) -> bool:
    """Whether one side has said this of the last appointment, and nothing was booked since."""
    return case.state is State.TO_BOOK and case.absent is absent


def _disputed(case: Case) -> Transition:
    return changed(Change.DISPUTED, replace(case, state=State.IN_REVIEW, absent=Absence.BOTH))


def _decided(case: Case, now: datetime, policy: Policy, missed_by: Absence | None) -> Transition:
    decided = replace(case, state=State.TO_BOOK, absent=None)
    if missed_by is Absence.HOLDER:
        return changed(Change.MISSED, _counted(decided, now, policy))
    if missed_by is Absence.AGENT:
        return changed(Change.REOPENED, decided)
    raise IllegalTransition("each side says that the other one missed it: decide who did")


def _counted(case: Case, now: datetime, policy: Policy) -> Case:
    """The case with one more missed appointment; from the second one on booking pauses."""
    no_shows = case.no_shows + 1
    pause = now + policy.no_show_pause if no_shows > 1 else None
    return replace(case, no_shows=no_shows, books_from=pause)


def _held(case: Case, state: State) -> Case:
    """The case after a result of its appointment."""
    held = case.appointment
    if held:
        held = replace(held, obstacles=frozenset(), room="", room_by=None)
    return replace(case, state=state, appointment=None, held=held, absent=None, told_at=None)


def _named(case: Case, change: Change) -> Transition:
    if case.state is not State.NAME_CORRECTION:
        raise NoSuchStep
    return changed(change, replace(case, state=State.TO_BOOK, correction=None))


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
