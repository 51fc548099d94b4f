"""The step that a case is at: what comes next, until when, who has to act, by which route. Pure.

A person who looks at a case learns from it what to do; composed with what comes before and after
proofing, it is a holder's next step (A10).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keyfob.domain.proofing.case import Case, State


class Acts(StrEnum):
    """Who has to act."""

    HOLDER = "holder"
    AGENT = "agent"
    OPERATOR = "operator"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What comes next: `date` is its deadline or its time, `route` does it, if a route does."""

    name: str
    acts: Acts
    date: datetime | None = None
    route: str | None = None


_ACTIVATE = "POST /credentials/{credential}/activation"
_CHOOSE = "POST /credentials/{credential}/proofing"
_PERSON = "POST /proofings/{proofing}/identity"
_BOOK = "PUT /proofings/{proofing}/appointment"
_STEPS = {
    State.CHOOSING: Step(name="choose_method", acts=Acts.HOLDER, route=_CHOOSE),
    State.PERSON: Step(name="give_data", acts=Acts.HOLDER, route=_PERSON),
    State.FULL_SSN: Step(name="give_all_digits", acts=Acts.HOLDER, route=_PERSON),
    State.NOT_LOCATED: Step(name="correct_data", acts=Acts.HOLDER, route=_PERSON),
    State.WRONG_ANSWERS: Step(name="choose_meeting", acts=Acts.HOLDER, route=_CHOOSE),
    State.LETTER_REQUESTED: Step(name="wait_for_letter", acts=Acts.NOBODY),
    State.IN_REVIEW: Step(name="wait_for_review", acts=Acts.OPERATOR),
    State.PROOFED: Step(name="activate", acts=Acts.HOLDER, route=_ACTIVATE),
    State.WITHDRAWN: Step(name="choose_method", acts=Acts.HOLDER, route=_CHOOSE),
}


def step_of(case: Case, now: datetime) -> Step:
    """The step that the case is at."""
    state = case.state_at(now)
    if state is State.QUESTIONS:
        return Step(
            name="answer_questions",
            acts=Acts.HOLDER,
            date=case.answers_until,
            route="POST /proofings/{proofing}/answers",
        )
    if state is State.TO_BOOK:
        return Step(name="book_appointment", acts=Acts.HOLDER, date=case.books_from, route=_BOOK)
    if state is State.BOOKED and case.appointment:
        begun = now >= case.appointment.start
        return Step(
            name="wait_for_result" if begun else "keep_appointment",
            acts=Acts.AGENT if begun else Acts.HOLDER,
            date=case.appointment.start,
        )
    if state is State.NAME_CORRECTION and case.correction:
        return Step(name="wait_for_name", acts=Acts.OPERATOR, date=case.correction.until)
    if state in (State.CODE, State.LETTER_SENT):
        until = max(code.until for code in case.codes.values())
        return Step(name="enter_code", acts=Acts.HOLDER, date=until, route=_ACTIVATE)
    return _STEPS[state]
