"""Live proofing over the API: booking, the agent's desk, the activation code (C1, C3 to C5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.credentials.credential import State
from keyfob.domain.proofing.agent import QUARTER
from keyfob.storage.proofing.calendar import claim
from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.proofing import (
    PASSED,
    AnAgent,
    Candidate,
    a_candidate,
    an_agent,
    later_day,
    works,
)
from tests.support.recovering import mailed
from tests.support.units import Meter
from tests.support.visitor import PERMANENT, Answer, visitor

__all__ = ["of_its_own"]


@pytest.fixture
def agent(deployment: Deployment) -> Iterator[AnAgent]:
    """The only agent who works."""
    one = an_agent(deployment)
    yield one
    works(deployment, one.holder.visitor.user_id, active=False)


@pytest.fixture
def ada(deployment: Deployment, agent: AnAgent) -> Candidate:
    """Somebody who has chosen a meeting with an agent."""
    one = a_candidate(deployment)
    assert one.choose().status == 200
    return one


def booked(ada: Candidate) -> tuple[str, datetime]:
    """The appointment's id and start."""
    start = ada.slots()[0]
    answer = ada.book(start)
    assert answer.status == 200, answer.body
    return str(answer.body["appointment"]["id"]), start


def begin(ada: Candidate, start: datetime, minutes: int = 0) -> None:
    """It is so many minutes after this start."""
    wait = start - ada.deployment.clock.now()
    later(ada.deployment, seconds=wait.total_seconds() + 60 * minutes + 1)


def passed(ada: Candidate, agent: AnAgent) -> str:
    """The activation code that the agent hands over."""
    appointment, start = booked(ada)
    begin(ada, start)
    agent.elevate()
    answer = agent.result(appointment)
    assert answer.status == 200, answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.body["activation_code"])


def subjects(deployment: Deployment, user_id: str) -> list[str]:
    return [subject for subject, _ in mailed(deployment, user_id)]


# The whole way


def test_a_holder_books_is_recognized_and_activates_at_level_3_C1_C3_C4_C5(
    ada: Candidate, agent: AnAgent
) -> None:
    assert ada.activate().code == "proofing_required"
    appointment, start = booked(ada)
    [confirmed] = about_proofing(ada)
    assert confirmed.startswith("Your appointment on ")
    begin(ada, start)
    agent.elevate()
    code = agent.result(appointment).body["activation_code"]
    assert ada.shown()["state"] == "code"
    [_, recognized] = about_proofing(ada)
    assert recognized == "Your identity is confirmed: enter your activation code"
    answer = ada.activate(code)
    assert (answer.status, answer.body["status"], answer.body["level"]) == (200, "active", 3)
    assert ada.shown()["state"] == "proofed"


def about_proofing(ada: Candidate) -> list[str]:
    """The subjects of the mails about her proofing, oldest first."""
    told = subjects(ada.deployment, ada.holder.visitor.user_id)
    return [one for one in told if "appointment" in one or "identity" in one]


def test_the_same_choice_again_changes_nothing_C2(ada: Candidate) -> None:
    before = ada.shown()
    assert ada.choose().body == before


def test_a_credential_without_proofing_has_no_case_C2(deployment: Deployment) -> None:
    plain = a_candidate(deployment, proofing=False)
    assert plain.choose().code == "no_proofing_needed"
    active = a_candidate(deployment, state=State.ACTIVE, activated_at=deployment.clock.now())
    assert active.choose().code == "no_proofing_needed"


def test_times_are_shown_in_the_holders_zone_C3(ada: Candidate) -> None:
    _, start = booked(ada)
    shown = ada.call("show_appointment").body
    assert datetime.fromisoformat(shown["start"]) == start
    assert shown["local"].endswith("+05:30")
    assert shown["room"] == "https://meet.example.com/alice"
    [(_, text)] = [
        one
        for one in mailed(ada.deployment, ada.holder.visitor.user_id)
        if one[0].startswith("Your appointment on ")
    ]
    local = datetime.fromisoformat(shown["local"])
    assert f"{local:%H:%M} IST (Asia/Kolkata)" in " ".join(text.split())
    assert shown["room"] in text


