"""Agents who can't come to what is booked, by the operators' events and over the API (C3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.proofing import AnAgent, Candidate, a_candidate, an_agent, works
from tests.support.recovering import mailed
from tests.support.renewing import due

__all__ = ["of_its_own"]


@pytest.fixture
def agent(deployment: Deployment) -> Iterator[AnAgent]:
    """The only agent who works."""
    one = an_agent(deployment)
    yield one
    works(deployment, one.holder.visitor.user_id, active=False)


@pytest.fixture
def ada(deployment: Deployment, agent: AnAgent) -> Candidate:
    """Somebody who has booked an appointment with the agent, for tomorrow."""
    one = a_candidate(deployment)
    assert one.choose().status == 200
    assert one.book(one.slots()[20]).status == 200
    return one


def appointment(ada: Candidate) -> Any:
    return ada.shown()["appointment"]


def subjects(ada: Candidate) -> list[str]:
    found = mailed(ada.deployment, ada.holder.visitor.user_id)
    return [subject.partition(" on ")[0] for subject, _ in found]


def days_off(ada: Candidate, agent: AnAgent, **changes: Any) -> Any:
    day = appointment(ada)["start"][:10]
    event = sample("operations/days_off", user_id=agent.holder.visitor.user_id, days=[day])
    return ada.deployment.invoke("operations", {**event, **changes})


def test_a_day_off_is_told_to_the_holder_who_moves_to_another_agent_C3(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    before = appointment(ada)
    answer = days_off(ada, agent)
    assert [one["appointment"] for one in answer["booked"]] == [before["id"]]
    assert appointment(ada) == {**before, "must_be_moved": True}
    assert subjects(ada).count("Please move your appointment") == 1
    other = an_agent(deployment, room="https://meet.example/other")
    assert ada.book(datetime.fromisoformat(before["start"])).status == 200
    moved = appointment(ada)
    assert (moved["room"], moved["must_be_moved"]) == ("https://meet.example/other", False)
    works(deployment, other.holder.visitor.user_id, active=False)


def test_the_clock_looks_a_second_time_after_a_change_of_hours_C3_S46(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    user_id = agent.holder.visitor.user_id
    [told] = works(deployment, user_id, active=False)["to_move"]
    assert told["appointment"] == appointment(ada)["id"]
    later(deployment, minutes=26)
    assert due(deployment, f"AGENT#{agent.account}") == []
    assert due(deployment, f"AGENT#{agent.account}") == [], "there is nothing left to do"
    assert subjects(ada).count("Please move your appointment") == 1
    assert works(deployment, user_id)["to_move"] == []
    shown = [subject for subject, _ in mailed(deployment, ada.holder.visitor.user_id)]
    assert any("takes place after all" in one for one in shown)


def test_an_operator_gives_an_appointment_to_another_agent_C3_S60(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    before = appointment(ada)
    event = sample("operations/reassign_appointment", user_id=ada.holder.visitor.user_id)
    refused = deployment.invoke("operations", event)
    assert refused["error"] == "illegal_state"
    assert "no other agent is free" in refused["detail"]
    other = an_agent(deployment, room="https://meet.example/other")
    given = deployment.invoke("operations", event)
    assert given == {
        "appointment": before["id"],
        "start": datetime.fromisoformat(before["start"]).isoformat(),
        "agent": other.account,
    }
    assert appointment(ada)["room"] == "https://meet.example/other"
    assert "Another agent for your appointment" in subjects(ada)
    for who, told in ((agent, "No appointment on"), (other, "An appointment on")):
        shown = [subject for subject, _ in mailed(deployment, who.holder.visitor.user_id)]
        assert any(told in one for one in shown)
    works(deployment, other.holder.visitor.user_id, active=False)


def test_who_was_told_to_move_is_not_counted_as_absent_C3(ada: Candidate, agent: AnAgent) -> None:
    days_off(ada, agent)
    booked = appointment(ada)
    wait = datetime.fromisoformat(booked["start"]) - ada.deployment.clock.now()
    later(ada.deployment, seconds=wait.total_seconds() + 960)
    agent.elevate()
    assert agent.result(booked["id"], {"outcome": "no_show"}).code == "not_this_step"
    assert agent.result(booked["id"], {"outcome": "technical"}).status == 200
    assert ada.shown()["books_from"] is None
