"""Holders are told when their agent can't come, once for each reason; moving is free (C3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Entry
from keyfob.domain.directory.account import Account
from keyfob.domain.proofing.agent import Agent
from keyfob.domain.proofing.case import Appointment, Change, Obstacle
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.calendar import put_agent
from keyfob.wiring.proofing import case_jobs_of
from tests.support.faults import first
from tests.support.order_world import OPERATOR, SYSTEM
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ALWAYS, ProofingWorld

_MORNINGS = tuple(replace(one, ends=time(1)) for one in ALWAYS)


@pytest.fixture
def world(proofing_world: ProofingWorld) -> ProofingWorld:
    """Ada has chosen a meeting with an agent."""
    proofing_world.choose()
    return proofing_world


def booked(world: ProofingWorld) -> Appointment:
    found = world.case.appointment
    assert found
    return found


def told(world: ProofingWorld) -> list[tuple[str, str]]:
    mails = [(row.kind, row.recipient) for row in world.credentials.orders.queued()]
    wanted = ("appointment_stands", "appointment_to_move")
    return sorted(one for one in mails if one[0] in wanted)


def take_off(world: ProofingWorld, agent: Account, *, off: bool = True) -> None:
    day: date = booked(world).start.date()
    world.agents.days_off(agent.user_id, [day], OPERATOR, off=off)


@pytest.fixture
def agent(world: ProofingWorld) -> Account:
    """The agent of Ada's appointment, tomorrow at noon."""
    made = world.agent()
    world.book(world.hour(24).replace(hour=12))
    return made


def inactive(world: ProofingWorld, agent: Account) -> None:
    world.works(agent, active=False)


def shorter(world: ProofingWorld, agent: Account) -> None:
    world.works(agent, shifts=_MORNINGS)


@pytest.mark.parametrize("cause", [take_off, inactive, shorter])
def test_the_holder_is_told_once_and_the_appointment_stays_C3(
    world: ProofingWorld, agent: Account, cause: Any
) -> None:
    before = booked(world)
    cause(world, agent)
    cause(world, agent)
    world.clock.advance(hours=1)
    world.jobs.perform(agent.id, SYSTEM)
    assert told(world) == [("appointment_to_move", world.by.account)]
    assert replace(booked(world), obstacles=frozenset()) == before
    assert booked(world).must_be_moved


def test_each_reason_is_told_once_C3(world: ProofingWorld, agent: Account) -> None:
    take_off(world, agent)
    inactive(world, agent)
    assert booked(world).obstacles == {Obstacle.DAY_OFF, Obstacle.INACTIVE}
    assert told(world) == 2 * [("appointment_to_move", world.by.account)]
    world.works(agent)
    assert booked(world).obstacles == {Obstacle.DAY_OFF}
    assert len(told(world)) == 2, "one reason less is no news"


def test_the_operator_gets_what_must_be_moved_C3(world: ProofingWorld, agent: Account) -> None:
    start = booked(world).start
    assert world.changes_hours(agent).to_move == {}
    assert world.changes_hours(agent, active=False).to_move == {booked(world).id: start}


@pytest.mark.parametrize("cause", [take_off, inactive, shorter])
def test_an_agent_who_can_come_after_all_is_told_C3(
    world: ProofingWorld, agent: Account, cause: Any
) -> None:
    cause(world, agent)
    world.works(agent)
    take_off(world, agent, off=False)
    assert not booked(world).must_be_moved
    assert [kind for kind, _ in told(world)] == ["appointment_stands", "appointment_to_move"]


@pytest.mark.parametrize("comes", [True, False])
def test_of_both_mails_only_the_one_that_is_true_is_sent_S44(
    world: ProofingWorld, agent: Account, *, comes: bool
) -> None:
    inactive(world, agent)
    world.works(agent)
    if not comes:
        inactive(world, agent)
    rows = world.credentials.orders.queued()
    for row in rows:
        if row.kind in ("appointment_to_move", "appointment_stands"):
            world.credentials.orders.notifier.deliver(row.pk)
    shown = [str(one["Subject"]) for one in world.base.parties.mail.sent]
    assert sum("Please move" in one for one in shown) == (0 if comes else 2)
    assert sum("after all" in one for one in shown) == int(comes)


def test_an_appointment_that_has_begun_is_left_alone_C3(
    world: ProofingWorld, agent: Account
) -> None:
    world.clock.advance(seconds=(booked(world).start - world.clock()).total_seconds())
    take_off(world, agent)
    inactive(world, agent)
    assert not booked(world).must_be_moved
    assert told(world) == []


def test_the_move_is_free_and_goes_to_another_agent_even_at_the_same_time_C3(
    world: ProofingWorld, agent: Account
) -> None:
    other = world.agent()
    start = booked(world).start
    for _ in range(world.base.policy.appointment_changes_a_day - 1):
        start += timedelta(minutes=30)
        world.book(start)
    assert refusal_of(lambda: world.book(start + timedelta(hours=1))) == "too_many_tries"
    assert booked(world).agent == agent.id
    take_off(world, agent)
    before = booked(world)
    world.book(before.start)
    after = booked(world)
    assert (after.agent, after.start) == (other.id, before.start)
    assert (after.id, after.number) == (before.id, before.number + 1)
    assert not after.must_be_moved
    assert refusal_of(lambda: world.book(start + timedelta(hours=1))) == "too_many_tries"


