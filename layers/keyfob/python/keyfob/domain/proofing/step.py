"""The step that a case is at: what comes next, until when, who has to act, by which route. Pure.

A person who looks at a case learns from it what to do; composed with what comes before and after
proofing, it is a holder's next step (A10).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.proofing.case import Case, Method, State


class Acts(StrEnum):
    """Who has to act."""

    HOLDER = "holder"
    AGENT = "agent"
    OPERATOR = "operator"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next step, and the route that does it, if there is one.

    `date` is its deadline or its time; of a letter that is waited for, when it was requested.
    """

    name: str
    acts: Acts
    date: datetime | None = None
    route: str | None = None


_ACTIVATE = "POST /credentials/{credential}/activation"
_CHOOSE = "POST /credentials/{credential}/proofing"
_PERSON = "POST /proofings/{proofing}/identity"
_ANSWER = "POST /proofings/{proofing}/answers"
_BOOK = "PUT /proofings/{proofing}/appointment"
_STEPS = {
    State.CHOOSING: Step(name="choose_method", acts=Acts.HOLDER, route=_CHOOSE),
    State.PERSON: Step(name="give_data", acts=Acts.HOLDER, route=_PERSON),
    State.FULL_SSN: Step(name="give_all_digits", acts=Acts.HOLDER, route=_PERSON),
    State.QUESTIONS: Step(name="answer_questions", acts=Acts.HOLDER, route=_ANSWER),
    State.NOT_LOCATED: Step(name="correct_data", acts=Acts.HOLDER, route=_PERSON),
    State.WRONG_ANSWERS: Step(name="choose_meeting", acts=Acts.HOLDER, route=_CHOOSE),
    State.LETTER_REQUESTED: Step(name="wait_for_letter", acts=Acts.NOBODY),
    State.LETTER_SENT: Step(name="enter_code", acts=Acts.HOLDER, route=_ACTIVATE),
    State.TO_BOOK: Step(name="book_appointment", acts=Acts.HOLDER, route=_BOOK),
    State.BOOKED: Step(name="keep_appointment", acts=Acts.HOLDER),
    State.IN_REVIEW: Step(name="wait_for_review", acts=Acts.OPERATOR),
    State.NAME_CORRECTION: Step(name="wait_for_name", acts=Acts.OPERATOR),
    State.CODE: Step(name="enter_code", acts=Acts.HOLDER, route=_ACTIVATE),
    State.PROOFED: Step(name="activate", acts=Acts.HOLDER, route=_ACTIVATE),
    State.WITHDRAWN: Step(name="choose_method", acts=Acts.HOLDER, route=_CHOOSE),
}
_BEGUN = Step(name="wait_for_result", acts=Acts.AGENT)
# An agent's code was entered with the activation.
_DONE = Step(name="nothing", acts=Acts.NOBODY)


def step_of(case: Case, now: datetime) -> Step:
    """The step that the case is at."""
    state, booked = case.state_at(now), case.appointment
    if state is State.PROOFED and case.method is Method.LIVE:
        return _DONE
    begun = state is State.BOOKED and booked is not None and now >= booked.start
    return replace(_BEGUN if begun else _STEPS[state], date=_date(case, state))


def _date(case: Case, state: State) -> datetime | None:
    code = max((one.until for one in case.codes.values()), default=None)
    dates = {
        State.QUESTIONS: case.answers_until,
        State.LETTER_REQUESTED: case.letter.requested_at if case.letter else None,
        State.LETTER_SENT: code,
        State.TO_BOOK: case.books_from,
        State.BOOKED: case.appointment.start if case.appointment else None,
        State.NAME_CORRECTION: case.correction.until if case.correction else None,
        State.CODE: code,
    }
    return dates.get(state)
