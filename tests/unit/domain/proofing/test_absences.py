"""Each side says that the other one didn't come: an operator decides (C3, C4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import live
from keyfob.domain.proofing.case import (
    Absence,
    Appointment,
    Case,
    Change,
    Contact,
    State,
    choose_live,
)
from keyfob.domain.proofing.errors import InReview, NoSuchStep, TooEarly

POLICY = Policy()
START = datetime(2027, 1, 4, 12, tzinfo=UTC)
NOW = START + timedelta(minutes=15)
CONTACT = Contact(phone="+12025550123", language="en", zone="UTC")
APPOINTMENT = Appointment(id="apt_1", agent="acc_agent", start=START)
BOOKED = Case(
    id="prf_1",
    account="acc_ada",
    organization="acme",
    credential="crd_1",
    opened_at=START - timedelta(days=2),
    state=State.BOOKED,
    appointment=APPOINTMENT,
    contact=CONTACT,
)

Say = Callable[[Case], Case]


def agent_says(case: Case) -> Case:
    return live.no_show(case, "acc_agent", NOW, POLICY).case


def holder_says(case: Case) -> Case:
    return live.agent_absent(case, NOW).case


ORDERS = [(agent_says, holder_says), (holder_says, agent_says)]


@pytest.mark.parametrize(("one", "other"), ORDERS)
@pytest.mark.parametrize("before", [0, 1, 4])
def test_the_second_side_brings_it_to_an_operator_and_nothing_is_counted_C3(
    one: Say, other: Say, before: int
) -> None:
    case = other(one(replace(BOOKED, no_shows=before)))
    assert (case.state, case.absent) == (State.IN_REVIEW, Absence.BOTH)
    assert (case.no_shows, case.books_from) == (before, None)
    with pytest.raises(InReview):
        live.require_at_booking(case, NOW)


@pytest.mark.parametrize(
    ("say", "absent", "counted"),
    [(agent_says, Absence.HOLDER, 1), (holder_says, Absence.AGENT, 0)],
)
def test_one_side_alone_leads_to_another_appointment_C3(
    say: Say, absent: Absence, counted: int
) -> None:
    case = say(BOOKED)
    assert (case.state, case.absent, case.no_shows) == (State.TO_BOOK, absent, counted)
    with pytest.raises(NoSuchStep):
        say(case)


@pytest.mark.parametrize(("one", "other"), ORDERS)
def test_nothing_is_disputed_once_another_appointment_is_booked_C3(one: Say, other: Say) -> None:
    new = replace(APPOINTMENT, id="apt_2", agent="acc_other", start=NOW + timedelta(days=1))
    case = live.book(one(BOOKED), new, CONTACT, NOW).case
    assert case.absent is None
    with pytest.raises((NoSuchStep, TooEarly)):
        other(case)
    assert live.cancel(case, NOW).case.absent is None


def test_another_agent_says_nothing_about_it_S23() -> None:
    with pytest.raises(NoSuchStep):
        live.no_show(holder_says(BOOKED), "acc_other", NOW, POLICY)


@pytest.mark.parametrize(("one", "other"), ORDERS)
def test_a_second_report_of_either_side_changes_nothing_C3(one: Say, other: Say) -> None:
    case = other(one(BOOKED))
    for say in (one, other):
        with pytest.raises(NoSuchStep):
            say(case)


@pytest.mark.parametrize("failures", [0, 2])
@pytest.mark.parametrize("before", [0, 1])
def test_an_operator_decides_that_the_holder_missed_it_C4(before: int, failures: int) -> None:
    case = holder_says(agent_says(replace(BOOKED, no_shows=before, failures=failures)))
    to = live.reopen(case, NOW, POLICY, missed_by=Absence.HOLDER)
    pause = NOW + POLICY.no_show_pause if before else None
    assert to.change is Change.MISSED
    assert (to.case.state, to.case.absent) == (State.TO_BOOK, None)
    assert (to.case.no_shows, to.case.books_from) == (before + 1, pause)
    assert to.case.failures == failures, "that is another matter"


def test_an_operator_decides_that_the_agent_missed_it_C4() -> None:
    case = holder_says(agent_says(replace(BOOKED, no_shows=1, failures=2)))
    to = live.reopen(case, NOW, POLICY, missed_by=Absence.AGENT)
    assert to.change is Change.REOPENED
    assert (to.case.state, to.case.absent) == (State.TO_BOOK, None)
    assert (to.case.no_shows, to.case.books_from, to.case.failures) == (1, None, 2)


@pytest.mark.parametrize("missed_by", [None, Absence.BOTH])
def test_without_a_decision_it_stays_in_review_C4(missed_by: Absence | None) -> None:
    with pytest.raises(IllegalTransition):
        live.reopen(holder_says(agent_says(BOOKED)), NOW, POLICY, missed_by=missed_by)


def test_after_failures_there_is_no_absence_to_decide_C4() -> None:
    failed = live.failed(replace(BOOKED, failures=2), "acc_agent", NOW, POLICY).case
    assert failed.state is State.IN_REVIEW
    with pytest.raises(IllegalTransition):
        live.reopen(failed, NOW, POLICY, missed_by=Absence.HOLDER)
    again = live.reopen(failed, NOW, POLICY).case
    assert (again.state, again.failures) == (State.TO_BOOK, 0)


def test_a_dispute_goes_on_in_the_next_case_C4() -> None:
    disputed = holder_says(agent_says(BOOKED))
    new = replace(disputed, id="prf_2", state=State.CHOOSING, method=None)
    assert choose_live(new, POLICY).case.state is State.IN_REVIEW
    assert choose_live(replace(new, absent=None), POLICY).case.state is State.TO_BOOK
