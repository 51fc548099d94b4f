"""Bookings whose time, case or credential is changed in the same moment (C3, S33)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keyfob.domain.proofing import live
from keyfob.domain.proofing.agent import Period
from keyfob.domain.proofing.calendar import claimed
from keyfob.domain.proofing.case import Case, Contact, Method, State
from keyfob.domain.proofing.errors import SlotTaken
from keyfob.usecases.proofing.booking import Wish
from keyfob.usecases.proofing.cases import CaseChanges
from tests.support.credential_world import CredentialWorld
from tests.support.faults import contended, first
from tests.support.order_world import actor
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import CONTACT, ProofingWorld


@pytest.fixture
def world(proofing_world: ProofingWorld) -> ProofingWorld:
    """Ada has chosen a meeting with an agent."""
    proofing_world.choose()
    return proofing_world


def taken(world: ProofingWorld, agent: str, day: datetime) -> dict[datetime, str | None]:
    period = Period(begins=day - timedelta(days=1), ends=day + timedelta(days=2))
    return {one.at: one.appointment for one in world.calendar.of_agent(agent, period)}


def by_another(world: ProofingWorld, start: datetime) -> Case:
    """Another person books this start."""
    other = ProofingWorld(replaced(world))
    other.choose()
    return other.book(start)


def replaced(world: ProofingWorld) -> CredentialWorld:
    """The same service, with another person in Ada's place."""
    return CredentialWorld(world.credentials.orders, world.client)


def meanwhile(world: ProofingWorld, act: Callable[[], object]) -> None:
    """Let this happen right before the next transaction."""
    world.client.next("transact_write_items", first(act))


def test_a_booking_claims_three_quarters_of_one_agent_S33(world: ProofingWorld) -> None:
    agent = world.agent()
    start = world.hour(24)
    case = world.book(start)
    assert case.appointment
    assert taken(world, agent.id, start) == dict.fromkeys(claimed(start), case.appointment.id)


def test_whoever_loses_the_race_for_an_agent_gets_the_other_one_S33(world: ProofingWorld) -> None:
    agents = {world.agent().id, world.agent().id}
    start = world.hour(24)
    meanwhile(world, lambda: by_another(world, start))
    case = world.book(start)
    assert case.appointment
    found = {one: set(taken(world, one, start).values()) for one in agents}
    assert found[case.appointment.agent] == {case.appointment.id}
    assert all(len(ids) == 1 for ids in found.values())


@pytest.mark.parametrize("minutes", [-30, -15, 0, 15, 30])
def test_whoever_loses_the_race_for_a_time_near_the_only_agent_s_is_refused_S33(
    world: ProofingWorld, minutes: int
) -> None:
    agent = world.agent()
    start = world.hour(24)
    other = start + timedelta(minutes=minutes)
    # Starts lie half an hour apart; a quarter between them can't be asked for.
    asked = other if minutes % 30 == 0 else start
    meanwhile(world, lambda: by_another(world, asked))
    with pytest.raises(SlotTaken) as refused:
        world.book(start)
    assert len(refused.value.nearest) == 3
    assert world.case.state is State.TO_BOOK
    assert set(taken(world, agent.id, start)) == set(claimed(asked))