@pytest.mark.parametrize("leave", ["move", "cancel", "withdraw", "reassign"])
def test_a_quarter_of_a_day_off_is_off_when_its_appointment_leaves_S33(
    world: ProofingWorld, agent: Account, leave: str
) -> None:
    take_off(world, agent)
    before = booked(world)
    if leave == "reassign":
        world.agent()
        reassign(world)
    elif leave == "move":
        world.book(before.start + timedelta(days=1))
    elif leave == "cancel":
        world.booking.cancel(world.case.id, world.proof, world.by)
    else:
        world.cases.withdraw(world.case.id, world.proof, world.by)
    day = world.works(agent).local_day(before.start.date())
    taken = world.calendar.of_agent(agent.id, day)
    assert [one.appointment for one in taken] == 95 * [None]


def test_a_booking_that_had_read_the_old_hours_is_found_by_the_second_look_S46(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    world.client.next("transact_write_items", first(lambda: inactive(world, agent)))
    world.book(world.hour(24))
    assert not booked(world).must_be_moved
    world.jobs.perform(agent.id, SYSTEM)
    assert booked(world).obstacles == {Obstacle.INACTIVE}
    assert world.calendar.jobs(agent.id), "another booking may still come"
    world.clock.advance(minutes=20)
    world.jobs.perform(agent.id, SYSTEM)
    assert world.calendar.jobs(agent.id) == []


def test_who_moves_while_the_job_looks_is_not_told_S46(
    world: ProofingWorld, agent: Account
) -> None:
    later = booked(world).start + timedelta(days=1)
    day = booked(world).start.date()
    # The job, five chunks of quarters, and then the case.
    world.client.next("transact_write_items", *[_pass] * 6, first(lambda: world.book(later)))
    world.agents.days_off(agent.user_id, [day], OPERATOR, off=True)
    assert booked(world).start == later
    assert told(world) == []


def _pass(operation: Any, request: Any) -> Any:
    return operation(**request)


def test_a_reminder_says_that_it_must_be_moved_C3(world: ProofingWorld, agent: Account) -> None:
    inactive(world, agent)
    start = booked(world).start
    world.clock.advance(seconds=(start - timedelta(hours=1) - world.clock()).total_seconds())
    assert case_jobs_of(world.base).perform(world.by.account, by=SYSTEM) is Change.REMINDED
    assert [kind for kind, _ in told(world)] == 2 * ["appointment_to_move"]


def test_an_account_that_is_no_agents_has_no_jobs_S42(world: ProofingWorld) -> None:
    assert world.jobs.perform("acc_nobody", SYSTEM) == []


def reassign(world: ProofingWorld, to: str | None = None) -> Appointment:
    ada = Directory(world.base.database).account(world.by.account)
    assert ada
    return world.reassigning.reassign(ada.user_id, OPERATOR, to=to)


def test_an_operator_gives_the_appointment_to_another_agent_in_one_transaction_C3(
    world: ProofingWorld, agent: Account
) -> None:
    other, before = world.agent(), booked(world)
    inactive(world, agent)
    queued = {row.pk for row in world.credentials.orders.queued()}
    after = reassign(world)
    assert (after.agent, after.start, after.id) == (other.id, before.start, before.id)
    assert after == booked(world)
    assert not after.must_be_moved
    new = [row for row in world.credentials.orders.queued() if row.pk not in queued]
    assert {(row.kind, row.recipient, row.facts["number"]) for row in new} == {
        ("appointment_reassigned", world.by.account, before.number + 1),
        ("agent_canceled", agent.id, before.number + 1),
        ("agent_booked", other.id, before.number + 1),
    }
    day = world.works(agent).local_day(before.start.date())
    assert world.calendar.of_agent(agent.id, day) == []
    assert {one.appointment for one in world.calendar.of_agent(other.id, day)} == {before.id}


def test_it_is_refused_if_nobody_else_is_free_C3(world: ProofingWorld, agent: Account) -> None:
    other = world.agent()
    take_off(world, other)
    before = booked(world)
    assert refusal_of(lambda: reassign(world)) == "illegal_state"
    assert refusal_of(lambda: reassign(world, other.user_id)) == "illegal_state"
    assert refusal_of(lambda: reassign(world, agent.user_id)) == "illegal_state"
    assert booked(world) == before


def test_a_named_agent_gets_it_C3(world: ProofingWorld, agent: Account) -> None:
    others = [world.agent() for _ in range(4)]
    for one in others:
        reassign(world, one.user_id)
        assert booked(world).agent == one.id
    assert agent.id != booked(world).agent


def test_the_time_of_the_other_agent_that_is_booked_meanwhile_is_another_ones_S33(
    world: ProofingWorld, agent: Account
) -> None:
    other = world.agent()
    start = booked(world).start
    world.client.next("transact_write_items", first(lambda: take_off(world, other)))
    assert refusal_of(lambda: reassign(world)) == "illegal_state"
    assert (booked(world).agent, booked(world).start) == (agent.id, start)


@pytest.mark.usefixtures("agent")
def test_without_an_appointment_to_come_nothing_is_reassigned_C3(world: ProofingWorld) -> None:
    world.agent()
    world.clock.advance(seconds=(booked(world).start - world.clock()).total_seconds())
    assert refusal_of(lambda: reassign(world)) == "illegal_state"
    world.clock.advance(hours=-1)
    world.booking.cancel(world.case.id, world.proof, world.by)
    assert refusal_of(lambda: reassign(world)) == "illegal_state"


def test_nobody_comes_to_proof_oneself_C3(world: ProofingWorld, agent: Account) -> None:
    ada = Directory(world.base.database).account(world.by.account)
    assert ada
    herself = Agent(account=ada.id, zone="UTC", languages=("en",), shifts=ALWAYS)
    entry = Entry(action="agent.added", actor=SYSTEM, at=world.clock(), subject=herself.subject)
    world.base.transactions.commit(put_agent(herself), audit=[entry])
    assert refusal_of(lambda: reassign(world)) == "illegal_state"
    assert booked(world).agent == agent.id
