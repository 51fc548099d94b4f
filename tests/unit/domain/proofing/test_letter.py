"""Letters with an activation code: who gets one, when, and how long its code is good (C2, C5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from keyfob.domain.errors import DomainError
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import letter as letters
from keyfob.domain.proofing import live
from keyfob.domain.proofing.case import (
    ActivationCode,
    Appointment,
    Case,
    Change,
    CodeKind,
    Contact,
    Letter,
    Method,
    State,
    Transition,
    choose_live,
    withdraw,
)
from keyfob.domain.proofing.milestones import MilestoneKind, due, next_due, perform
from keyfob.domain.proofing.notifications import notifications

POLICY = Policy()
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MAILED, LAST = date(2027, 1, 6), date(2027, 2, 17)
AGENTS = ActivationCode(mac="aa", until=NOW + 30 * DAY)
CONTACT = Contact(phone="+12025550123", language="en", zone="UTC")
WRONG = Case(
    id="prf_1",
    account="acc_ada",
    organization="acme",
    credential="crd_1",
    opened_at=NOW,
    method=Method.INSTANT,
    state=State.WRONG_ANSWERS,
    attempts=3,
    located="ses_1",
)


def code_of(act: Callable[[], object]) -> str:
    try:
        act()
    except DomainError as refusal:
        return refusal.code
    return ""


def requested(case: Case = WRONG, now: datetime = NOW, letter: str = "ltr_1") -> Case:
    return letters.request(case, letter, "11", now, POLICY).case


def mailed(case: Case | None = None, now: datetime = NOW + 3 * DAY) -> Case:
    return letters.sent(case or requested(), MAILED, LAST, now, POLICY).case


def booked(case: Case) -> Case:
    start = NOW + 5 * DAY
    appointment = Appointment(id="apt_1", agent="acc_agent", start=start)
    return live.book(choose_live(case, POLICY).case, appointment, CONTACT, NOW).case


def test_wrong_answers_of_a_located_person_lead_to_a_letter_and_its_code_to_the_proof_C2() -> None:
    asked = letters.request(WRONG, "ltr_1", "11", NOW, POLICY)
    assert (asked.change, asked.case.state) == (Change.LETTER_REQUESTED, State.LETTER_REQUESTED)
    assert asked.case.letter == Letter(id="ltr_1", requested_at=NOW)
    assert (asked.case.located, asked.case.attempts) == (None, 3)
    sent = letters.sent(asked.case, MAILED, LAST, NOW + 3 * DAY, POLICY)
    assert (sent.change, sent.case.state) == (Change.LETTER_SENT, State.LETTER_SENT)
    assert (sent.case.letter and sent.case.letter.mailed_on, letters.last_day(sent.case)) == (
        MAILED,
        LAST,
    )
    entered = live.enter(sent.case, "11", NOW + 10 * DAY).case
    assert (entered.state, entered.method, entered.codes) == (State.PROOFED, Method.INSTANT, {})


@pytest.mark.parametrize("state", sorted(set(State) - {State.WRONG_ANSWERS, State.LETTER_SENT}))
def test_no_other_state_leads_to_a_letter_C2(state: State) -> None:
    case = replace(WRONG, state=state)
    assert letters.offer(case, NOW, POLICY) is None
    assert code_of(lambda: requested(case)) == "not_this_step"


def test_a_code_is_good_until_its_last_day_is_over_in_all_of_the_united_states_C5() -> None:
    case = mailed()
    ends = datetime(2027, 2, 18, 11, tzinfo=UTC)
    assert case.codes[CodeKind.LETTER].until == ends
    assert live.enter(case, "11", ends - timedelta(seconds=1)).case.state is State.PROOFED
    assert code_of(lambda: live.enter(case, "11", ends)) == "wrong_activation_code"
    assert case.state_at(ends - timedelta(seconds=1)) is State.LETTER_SENT
    assert case.state_at(ends) is State.WRONG_ANSWERS, "another letter may be had"


def test_a_letter_that_arrives_before_its_acknowledgment_has_a_good_code_C5() -> None:
    asked = requested()
    assert live.enter(asked, "11", NOW + 6 * DAY).case.state is State.PROOFED
    assert letters.last_day(asked) is None, "nobody is told of a day that isn't known"


def test_four_letters_in_thirty_days_and_one_a_day_C2() -> None:
    case, now = WRONG, NOW
    for number in range(4):
        case = mailed(requested(case, now, f"ltr_{number}"), now)
        early = now + DAY - timedelta(seconds=1)
        assert code_of(lambda: requested(case, early)) == "letters_used_up"  # noqa: B023
        now += DAY
    offer = letters.offer(case, now, POLICY)
    assert offer
    assert (offer.now, offer.available_from) == (False, NOW + 30 * DAY)
    assert code_of(lambda: requested(case, NOW + 30 * DAY - timedelta(seconds=1))) == (
        "letters_used_up"
    )
    again = requested(case, NOW + 30 * DAY)
    assert len(again.letters) == 4, "the first one isn't counted any more"


def test_another_letter_ends_the_earlier_ones_code_C5() -> None:
    again = letters.request(mailed(), "ltr_2", "22", NOW + 4 * DAY, POLICY).case
    assert code_of(lambda: live.enter(again, "11", NOW + 5 * DAY)) == "wrong_activation_code"
    assert live.enter(again, "22", NOW + 5 * DAY).case.state is State.PROOFED


def test_of_a_letters_and_an_agents_code_the_first_ends_the_other_C5() -> None:
    held = replace(booked(mailed()), state=State.BOOKED)
    start = held.appointment and held.appointment.start
    assert start
    both = live.passed(held, "acc_agent", "aa", start, POLICY).case
    assert set(both.codes) == set(CodeKind)
    by_agent = live.enter(both, "aa", start).case
    by_letter = live.enter(both, "11", start).case
    assert by_agent.codes == by_letter.codes == {}
    assert (by_agent.method, by_agent.agent) == (Method.LIVE, "acc_agent")
    assert (by_letter.method, by_letter.agent) == (Method.INSTANT, None), "S35: what proved it"


def test_a_meeting_can_be_chosen_beside_a_letter_whose_code_stays_good_C2() -> None:
    for case in (requested(), mailed()):
        meeting = booked(case)
        assert meeting.state is State.BOOKED
        by_letter = live.enter(meeting, "11", NOW + 2 * DAY)
        assert (by_letter.case.state, by_letter.case.appointment) == (State.PROOFED, None)
        told = notifications(meeting, by_letter, NOW + 2 * DAY, correlation="")
        assert [(one.kind.value, one.recipient) for one in told] == [
            ("appointment_canceled", "acc_ada"),
            ("agent_canceled", "acc_agent"),
        ]


def test_an_acknowledgment_leaves_a_meeting_as_it_is_C2() -> None:
    meeting = booked(requested())
    acknowledged = mailed(meeting)
    assert (acknowledged.state, acknowledged.appointment) == (State.BOOKED, meeting.appointment)
    assert letters.last_day(acknowledged) == LAST


def test_a_code_does_not_count_while_somebody_must_look_at_three_failed_meetings_C4() -> None:
    review = replace(mailed(), state=State.IN_REVIEW)
    for mac in ("11", "99"):
        refused = code_of(lambda: live.enter(review, mac, NOW + 4 * DAY))  # noqa: B023
        assert refused == "proofing_in_review"
    assert (
        live.enter(live.reopen(review, NOW + 4 * DAY, POLICY).case, "11", NOW + 4 * DAY).case.state
        is State.PROOFED
    )


def test_an_acknowledgment_counts_once_and_for_its_letter_alone_S42() -> None:
    assert letters.awaits(requested(), "ltr_1")
    assert not letters.awaits(requested(), "ltr_2")
    assert not letters.awaits(mailed(), "ltr_1")
    assert not letters.awaits(withdraw(requested(), NOW).case, "ltr_1")
    for case in (mailed(), WRONG, withdraw(requested(), NOW).case):
        assert code_of(lambda: mailed(case)) == "not_this_step"  # noqa: B023


# The clock.


def acted(case: Case, at: datetime) -> Transition:
    milestone = due(case, at, POLICY)
    assert milestone
    return perform(milestone, case)


def test_a_letter_that_nobody_acknowledged_in_seven_days_is_given_up_and_not_counted_C2() -> None:
    asked, end = requested(), NOW + 7 * DAY
    assert next_due(asked, POLICY) == end
    assert due(asked, end - timedelta(seconds=1), POLICY) is None
    assert code_of(lambda: live.enter(asked, "11", end)) == "wrong_activation_code"
    lost = acted(asked, end)
    assert (lost.change, lost.case.state) == (Change.LETTER_LOST, State.WRONG_ANSWERS)
    assert (lost.case.codes, lost.case.letter, lost.case.letters) == ({}, None, ())
    told = notifications(asked, lost, end, correlation="")
    assert [one.kind.value for one in told] == ["letter_lost"]
    offer = letters.offer(lost.case, end, POLICY)
    assert offer
    assert offer.now
    assert next_due(lost.case, POLICY) is None


def test_giving_up_leaves_a_meeting_and_an_agents_code_C2() -> None:
    meeting = booked(requested())
    assert acted(meeting, NOW + 7 * DAY).case.appointment == meeting.appointment
    handed = replace(choose_live(requested(), POLICY).case, state=State.CODE)
    handed = replace(handed, codes={**handed.codes, CodeKind.AGENT: AGENTS})
    assert acted(handed, NOW + 7 * DAY).case.codes == {CodeKind.AGENT: AGENTS}


def test_a_case_that_is_over_only_forgets_its_letter_C2() -> None:
    over = withdraw(requested(), NOW).case
    cleared = acted(over, NOW + 7 * DAY)
    assert (cleared.change, cleared.case.letter) == (Change.LETTER_CLEARED, None)
    assert cleared.case.letters == (NOW,), "it may have been mailed, and is counted"
    assert notifications(over, cleared, NOW, correlation="") == []


def test_the_holder_is_reminded_once_seven_days_before_the_codes_end_C5() -> None:
    case = mailed()
    at = case.codes[CodeKind.LETTER].until - 7 * DAY
    assert next_due(case, POLICY) == at
    told = acted(case, at)
    assert told.change is Change.LETTER_REMINDED
    [mail] = notifications(case, told, at, correlation="")
    assert (mail.kind.value, mail.facts["last_day"]) == ("letter_reminder", "2027-02-17")
    assert next_due(told.case, POLICY) is None
    late = mailed(now=at)
    assert next_due(late, POLICY) is None, "the acknowledgment's own mail is the reminder"


def test_a_letters_milestone_is_never_passed_over_for_an_appointments_S44() -> None:
    meeting = booked(requested())
    late = NOW + 8 * DAY
    first = due(meeting, late, POLICY)
    assert first
    assert first.kind is MilestoneKind.LETTER_LOST
    second = due(perform(first, meeting).case, late, POLICY)
    assert second
    assert second.kind is MilestoneKind.NO_RESULT
    told = replace(meeting, told_at=late)
    assert next_due(told, POLICY) == NOW + 7 * DAY, "nor for what was done later"
