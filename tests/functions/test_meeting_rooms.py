"""A meeting room for each appointment, over the API and through the effects worker (C3, S50)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from keyfob.wiring.settings import Settings
from proofing import wiring
from tests.support.deployment import Deployment, later, of_its_own
from tests.support.proofing import AnAgent, Candidate, a_candidate, an_agent, works
from tests.support.recovering import mailed
from tests.support.renewing import due
from tests.support.takeover import work_off_effects
from tests.support.visitor import PERMANENT

__all__ = ["of_its_own"]


@pytest.fixture(autouse=True)
def _with_rooms(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The deployment has a provider of meeting rooms."""
    base = wiring.runtime()
    values = {**base.settings.environment, "ROOMS_URL": "https://rooms.example"}
    monkeypatch.setattr(base, "settings", Settings(values))
    wiring.booking.cache_clear()
    yield
    wiring.booking.cache_clear()
    deployment.rooms.down = False


@pytest.fixture
def agent(deployment: Deployment) -> Iterator[AnAgent]:
    """The only agent who works."""
    one = an_agent(deployment)
    yield one
    works(deployment, one.holder.visitor.user_id, active=False)


@pytest.fixture
def ada(deployment: Deployment, agent: AnAgent) -> Candidate:
    """Somebody who has booked an appointment for tomorrow."""
    one = a_candidate(deployment)
    assert one.choose().status == 200
    assert one.book(one.slots()[20]).status == 200
    return one


def shown(ada: Candidate) -> Any:
    return ada.shown()["appointment"]


def told(ada: Candidate) -> list[str]:
    """The mails about the coming of the appointment."""
    found = mailed(ada.deployment, ada.holder.visitor.user_id)
    return [text for subject, text in found if subject.startswith("Your appointment")]


def test_holder_and_agent_have_the_same_room_once_it_is_open_C3(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    assert shown(ada)["room"] == ""
    assert told(ada) == []
    work_off_effects(deployment)
    room = shown(ada)["room"]
    assert room == deployment.rooms.rooms[shown(ada)["id"]].address
    [text] = told(ada)
    assert room in text
    agent.elevate()
    [meeting] = agent.day(shown(ada)["start"][:10]).body["appointments"]
    assert meeting["room"] == room


def test_a_provider_that_is_down_costs_ten_minutes_and_the_agents_room_serves_C3_S50(
    ada: Candidate, agent: AnAgent, deployment: Deployment
) -> None:
    deployment.rooms.down = True
    work_off_effects(deployment)
    assert told(ada) == []
    later(deployment, minutes=10)
    assert due(deployment, f"CASE#{ada.holder.visitor.token.partition('.')[0]}") == []
    room = shown(ada)["room"]
    assert room.startswith("https://")
    [text] = told(ada)
    assert room in text
    agent.elevate()
    [meeting] = agent.day(shown(ada)["start"][:10]).body["appointments"]
    assert meeting["room"] == room


def test_a_canceled_appointment_closes_its_room_C3(ada: Candidate, deployment: Deployment) -> None:
    work_off_effects(deployment)
    booked = shown(ada)
    start = datetime.fromisoformat(booked["start"])
    assert ada.book(min(one for one in ada.slots() if one > start)).status == 200
    work_off_effects(deployment)
    assert deployment.rooms.rooms[booked["id"]].meeting.number == 1
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.call("cancel_appointment").status == 204
    work_off_effects(deployment)
    assert not deployment.rooms.rooms[booked["id"]].is_open
