"""The step that a case is at: what comes next, who acts, until when, by which route (A10)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyfob.domain.proofing.case import (
    ActivationCode,
    Appointment,
    Case,
    CodeKind,
    Correction,
    Letter,
    Method,
    State,
)
from keyfob.domain.proofing.step import Acts, step_of

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
CASE = Case(id="prf_1", account="acc_ada", organization="acme", credential="crd_1", opened_at=NOW)
BOOKED = Appointment(id="apt_1", agent="acc_agent", start=LATER)
CODES = {CodeKind.AGENT: ActivationCode(mac="00", until=LATER)}
AT: dict[State, Case] = {
    **{state: replace(CASE, state=state) for state in State},
    State.QUESTIONS: replace(CASE, state=State.QUESTIONS, answers_until=LATER),
    State.BOOKED: replace(CASE, state=State.BOOKED, appointment=BOOKED),
    State.CODE: replace(CASE, state=State.CODE, codes=CODES),
    State.LETTER_REQUESTED: replace(
        CASE, state=State.LETTER_REQUESTED, letter=Letter(id="ltr_1", requested_at=NOW)
    ),
    State.NAME_CORRECTION: replace(
        CASE, state=State.NAME_CORRECTION, correction=Correction(name="Ada", until=LATER)
    ),
}
OPENAPI = Path(__file__).parents[4] / "docs" / "openapi.json"


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_step_and_its_route_exists(state: State) -> None:
    """A10: a holder who acts is told how."""
    step = step_of(AT[state], NOW)
    if step.route is None:
        assert step.acts is not Acts.HOLDER or state is State.BOOKED
        return
    method, _, path = step.route.partition(" ")
    operations = json.loads(OPENAPI.read_text())["paths"]
    assert method.lower() in operations[path]


@pytest.mark.parametrize(
    ("state", "name", "acts", "date"),
    [
        (State.QUESTIONS, "answer_questions", Acts.HOLDER, LATER),
        (State.BOOKED, "keep_appointment", Acts.HOLDER, LATER),
        (State.CODE, "enter_code", Acts.HOLDER, LATER),
        (State.NAME_CORRECTION, "wait_for_name", Acts.OPERATOR, LATER),
        (State.LETTER_REQUESTED, "wait_for_letter", Acts.NOBODY, NOW),
        (State.IN_REVIEW, "wait_for_review", Acts.OPERATOR, None),
        (State.PROOFED, "activate", Acts.HOLDER, None),
    ],
)
def test_a_step_says_who_acts_and_until_when(
    state: State, name: str, acts: Acts, date: datetime | None
) -> None:
    """A10: with the date that counts."""
    step = step_of(AT[state], NOW)
    assert (step.name, step.acts, step.date) == (name, acts, date)


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (State.QUESTIONS, "give_data"),
        (State.BOOKED, "wait_for_result"),
        (State.CODE, "book_appointment"),
    ],
)
def test_time_moves_the_step_on(state: State, name: str) -> None:
    """A10: lapsed questions, a meeting that has begun, an expired code."""
    assert step_of(AT[state], LATER).name == name


def test_whoever_entered_an_agents_code_has_nothing_left_to_do() -> None:
    """A10: right answers have still to be followed by the activation."""
    proofed = replace(CASE, state=State.PROOFED)
    assert step_of(replace(proofed, method=Method.INSTANT), NOW).name == "activate"
    done = step_of(replace(proofed, method=Method.LIVE), NOW)
    assert (done.name, done.acts, done.route) == ("nothing", Acts.NOBODY, None)