def test_a_contended_booking_is_tried_again_and_nothing_is_claimed_twice_S33(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    start = world.hour(24)
    world.client.next("transact_write_items", contended)
    case = world.book(start)
    assert case.appointment
    assert taken(world, agent.id, start) == dict.fromkeys(claimed(start), case.appointment.id)


def test_of_two_bookings_of_one_case_one_is_a_move_S33(world: ProofingWorld) -> None:
    agent = world.agent()
    early, late = world.hour(24), world.hour(30)
    meanwhile(world, lambda: world.book(early))
    case = world.book(late)
    assert case.appointment
    assert (case.appointment.start, case.appointment.number) == (late, 1)
    assert set(taken(world, agent.id, early)) == set(claimed(late))


def test_a_move_by_half_an_hour_keeps_what_it_has_S33(world: ProofingWorld) -> None:
    agent = world.agent()
    start = world.hour(24)
    before = world.book(start).appointment
    after = world.book(start + timedelta(minutes=30)).appointment
    assert before
    assert after
    assert (after.id, after.agent) == (before.id, before.agent)
    assert set(taken(world, agent.id, start)) == set(claimed(start + timedelta(minutes=30)))


def test_a_move_to_a_time_at_which_the_agent_is_taken_goes_to_another_agent_S33(
    world: ProofingWorld,
) -> None:
    first_one = world.agent()
    start, later = world.hour(24), world.hour(48)
    world.book(start)
    by_another(world, later)
    second = world.agent()
    moved = world.book(later).appointment
    assert moved
    assert moved.agent == second.id
    assert set(taken(world, first_one.id, start)) == set(claimed(later)), "the other one's"
    kinds = [row.kind for row in world.credentials.orders.queued()]
    assert kinds.count("agent_canceled") == 1


def test_of_two_moves_at_once_the_second_starts_where_the_first_ended_S33(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    world.book(world.hour(24))
    meanwhile(world, lambda: world.book(world.hour(48)))
    moved = world.book(world.hour(72)).appointment
    assert moved
    assert moved.number == 2
    for hours in (24, 48):
        assert not set(taken(world, agent.id, world.hour(hours))) & set(claimed(world.hour(hours)))


def test_a_cancellation_at_the_same_moment_as_a_move_frees_where_it_stands_S33(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    world.book(world.hour(24))
    meanwhile(world, lambda: world.book(world.hour(48)))
    assert world.booking.cancel(world.case.id, world.proof, world.by).state is State.TO_BOOK
    assert taken(world, agent.id, world.hour(24)) == {}
    assert taken(world, agent.id, world.hour(48)) == {}


def test_a_withdrawal_at_the_same_moment_as_a_booking_frees_its_time_S33(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    meanwhile(world, lambda: world.book(world.hour(24)))
    assert world.cases.withdraw(world.case.id, world.proof, world.by).state is State.WITHDRAWN
    assert taken(world, agent.id, world.hour(24)) == {}


def test_a_booking_for_a_revoked_credential_is_refused_F3(world: ProofingWorld) -> None:
    world.agent()
    case = world.case
    world.credentials.management.revoke(world.credential.id, world.proof, world.by, confirmed=True)
    wish = Wish(start=world.hour(24), contact=CONTACT)
    assert refusal_of(lambda: world.booking.book(case.id, wish, world.by)) == "not_this_step"


def test_only_the_contact_changes_without_a_mail_C3(world: ProofingWorld) -> None:
    world.agent()
    start = world.hour(24)
    before = world.book(start)
    queued = len(world.credentials.orders.queued())
    after = world.book(start, replace(CONTACT, phone="+12025550123"))
    assert after.contact == Contact(phone="+12025550123", language="en", zone="Asia/Kolkata")
    assert after.appointment == before.appointment
    assert len(world.credentials.orders.queued()) == queued


def test_an_agent_who_stops_working_keeps_what_is_booked_C3(world: ProofingWorld) -> None:
    agent = world.agent()
    case = world.book(world.hour(24))
    world.works(agent, active=False)
    kept = world.case.appointment
    assert kept
    assert replace(kept, obstacles=frozenset()) == case.appointment
    assert refusal_of(lambda: world.book(world.hour(48))) == "slot_taken"


def test_withdrawing_and_choosing_again_keeps_the_count_of_failures_C3(
    world: ProofingWorld,
) -> None:
    agent = world.agent()
    case = world.book(world.hour(24))
    assert case.appointment
    world.clock.advance(hours=25)
    held = world.case
    to = live.failed(held, agent.id, world.clock(), world.credentials.policy)
    world_policy = world.credentials.policy
    changes = CaseChanges(world.credentials.transactions, world.clock, world_policy)
    changes.commit(held, to, by=actor(agent))
    world.cases.withdraw(case.id, world.proof, world.by)
    again = world.chosen(Method.LIVE)
    assert (again.id != case.id, again.failures) == (True, 1)


def test_free_times_of_two_weeks_and_ten_agents_take_four_queries_S62(
    world: ProofingWorld,
) -> None:
    for _ in range(10):
        world.agent()
    now = world.clock()
    period = Period(begins=now, ends=now + timedelta(days=14))
    before = len(world.client.requests("query"))
    assert len(world.booking.free(world.case.id, period, world.by)) > 600
    assert len(world.client.requests("query")) - before <= 4, "three weeks, and the agents"
