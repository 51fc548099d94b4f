"""Many people book one time at once (S33)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import requests

from local.client import Person
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.support.builders import REASON
from tests.support.effort import effort
from tests.support.running.people import person, unsigned
from tests.support.running.stack_holders import Supply

PEOPLE = effort(8, 30)
_AGENTS = 3


def working(stack: Stack, count: int) -> list[str]:
    """The user ids of new agents who work around the clock."""
    found = [unsigned(stack, roles=["agent"]).user_id for _ in range(count)]
    for user_id in found:
        works(stack, user_id)
    return found


def works(stack: Stack, user_id: str, *, active: bool = True) -> None:
    """Set an agent's hours."""
    hours = [{"day": day, "from": "00:00", "until": "23:45"} for day in range(1, 8)]
    event: dict[str, Any] = {"operation": "set_agent", "reason": REASON, "user_id": user_id}
    event |= {
        "room": "https://meet.example/agent",
        "hours": hours,
        "time_zone": "UTC",
        "languages": ["en"],
        "active": active,
    }
    answer = stack.invoke("OperationsFunction", event)
    assert "error" not in answer, answer


def waiting(stack: Stack, count: int) -> list[tuple[Person, str]]:
    """People who have chosen a meeting, and their cases."""
    supply = Supply(stack, count, product="hardware-token-proofed")
    found = []
    for _ in range(count):
        someone = person(stack)
        credential = someone.redeem(supply.next().license_key)["id"]
        path = f"/credentials/{credential}/proofing"
        case = someone.expect(200, "POST", path, {"method": "live"})
        found.append((someone, str(case["id"])))
    return found


def book(one: tuple[Person, str], start: datetime) -> requests.Response:
    someone, case = one
    body = {"start": start.isoformat(), "time_zone": "Asia/Kolkata", "phone": "+91 98765 43210"}
    return someone.call("PUT", f"/proofings/{case}/appointment", body)


def outcome(answer: requests.Response) -> str:
    return "booked" if answer.status_code == 200 else str(answer.json()["code"])


def test_of_many_bookings_of_one_time_each_agent_has_one_S33(stack: Stack) -> None:
    agents = working(stack, _AGENTS)
    people = waiting(stack, PEOPLE)
    start = (stack.clock.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    answers = crowd([partial(book, one, start) for one in people])
    outcomes = [outcome(one) for one in answers]
    assert outcomes.count("booked") == _AGENTS, outcomes
    assert outcomes.count("slot_taken") == PEOPLE - _AGENTS, outcomes
    for one in agents[1:]:
        works(stack, one, active=False)

    # Three starts that overlap, of one agent, by three of the others.
    others = [one for one, told in zip(people, outcomes, strict=True) if told == "slot_taken"][:3]
    day = start + timedelta(days=1)
    starts = [day, day + timedelta(minutes=30), day + timedelta(minutes=30)]
    at_once_answers = at_once(
        [partial(book, one, at) for one, at in zip(others, starts, strict=True)]
    )
    told = [outcome(one) for one in at_once_answers]
    assert told.count("booked") == 1, told
    works(stack, agents[0], active=False)