# Booking


def test_free_times_are_of_at_most_fourteen_days_and_begin_after_the_notice_C3(
    ada: Candidate,
) -> None:
    today = ada.deployment.clock.now().date()
    found = ada.slots(first=later_day(today, 0), last=later_day(today, 13))
    assert min(found) >= ada.deployment.clock.now() + timedelta(hours=2)
    answer = ada.ask_slots(first=later_day(today, 0), last=later_day(today, 14))
    assert (answer.status, list(answer.body["fields"])) == (422, ["to"])


def test_a_taken_time_is_refused_with_the_three_nearest_S33(
    ada: Candidate, deployment: Deployment
) -> None:
    _, start = booked(ada)
    bob = a_candidate(deployment)
    bob.choose()
    assert start not in bob.slots()
    answer = bob.book(start)
    assert (answer.status, answer.code) == (409, "slot_taken")
    found = [datetime.fromisoformat(one) for one in answer.body["nearest"]]
    assert len(found) == 3
    assert all(abs(one - start) <= timedelta(hours=2) for one in found)
    assert bob.book(found[0]).status == 200


@pytest.mark.parametrize("hours", [1.9, 24 * 30 + 1])
def test_a_time_too_soon_or_too_far_ahead_is_not_booked_C3(ada: Candidate, hours: float) -> None:
    now = ada.deployment.clock.now()
    start = (now + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    assert ada.book(start).code == "slot_taken"


def test_a_time_that_is_no_quarter_of_an_hour_is_invalid_C3(ada: Candidate) -> None:
    answer = ada.book(datetime(2027, 1, 4, 10, 1, tzinfo=UTC))
    assert (answer.status, list(answer.body["fields"])) == (422, ["start"])


def test_the_same_booking_again_changes_nothing_C3(ada: Candidate, agent: AnAgent) -> None:
    _, start = booked(ada)
    before = ada.shown()
    assert ada.book(start).body == before
    assert len(subjects(ada.deployment, agent.holder.visitor.user_id)) == len(
        set(subjects(ada.deployment, agent.holder.visitor.user_id))
    )


def test_a_move_frees_the_old_time_and_tells_both_C3(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    appointment, start = booked(ada)
    after = start + timedelta(minutes=30)
    moved = ada.book(after)
    assert (moved.status, moved.body["appointment"]["id"]) == (200, appointment)
    [told] = about_proofing(ada)
    assert "moved to" in told, "the mail about the old time is obsolete"
    free = ada.slots()
    assert start in free, "one's own appointment doesn't stand in the way"
    bob = a_candidate(deployment)
    bob.choose()
    assert start not in bob.slots(), "the quarter of an hour after it touches the moved one"
    assert ada.book(after + timedelta(hours=2)).status == 200
    assert start in bob.slots()


def test_a_canceled_appointment_frees_its_time_and_tells_both_C3(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    _, start = booked(ada)
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.call("cancel_appointment").status == 204
    assert ada.shown()["state"] == "to_book"
    assert start in ada.slots()
    assert any("is canceled" in one for one in subjects(deployment, ada.holder.visitor.user_id))
    assert any("any more" in one for one in subjects(deployment, agent.holder.visitor.user_id))
    assert ada.call("cancel_appointment").status == 204, "doing it again changes nothing"


def test_canceling_and_withdrawing_take_a_recent_password_S58(ada: Candidate) -> None:
    booked(ada)
    ada.holder.visitor.sign_in(PERMANENT)
    later(ada.deployment, minutes=11)
    assert ada.call("cancel_appointment").code == "recent_password_required"
    assert ada.call("withdraw_proofing").code == "recent_password_required"
    assert ada.shown()["state"] == "booked"


def test_withdrawing_cancels_the_appointment_and_a_new_case_follows_C2(ada: Candidate) -> None:
    _, start = booked(ada)
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.call("withdraw_proofing").body["state"] == "withdrawn"
    before = ada.proofing
    assert ada.choose().status == 200
    assert ada.proofing != before
    assert start in ada.slots()


def test_an_appointment_that_has_begun_is_neither_moved_nor_canceled_C3(ada: Candidate) -> None:
    _, start = booked(ada)
    begin(ada, start)
    assert ada.book(start + timedelta(hours=3)).code == "not_this_step"
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.call("cancel_appointment").code == "not_this_step"


def test_changes_of_an_appointment_are_limited_to_ten_a_day_S62(ada: Candidate) -> None:
    first, *others = ada.slots()
    for start in (first, *others[:9]):
        assert ada.book(start).status == 200
    assert ada.book(others[9]).code == "too_many_tries"


def test_nobody_is_proofed_by_oneself_S34(deployment: Deployment) -> None:
    who = visitor(deployment, roles=["agent"])
    works(deployment, who.user_id)
    herself = a_candidate(deployment, who=who)
    herself.choose()
    assert herself.slots() == []
    start = (deployment.clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    assert herself.book(start).code == "slot_taken"
    works(deployment, who.user_id, active=False)


def test_free_times_of_two_weeks_and_ten_busy_agents_cost_80_read_units_at_most_S62(
    ada: Candidate, deployment: Deployment
) -> None:
    from proofing import wiring

    today = deployment.clock.now().replace(hour=9, minute=0, second=0, microsecond=0)
    days = [today + timedelta(days=day) for day in range(1, 15)]
    for number in range(10):
        agent = f"acc_{number:020d}"
        for at in (day + quarter * QUARTER for day in days for quarter in range(32)):
            # An appointment's id is the longest that stands there.
            [taken, *_] = claim(agent, at, "apt_00000000000000000000")
            _, request = taken.request()
            table = {"TableName": deployment.values["TABLE_PROOFING"]}
            deployment.engine.answer("PutItem", {**request, **table})
    meter = Meter(wiring.runtime().database._client)
    first, last = (later_day(today.date(), one) for one in (1, 14))
    charges = meter.charged(lambda: ada.slots(first=first, last=last))
    assert charges.calls.count("Query") <= 10
    assert charges.read <= 80, charges.read


# The desk


def test_an_agent_sees_the_day_and_the_name_that_must_be_on_the_document_C4(
    ada: Candidate, agent: AnAgent
) -> None:
    appointment, start = booked(ada)
    agent.elevate()
    day = agent.day(str(start.date())).body
    [meeting] = [one for one in day["appointments"] if one["id"] == appointment]
    assert meeting["legal_name"] == ada.holder.shown()["legal_name"]
    assert meeting["account_name"]
    assert meeting["phone"] == "+919876543210"
    assert datetime.fromisoformat(meeting["start"]) == start
    assert agent.day(later_day(start.date(), 20)).body["appointments"] == []


def test_the_day_takes_a_code_and_a_result_a_recent_one_S34_S58(
    ada: Candidate, agent: AnAgent
) -> None:
    appointment, start = booked(ada)
    begin(ada, start)
    agent.holder.visitor.sign_in(PERMANENT)
    assert agent.day().code == "elevation_required"
    assert agent.result(appointment).code == "elevation_required"
    agent.elevate()
    later(ada.deployment, minutes=11)
    assert agent.day().status == 200
    assert agent.result(appointment).code == "elevation_required"
    assert ada.shown()["state"] == "booked"


def test_only_the_agent_of_the_appointment_gives_its_result_S23_S34(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    appointment, start = booked(ada)
    begin(ada, start)
    other = an_agent(deployment)
    other.elevate()
    refused = other.result(appointment)
    unknown = other.result("apt_00000000000000000000")
    assert refused.status == unknown.status == 404
    assert refused.body == unknown.body
    works(deployment, other.holder.visitor.user_id, active=False)


def test_a_holder_has_no_desk_S24(ada: Candidate) -> None:
    answer = ada.holder.visitor.call("show_agents_day")
    assert (answer.status, answer.code) == (403, "role_required")


def test_no_result_comes_before_the_start_or_twice_S34(ada: Candidate, agent: AnAgent) -> None:
    appointment, start = booked(ada)
    agent.elevate()
    assert agent.result(appointment).code == "too_early"
    begin(ada, start)
    agent.elevate()
    assert agent.result(appointment).status == 200
    again = agent.result(appointment, {"outcome": "failed", "reasons": ["likeness"]})
    assert (again.status, again.code) == (409, "not_this_step")
    assert ada.shown()["state"] == "code"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"outcome": "passed"}, {"document", "unexpired", "likeness"}),
        ({**PASSED, "likeness": False}, {"likeness"}),
        ({**PASSED, "unexpired": False}, {"unexpired"}),
        ({**PASSED, "reasons": ["other"]}, {"reasons"}),
        ({"outcome": "failed"}, {"reasons"}),
    ],
)
def test_a_result_fits_its_checks_C4(
    ada: Candidate, agent: AnAgent, body: Any, fields: set[str]
) -> None:
    appointment, start = booked(ada)
    begin(ada, start)
    agent.elevate()
    answer = agent.result(appointment, body)
    assert (answer.status, set(answer.body["fields"])) == (422, fields)
    assert ada.shown()["state"] == "booked"


def test_nobody_withdraws_from_a_meeting_that_has_begun_C4(ada: Candidate, agent: AnAgent) -> None:
    """C4, S33: its failure or absence counts."""
    appointment, start = booked(ada)
    begin(ada, start)
    ada.holder.visitor.sign_in(PERMANENT)
    refused = ada.call("withdraw_proofing")
    assert (refused.status, refused.code) == (409, "not_this_step")
    agent.elevate()
    agent.result(appointment, {"outcome": "technical"})
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.call("withdraw_proofing").status == 200


def test_a_failure_leads_to_another_appointment_the_third_to_an_operator_C4(
    ada: Candidate, agent: AnAgent
) -> None:
    for state in ("to_book", "to_book", "in_review"):
        appointment, start = booked(ada)
        begin(ada, start)
        agent.elevate()
        answer = agent.result(appointment, {"outcome": "failed", "reasons": ["likeness"]})
        assert answer.body == {"outcome": "failed", "activation_code": None, "code_until": None}
        assert ada.shown()["state"] == state
    for refused in (ada.book(start + timedelta(days=1)), ada.ask_slots()):
        assert (refused.code, bool(refused.body["support"])) == ("proofing_in_review", True)
    # Withdrawing and choosing again evades nothing.
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.call("withdraw_proofing").status == 200
    assert ada.choose().body["state"] == "in_review"


def test_an_operator_reopens_a_case_in_review_and_counts_anew_C4_S60(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    event = sample("operations/reopen_proofing", user_id=ada.holder.visitor.user_id)
    assert deployment.invoke("operations", event)["error"] == "not_this_step"
    for _ in range(3):
        appointment, start = booked(ada)
        begin(ada, start)
        agent.elevate()
        agent.result(appointment, {"outcome": "failed", "reasons": ["name"]})
    assert ada.shown()["state"] == "in_review"
    assert deployment.invoke("operations", event)["state"] == "to_book"
    assert "You can book another appointment" in subjects(deployment, ada.holder.visitor.user_id)
    appointment, start = booked(ada)
    begin(ada, start)
    agent.elevate()
    agent.result(appointment, {"outcome": "failed", "reasons": ["name"]})
    assert ada.shown()["state"] == "to_book", "it was the first failure again"
    unknown = sample("operations/reopen_proofing", user_id="nobody-at-all")
    assert deployment.invoke("operations", unknown)["error"] == "not_found"


def test_a_technical_failure_costs_nothing_C4(ada: Candidate, agent: AnAgent) -> None:
    for _ in range(4):
        appointment, start = booked(ada)
        begin(ada, start)
        agent.elevate()
        assert agent.result(appointment, {"outcome": "technical"}).status == 200
        assert ada.shown()["state"] == "to_book"


def test_the_second_missed_appointment_pauses_booking_for_a_day_C3(
    ada: Candidate, agent: AnAgent
) -> None:
    for number in (1, 2):
        appointment, start = booked(ada)
        begin(ada, start, minutes=10)
        agent.elevate()
        assert agent.result(appointment, {"outcome": "no_show"}).code == "too_early"
        begin(ada, start, minutes=15)
        assert agent.result(appointment, {"outcome": "no_show"}).status == 200
        assert (ada.shown()["books_from"] is not None) is (number == 2)
    until = datetime.fromisoformat(ada.shown()["books_from"])
    now = ada.deployment.clock.now()
    assert timedelta(hours=23.9) < until - now <= timedelta(days=1)
    soon = (now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    refused = ada.book(soon)
    assert (refused.code, refused.body["until"]) == ("booking_paused", ada.shown()["books_from"])
    assert min(ada.slots()) >= until


def test_an_absent_agent_costs_nothing_C3(ada: Candidate) -> None:
    _, start = booked(ada)
    begin(ada, start, minutes=14)
    assert ada.call("report_absence").code == "too_early"
    begin(ada, start, minutes=15)
    answer = ada.call("report_absence")
    assert (answer.status, answer.body["state"]) == (200, "to_book")
    assert ada.shown()["books_from"] is None


# The code


def test_a_code_works_once_and_only_for_its_own_account_S28(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    code = passed(ada, agent)
    bob = a_candidate(deployment)
    bob.choose()
    wrong = bob.activate("00000-00000-00000")
    assert bob.activate(code).body == wrong.body
    assert wrong.code == "wrong_activation_code"
    assert ada.activate(code).status == 200
    assert ada.activate(code).status == 200, "activating again changes nothing"


def test_a_lost_code_is_replaced_by_its_agent_and_dies_C4_S28(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    appointment, start = booked(ada)
    begin(ada, start)
    agent.elevate()
    assert agent.reissue(appointment).code == "not_this_step", "it has no result yet"
    lost = agent.result(appointment).body["activation_code"]
    other = an_agent(deployment)
    other.elevate()
    assert other.reissue(appointment).status == 404
    works(deployment, other.holder.visitor.user_id, active=False)
    agent.elevate()
    answer = agent.reissue(appointment)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    again = answer.body["activation_code"]
    assert ada.activate(lost).code == "wrong_activation_code"
    assert ada.activate(again).status == 200
    assert agent.reissue(appointment).code == "not_this_step", "it was entered"


def test_another_code_takes_a_recent_one_of_the_agents_S58(ada: Candidate, agent: AnAgent) -> None:
    code = passed(ada, agent)
    held = agent.holder.visitor
    held.sign_in(PERMANENT)
    assert agent.reissue("apt_00000000000000000000").code == "elevation_required"
    assert ada.activate(code).status == 200


def test_no_mail_asks_for_a_code_that_was_entered_C5(ada: Candidate, agent: AnAgent) -> None:
    code = passed(ada, agent)
    assert ada.activate(code).status == 200
    assert "Your identity is confirmed: enter your activation code" not in about_proofing(ada)


def test_a_code_is_forgiven_its_look_and_refused_uncounted_if_it_can_not_be_one_S65(
    ada: Candidate, agent: AnAgent
) -> None:
    code = passed(ada, agent)
    for _ in range(8):
        assert ada.activate("too short").code == "invalid_input"
    pasted = code.lower().replace("-", " \u2013 ")
    assert ada.activate(f"> {pasted}.").status == 200


def test_five_wrong_codes_close_the_way_for_ten_minutes_S28(ada: Candidate, agent: AnAgent) -> None:
    code = passed(ada, agent)
    for number in range(5):
        assert ada.activate(f"0000{number}-00000-00000").code == "wrong_activation_code"
    assert ada.activate(code).code == "too_many_tries"
    later(ada.deployment, minutes=10)
    assert ada.activate(code).status == 200


def test_a_code_expires_after_thirty_days_and_another_meeting_follows_C5(
    ada: Candidate, agent: AnAgent
) -> None:
    code = passed(ada, agent)
    until = datetime.fromisoformat(ada.shown()["code_until"])
    begin(ada, until)
    assert ada.activate(code).code == "wrong_activation_code"
    assert (ada.shown()["state"], ada.shown()["code_until"]) == ("to_book", None)
    again = passed(ada, agent)
    assert ada.activate(code).code == "wrong_activation_code"
    assert ada.activate(again).status == 200


def test_a_code_before_the_approval_is_refused_and_stays_good_F1(
    agent: AnAgent, deployment: Deployment
) -> None:
    ada = a_candidate(deployment, state=State.PENDING_APPROVAL)
    ada.choose()
    code = passed(ada, agent)
    assert ada.activate(code).code == "credential_not_approved"
    assert ada.shown()["state"] == "code"


def test_no_other_person_sees_or_changes_a_case_S23(ada: Candidate, deployment: Deployment) -> None:
    booked(ada)
    bob = a_candidate(deployment)
    bob.choose()
    bob.holder.visitor.sign_in(PERMANENT)
    own = bob.proofing
    answers = []
    for case in (ada.proofing, "prf_00000000000000000000"):
        bob.proofing = case
        acts = ("show_appointment", "cancel_appointment", "withdraw_proofing", "report_absence")
        answers += [bob.call(name).status for name in acts]
        answers.append(bob.book(datetime(2027, 1, 4, 10, tzinfo=UTC)).status)
    assert set(answers) == {404}
    bob.proofing = own
    assert ada.shown()["state"] == "booked"


@pytest.mark.parametrize("first", ["agent", "holder"])
@pytest.mark.parametrize(("missed_by", "counted"), [("holder", True), ("agent", False)])
def test_each_side_says_the_other_did_not_come_and_an_operator_decides_C3_C4(
    ada: Candidate, agent: AnAgent, first: str, missed_by: str, *, counted: bool
) -> None:
    missed_before(ada, agent)
    appointment, start = booked(ada)
    begin(ada, start, minutes=15)
    agent.elevate()
    reports: dict[str, Callable[[], Answer]] = {
        "agent": lambda: agent.result(appointment, {"outcome": "no_show"}),
        "holder": lambda: ada.call("report_absence"),
    }
    for side in sorted(reports, key=lambda one: one != first):
        assert reports[side]().status == 200
    shown = ada.shown()
    assert (shown["state"], shown["books_from"]) == ("in_review", None)
    for report in reports.values():
        assert report().code == "not_this_step"
    ada.holder.visitor.sign_in(PERMANENT)
    ada.call("withdraw_proofing")
    assert ada.choose().body["state"] == "in_review", "withdrawing evades nothing"
    event = sample("operations/reopen_proofing", user_id=ada.holder.visitor.user_id)
    assert ada.deployment.invoke("operations", event)["error"] == "illegal_state"
    decided = ada.deployment.invoke("operations", {**event, "missed_by": missed_by})
    assert decided["state"] == "to_book"
    assert (ada.shown()["books_from"] is not None) is counted
    mails = subjects(ada.deployment, ada.holder.visitor.user_id)
    assert "We look at who came to your appointment" in mails
    assert ("You can book another appointment" in mails) is not counted


def missed_before(ada: Candidate, agent: AnAgent) -> None:
    """The holder has missed one appointment."""
    appointment, start = booked(ada)
    begin(ada, start, minutes=15)
    agent.elevate()
    assert agent.result(appointment, {"outcome": "no_show"}).status == 200
