"""A document with another name than the credential: an operator decides (C4, A8, S34, S60)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.proofing import PASSED, AnAgent, Candidate, a_candidate, an_agent, works
from tests.support.recovering import mailed
from tests.support.takeover import operate

__all__ = ["of_its_own"]
DIFFERS = {**PASSED, "outcome": "name_correction", "name": "Ada King Lovelace"}


@pytest.fixture
def agent(deployment: Deployment) -> Iterator[AnAgent]:
    """The only agent who works."""
    one = an_agent(deployment)
    yield one
    works(deployment, one.holder.visitor.user_id, active=False)


@pytest.fixture
def ada(deployment: Deployment, agent: AnAgent) -> Candidate:
    """Somebody whose agent found another name on the document."""
    one = a_candidate(deployment)
    assert one.choose().status == 200
    appointment = met(one, agent)
    answer = agent.result(appointment, DIFFERS)
    assert (answer.status, answer.body["activation_code"]) == (200, None)
    return one


def met(who: Candidate, agent: AnAgent) -> str:
    """An appointment that has begun."""
    start = who.slots()[0]
    booked = who.book(start)
    assert booked.status == 200, booked.body
    wait = start - who.deployment.clock.now()
    later(who.deployment, seconds=wait.total_seconds() + 1)
    agent.elevate()
    return str(booked.body["appointment"]["id"])


def decide(who: Candidate, name: str, **changes: Any) -> Any:
    event = sample(f"operations/{name}", user_id=who.holder.visitor.user_id, **changes)
    return who.deployment.invoke("operations", event)


def subjects(who: Candidate) -> list[str]:
    return [subject for subject, _ in mailed(who.deployment, who.holder.visitor.user_id)]


def test_the_case_waits_for_an_operator_and_nothing_is_booked(ada: Candidate) -> None:
    """C4: the holder is told until when, and sees who has to act."""
    shown = ada.shown()
    now = ada.deployment.clock.now()
    assert (shown["state"], shown["step"]["acts"]) == ("name_correction", "operator")
    until = now + timedelta(days=14) - timedelta(minutes=30)
    assert shown["step"]["date"] > until.isoformat()
    for refused in (
        ada.book(now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)),
        ada.ask_slots(),
    ):
        assert (refused.status, refused.code) == (409, "name_in_question")
    assert "Your document has another name than your credential" in subjects(ada)
    assert "Lovelace" not in str(ada.shown()), "only operators see what an agent wrote down"


def test_a_confirmed_name_becomes_the_credentials_and_the_accounts(
    ada: Candidate, agent: AnAgent
) -> None:
    """C4, S60: the next appointment costs nothing, and its agent sees the new name."""
    wrong = decide(ada, "confirm_name", first_name="Augusta")
    assert (wrong["error"], list(wrong["fields"])) == ("invalid_input", ["first_name"])
    done = decide(ada, "confirm_name", middle_name="King")
    assert done["state"] == "to_book", done
    assert ada.call("show_credential").body["legal_name"] == "Ada King Lovelace"
    assert "Your name was corrected" in subjects(ada)
    appointment = met(ada, agent)
    [meeting] = [one for one in agent.day().body["appointments"] if one["id"] == appointment]
    assert (meeting["legal_name"], meeting["account_name"]) == ("Ada King Lovelace",) * 2
    code = agent.result(appointment).body["activation_code"]
    assert ada.activate(code).body["level"] == 3
    assert decide(ada, "confirm_name")["error"] == "not_this_step", "once"


def test_a_refused_name_leaves_everything_as_it_was(ada: Candidate, agent: AnAgent) -> None:
    """C4: the holder books again, with a document in the credential's name."""
    before = ada.call("show_credential").body["legal_name"]
    operate(ada.deployment, "refuse_name", ada.holder.visitor.user_id)
    assert ada.call("show_credential").body["legal_name"] == before
    assert ada.shown()["state"] == "to_book"
    assert "Your name stays as it is" in subjects(ada)
    assert agent.result(met(ada, agent)).status == 200
    assert decide(ada, "refuse_name")["error"] == "not_this_step"


def test_the_result_takes_the_whole_checklist_and_the_name(ada: Candidate, agent: AnAgent) -> None:
    """C4: a document that can't be relied on corrects no name."""
    decide(ada, "refuse_name")
    appointment = met(ada, agent)
    for change, field in (
        ({"name": None}, "name"),
        ({"document": None}, "document"),
        ({"unexpired": False}, "unexpired"),
        ({"likeness": None}, "likeness"),
    ):
        refused = agent.result(appointment, {**DIFFERS, **change})
        assert (refused.status, list(refused.body["fields"])) == (422, [field]), refused.body
    refused = agent.result(appointment, {**PASSED, "name": "Ada King"})
    assert list(refused.body["fields"]) == ["name"]


def test_an_operator_decides_about_a_waiting_name_only(deployment: Deployment) -> None:
    """C4: no case, or one that is elsewhere."""
    bob = a_candidate(deployment)
    assert decide(bob, "confirm_name")["error"] == "not_found"
    bob.choose()
    assert decide(bob, "confirm_name")["error"] == "not_this_step"


def test_operators_list_what_waits_for_them(ada: Candidate, deployment: Deployment) -> None:
    """C4, G2: the name on the document, who found it, and until when; others' turns aren't."""
    bob = a_candidate(deployment)
    bob.choose()
    listed = deployment.invoke("operations", sample("operations/list_proofings"))["proofings"]
    [one] = [one for one in listed if one["user_id"] == ada.holder.visitor.user_id]
    assert (one["step"], one["acts"]) == ("wait_for_name", "operator")
    assert {one["acts"] for one in listed} == {"operator"}
    assert one["name_on_document"] == "Ada King Lovelace"
    booking = {"operation": "list_proofings", "state": "to_book"}
    users = [one["user_id"] for one in deployment.invoke("operations", booking)["proofings"]]
    assert bob.holder.visitor.user_id in users
    assert ada.holder.visitor.user_id not in users
    assert deployment.invoke("operations", {**booking, "limit": 0})["problems"]


def test_operators_list_agents_and_their_hours(agent: AnAgent, deployment: Deployment) -> None:
    """C3, G2: as they were set."""
    listed = deployment.invoke("operations", sample("operations/list_agents"))["agents"]
    [one] = [one for one in listed if one["agent"] == agent.account]
    assert one["user_id"] == agent.holder.visitor.user_id
    assert (one["active"], one["time_zone"], len(one["hours"])) == (True, "UTC", 7)
    assert one["hours"][0] == {"day": 1, "from": "00:00", "until": "23:45"}


def test_a_deployments_own_questions_must_be_answered_with_yes(
    ada: Candidate, agent: AnAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C4, S34: shown with the day, and kept by their ids."""
    from agents import wiring

    monkeypatch.setattr(wiring, "questions", lambda: {"moves": "Did the holder turn the head?"})
    decide(ada, "refuse_name")
    appointment = met(ada, agent)
    assert agent.day().body["checklist"] == [
        {"id": "moves", "text": "Did the holder turn the head?"}
    ]
    for answers in ({}, {"moves": False}):
        refused = agent.result(appointment, {**PASSED, "answers": answers})
        assert (refused.status, list(refused.body["fields"])) == (422, ["answers.moves"])
    assert agent.result(appointment, {**PASSED, "answers": {"moves": True}}).status == 200
