"""What the clock does to a case, and when (C3, C5, S44)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keyfob.domain.policy import Policy
from keyfob.domain.proofing import live
from keyfob.domain.proofing.case import (
    ActivationCode,
    Appointment,
    Case,
    Change,
    CodeKind,
    Contact,
    State,
    withdraw,
)
from keyfob.domain.proofing.milestones import Milestone, MilestoneKind, due, next_due, perform

POLICY = Policy()
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
START = NOW + timedelta(days=3)
CONTACT = Contact(phone="+12025550123", language="en", zone="UTC")
CASE = Case(
    id="prf_1",
    account="acc_ada",
    organization="acme",
    credential="crd_1",
    opened_at=NOW,
    state=State.TO_BOOK,
)
APPOINTMENT = Appointment(id="apt_1", agent="acc_agent", start=START)
CODE = ActivationCode(mac="00", until=NOW + timedelta(days=30))


def booked(at: datetime = NOW) -> Case:
    return live.book(CASE, APPOINTMENT, CONTACT, at).case


def done(case: Case, now: datetime) -> Case:
    """The case after what was due."""
    milestone = due(case, now, POLICY)
    assert milestone
    return perform(milestone, case).case


def test_an_appointment_has_two_reminders_and_then_its_result_is_missed_C3() -> None:
    case, kinds, instants = booked(), [], []
    while at := next_due(case, POLICY):
        milestone = due(case, at, POLICY)
        assert milestone
        kinds.append(milestone.kind)
        instants.append(at - START)
        case = perform(milestone, case).case
    assert kinds == [MilestoneKind.REMINDER, MilestoneKind.REMINDER, MilestoneKind.NO_RESULT]
    assert instants == [timedelta(hours=-24), timedelta(hours=-1), timedelta(hours=2.5)]
    assert case.state is State.BOOKED, "it never becomes a missed appointment by itself"


def test_a_reminder_whose_time_has_passed_at_the_booking_is_not_sent_S44() -> None:
    case = booked(START - timedelta(hours=3))
    assert next_due(case, POLICY) == START - timedelta(hours=1)


def test_of_overdue_reminders_only_the_last_is_done_S44() -> None:
    now = START - timedelta(minutes=10)
    case = booked()
    milestone = due(case, now, POLICY)
    assert milestone
    assert milestone.at == START - timedelta(hours=1)
    assert due(done(case, now), now, POLICY) is None


def test_a_moved_appointment_is_reminded_of_anew_C3() -> None:
    case = done(booked(), START - timedelta(hours=24))
    new = replace(APPOINTMENT, start=START + timedelta(days=2))
    moved = live.book(case, new, CONTACT, START - timedelta(hours=20)).case
    assert next_due(moved, POLICY) == new.start - timedelta(hours=24)


@pytest.mark.parametrize("before", [timedelta(seconds=1), timedelta()])
def test_a_reminder_is_due_from_its_instant_on_C3(before: timedelta) -> None:
    at = START - timedelta(hours=24)
    assert (due(booked(), at - before, POLICY) is None) is bool(before)


def test_a_code_is_reminded_of_a_week_before_its_end_C5() -> None:
    case = replace(CASE, state=State.CODE, codes={CodeKind.AGENT: CODE}, contact=CONTACT)
    assert next_due(case, POLICY) == CODE.until - timedelta(days=7)
    assert next_due(done(case, CODE.until - timedelta(seconds=1)), POLICY) is None
    assert due(case, CODE.until, POLICY) is None, "it has expired"


@pytest.mark.parametrize("state", [State.TO_BOOK, State.IN_REVIEW])
def test_nothing_is_due_while_people_must_act_C3(state: State) -> None:
    assert next_due(replace(CASE, state=state, contact=CONTACT), POLICY) is None


def test_the_contact_is_erased_a_week_after_the_end_C3() -> None:
    ended = withdraw(booked(), NOW + timedelta(days=1)).case
    assert next_due(ended, POLICY) == NOW + timedelta(days=8)
    transition = perform(due_of(ended, NOW + timedelta(days=8)), ended)
    assert (transition.change, transition.case.contact) == (Change.CONTACT_ERASED, None)
    assert next_due(transition.case, POLICY) is None


def due_of(case: Case, now: datetime) -> Milestone:
    found = due(case, now, POLICY)
    assert found
    return found


def test_without_a_contact_an_ended_case_is_never_due_C3() -> None:
    assert next_due(withdraw(CASE, NOW).case, POLICY) is None
