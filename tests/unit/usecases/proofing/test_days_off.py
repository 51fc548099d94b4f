"""Days off and bookings exclude each other; what is booked stays (C3, S33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.proofing.case import Obstacle
from keyfob.storage.audit.store import AuditRow
from tests.support.faults import first
from tests.support.order_world import OPERATOR, SYSTEM
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
    kept = world.case.appointment
    assert kept == replace(booked, obstacles=frozenset({Obstacle.DAY_OFF}))
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
    # The first chunk is from midnight to five, the third from ten to three.
    start = world.hour(24).replace(hour=12)
    world.client.next("transact_write_items", *[_pass] * 3, first(lambda: world.book(start)))
    quarters, [booked] = days_off(world, agent)
    assert world.case.appointment
    assert (quarters, booked) == (_QUARTERS - 3, world.case.appointment.id)


def _pass(operation: Any, request: Any) -> Any:
    return operation(**request)


@pytest.mark.parametrize("after", range(1, 7))
def test_days_off_whose_process_died_are_finished_by_the_clock_S42(
    world: ProofingWorld, after: int
) -> None:
    agent = world.agent()
    booked = world.book(world.hour(24)).appointment
    assert booked
    dies = pytest.raises(ConnectionError)
    world.client.next("transact_write_items", *[_pass] * after, _die)
    with dies:
        days_off(world, agent)
    world.jobs.perform(agent.id, SYSTEM)
    day = world.works(agent).local_day(tomorrow(world))
    taken = world.calendar.of_agent(agent.id, day)
    assert len(taken) == _QUARTERS
    assert world.calendar.jobs(agent.id) == []
    assert told(world) == ["appointment_to_move"]


def _die(_operation: Any, _request: Any) -> Any:
    raise ConnectionError


def told(world: ProofingWorld) -> list[str]:
    mails = [row.kind for row in world.credentials.orders.queued()]
    return [one for one in mails if one in ("appointment_to_move", "appointment_stands")]


def test_two_workers_at_once_take_each_quarter_off_once_S42_S46(world: ProofingWorld) -> None:
    agent = world.agent()
    other = first(lambda: world.jobs.perform(agent.id, SYSTEM))
    world.client.next("transact_write_items", _pass, _pass, other)
    assert days_off(world, agent) == (20, []), "the other one did the rest, and the job is gone"
    day = world.works(agent).local_day(tomorrow(world))
    assert len(world.calendar.of_agent(agent.id, day)) == _QUARTERS
    assert world.calendar.jobs(agent.id) == []


def test_days_that_were_given_back_meanwhile_stay_so_S42(world: ProofingWorld) -> None:
    agent = world.agent()
    world.client.next("transact_write_items", _pass, _pass, _die)
    with pytest.raises(ConnectionError):
        days_off(world, agent)
    world.clock.advance(seconds=1)
    days_off(world, agent, off=False)
    world.jobs.perform(agent.id, SYSTEM)
    day = world.works(agent).local_day(tomorrow(world))
    assert world.calendar.of_agent(agent.id, day) == []


def test_a_chunk_is_at_most_twenty_quarters_and_needs_its_job_S33(world: ProofingWorld) -> None:
    agent = world.agent()
    sizes: list[int] = []

    def count(operation: Any, request: Any) -> Any:
        sizes.append(len(request["TransactItems"]))
        return operation(**request)

    world.client.next("transact_write_items", *[count] * 6)
    days_off(world, agent)
    noted, *chunks = sizes
    assert noted == 2, "the job and the entry"
    assert chunks == [21, 21, 21, 21, 16]


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
