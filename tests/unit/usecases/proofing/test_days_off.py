"""Days off and bookings exclude each other; what is booked stays (C3, S33)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.storage.audit.store import AuditRow
from tests.support.faults import first
from tests.support.order_world import OPERATOR
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ProofingWorld

# The agents of the tests work from midnight to a quarter to twelve.
_QUARTERS = 95


@pytest.fixture
def world(proofing_world: ProofingWorld) -> ProofingWorld:
    """Ada has chosen a meeting with an agent."""
    proofing_world.choose()
    return proofing_world


def tomorrow(world: ProofingWorld) -> date:
    return (world.clock() + timedelta(days=1)).date()


def days_off(world: ProofingWorld, agent: Account, *, off: bool = True) -> tuple[int, list[str]]:
    done = world.agents.days_off(agent.user_id, [tomorrow(world)], OPERATOR, off=off)
    return done.quarters, list(done.booked)


def test_a_day_off_has_no_free_times_and_comes_back_C3(world: ProofingWorld) -> None:
    agent = world.agent()
    start = world.hour(24)
    assert days_off(world, agent) == (_QUARTERS, [])
    assert refusal_of(lambda: world.book(start)) == "slot_taken"
    assert days_off(world, agent) == (0, []), "a second time changes nothing"
    assert days_off(world, agent, off=False) == (_QUARTERS, [])
    assert world.book(start).appointment


def test_what_is_booked_stays_and_is_listed_C3(world: ProofingWorld) -> None:
    agent = world.agent()
    booked = world.book(world.hour(24)).appointment
    assert booked
    assert days_off(world, agent) == (_QUARTERS - 3, [booked.id])
    assert world.case.appointment == booked
    assert days_off(world, agent, off=False) == (_QUARTERS - 3, [booked.id])
    assert world.case.appointment == booked


def test_a_day_off_at_the_moment_of_a_booking_wins_or_loses_each_quarter_S33(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    world.client.next("transact_write_items", first(lambda: days_off(world, agent)))
    assert refusal_of(lambda: world.book(world.hour(24))) == "slot_taken"
    period = world.works(agent).local_day(tomorrow(world))
    assert len(world.calendar.of_agent(agent.id, period)) == _QUARTERS


def test_a_booking_in_the_middle_of_taking_off_stays_S33(world: ProofingWorld) -> None:
    agent = world.agent()
    world.client.next("put_item", *[_pass] * 10, first(lambda: world.book(world.hour(24))))
    quarters, [booked] = days_off(world, agent)
    assert world.case.appointment
    assert (quarters, booked) == (_QUARTERS - 3, world.case.appointment.id)


def _pass(operation: Any, request: Any) -> Any:
    return operation(**request)


def test_who_is_no_agent_has_no_days_off_C3(world: ProofingWorld) -> None:
    other = world.credentials.orders.person()
    assert refusal_of(lambda: days_off(world, other)) == "not_found"


def test_the_trail_records_days_and_reason_S60(world: ProofingWorld) -> None:
    agent = world.agent()
    days_off(world, agent)
    items = world.credentials.database.query(AuditRow, key=("pk", f"ACTOR#{OPERATOR.id}"))
    recorded = [AuditRow.from_raw_data(item) for item in items]
    assert [one.action for one in recorded if one.action.startswith("agent.days")] == [
        "agent.days_off"
    ]
