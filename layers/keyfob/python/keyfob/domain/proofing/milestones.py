"""Milestones of a case: what the clock does to it, and when (C3, C5, S44). Pure; in UTC.

    booked   room_by                      no room of its own: the agent's; before anything else
             start - 24 h, start - 1 h    reminders; of several overdue ones only the last,
                                          and none once it has begun
             end + 2 h                    no result yet: the agent and the operators are told
    name     14 days                      not decided: the holder books again
    code     until - 7 days               reminder
    letter   requested + 7 days           not acknowledged: its code dies, another one may be had
             its code's until - 7 days    reminder
    over     7 days later                 the contact is erased

Nothing here costs the holder anything: a missing result never becomes a missed appointment.
`told_at` is the last milestone that was done, but for a letter's: none of these is ever passed over
for a later one, so the letter itself says which are done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.policy import Policy
from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing.case import Case, Change, CodeKind, State, Transition, changed
from keyfob.domain.proofing.live import ends


class MilestoneKind(StrEnum):
    """Kinds of milestones."""

    ROOM_GIVEN_UP = "room_given_up"
    REMINDER = "reminder"
    NO_RESULT = "no_result"
    CODE_REMINDER = "code_reminder"
    CORRECTION_LAPSED = "correction_lapsed"
    CONTACT_ERASED = "contact_erased"
    LETTER_LOST = "letter_lost"
    LETTER_REMINDER = "letter_reminder"


_CHANGES = {
    MilestoneKind.ROOM_GIVEN_UP: Change.ROOM_GIVEN_UP,
    MilestoneKind.REMINDER: Change.REMINDED,
    MilestoneKind.NO_RESULT: Change.NO_RESULT,
    MilestoneKind.CODE_REMINDER: Change.CODE_REMINDED,
    MilestoneKind.CORRECTION_LAPSED: Change.CORRECTION_LAPSED,
    MilestoneKind.CONTACT_ERASED: Change.CONTACT_ERASED,
}


_OF_LETTERS = (MilestoneKind.LETTER_LOST, MilestoneKind.LETTER_REMINDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """An instant at which the clock acts; from `moot` on there is nothing to tell any more."""

    at: datetime
    kind: MilestoneKind
    moot: datetime | None = None

    def is_moot(self, now: datetime) -> bool:
        """Whether it comes too late: what it reminds of has begun or expired."""
        return self.moot is not None and now >= self.moot


def due(case: Case, now: datetime, policy: Policy) -> Milestone | None:
    """The latest milestone that is overdue at `now`, or None.

    A room is given up before anything else, then a letter's milestone is done.
    """
    overdue = [one for one in _left(case, policy) if one.at <= now and not one.is_moot(now)]
    if given_up := [one for one in overdue if one.kind is MilestoneKind.ROOM_GIVEN_UP]:
        return given_up[-1]
    if of_letter := [one for one in overdue if one.kind in _OF_LETTERS]:
        return of_letter[0]
    return overdue[-1] if overdue else None


def next_due(case: Case, policy: Policy, now: datetime | None = None) -> datetime | None:
    """When the clock must look at it next; None if never. What is moot `now` is left out."""
    left = (one for one in _left(case, policy) if now is None or not one.is_moot(now))
    return next((one.at for one in left), None)


def perform(milestone: Milestone, case: Case) -> Transition:
    """Perform a milestone."""
    if milestone.kind is MilestoneKind.LETTER_LOST:
        return letters.lost(case)
    if milestone.kind is MilestoneKind.LETTER_REMINDER:
        return letters.reminded(case)
    done = replace(case, told_at=milestone.at)
    if milestone.kind is MilestoneKind.CONTACT_ERASED:
        done = replace(done, contact=None)
    if milestone.kind is MilestoneKind.CORRECTION_LAPSED:
        done = replace(done, state=State.TO_BOOK, correction=None)
    if milestone.kind is MilestoneKind.ROOM_GIVEN_UP and done.appointment:
        done = replace(done, appointment=replace(done.appointment, room_by=None))
    return changed(_CHANGES[milestone.kind], done)


def _left(case: Case, policy: Policy) -> list[Milestone]:
    """The milestones that aren't done, in order."""
    left = [one for one in _all(case, policy) if case.told_at is None or one.at > case.told_at]
    left += _of_letter(case, policy)
    return sorted(left, key=lambda one: one.at)


def _of_letter(case: Case, policy: Policy) -> Iterator[Milestone]:
    letter, code = case.letter, case.codes.get(CodeKind.LETTER)
    if letter is None:
        return
    if letter.mailed_on is None:
        yield Milestone(at=letters.given_up_at(letter, policy), kind=MilestoneKind.LETTER_LOST)
    elif code and not letter.reminded:
        reminder = code.until - policy.activation_code_reminder
        yield Milestone(at=reminder, kind=MilestoneKind.LETTER_REMINDER, moot=code.until)


def _all(case: Case, policy: Policy) -> Iterator[Milestone]:
    if booked := case.appointment:
        if booked.room_by:
            yield Milestone(at=booked.room_by, kind=MilestoneKind.ROOM_GIVEN_UP)
        for before in policy.appointment_reminders:
            at = booked.start - before
            yield Milestone(at=at, kind=MilestoneKind.REMINDER, moot=booked.start)
        missing = ends(booked) + policy.result_expected
        yield Milestone(at=missing, kind=MilestoneKind.NO_RESULT)
    if case.correction:
        yield Milestone(at=case.correction.until, kind=MilestoneKind.CORRECTION_LAPSED)
    if case.state is State.CODE and (code := case.codes.get(CodeKind.AGENT)):
        reminder = code.until - policy.activation_code_reminder
        yield Milestone(at=reminder, kind=MilestoneKind.CODE_REMINDER, moot=code.until)
    if case.ended_at and case.contact:
        erased = case.ended_at + policy.contact_kept
        yield Milestone(at=erased, kind=MilestoneKind.CONTACT_ERASED)
