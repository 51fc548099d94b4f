"""A transaction that is canceled since others hold its rows is sent again or decided anew (S33)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import Busy
from keyfob.domain.proofing.case import Appointment, State
from keyfob.domain.proofing.errors import SlotTaken
from keyfob.domain.sessions.permission import Proof, SessionProof
from keyfob.usecases.proofing.desk import Outcome
from tests.support.conflicts import held
from tests.support.faults import contended_row
from tests.support.order_world import OPERATOR
from tests.support.phone_world import refusal_of
from tests.support.proofing_world import ProofingWorld
from tests.support.quarters import Quarters, place, quarters_of
from tests.unit.usecases.proofing.test_booking import by_another
from tests.unit.usecases.proofing.test_case_jobs import kinds

Act = Callable[[ProofingWorld], Any]


@pytest.fixture
def world(proofing_world: ProofingWorld) -> ProofingWorld:
    """Ada has booked an appointment with one of two agents."""
    proofing_world.choose()
    proofing_world.agent()
    proofing_world.agent()
    proofing_world.book(proofing_world.hour(24))
    return proofing_world


def conflict(world: ProofingWorld, *faults: Callable[..., Any]) -> None:
    world.client.next("transact_write_items", *faults)


def appointment(world: ProofingWorld) -> Appointment:
    found = world.case.appointment
    assert found
    return found


def rows(world: ProofingWorld) -> Quarters:
    return quarters_of(world.credentials.database)


def move(world: ProofingWorld) -> Any:
    return world.book(world.hour(48))


def cancel(world: ProofingWorld) -> Any:
    return world.booking.cancel(world.case.id, world.proof, world.by)


def withdraw(world: ProofingWorld) -> Any:
    return world.cases.withdraw(world.case.id, world.proof, world.by)


def fail(world: ProofingWorld) -> Any:
    proof = SessionProof(session=world.proof.session, needed=Proof.RECENT_PASSWORD)
    by = Actor(kind="account", id=appointment(world).agent)
    return world.desk.ended(appointment(world).id, Outcome.FAILED, {}, proof, by)


def take_the_day_off(world: ProofingWorld, *, off: bool = True) -> Any:
    account = world.credentials.directory.account(appointment(world).agent)
    assert account
    day = world.hour(48).date()
    return world.agents.days_off(account.user_id, [day], OPERATOR, off=off)


def begin(world: ProofingWorld) -> None:
    world.clock.advance(hours=25)


@pytest.mark.parametrize("act", [move, cancel, withdraw, fail], ids=lambda act: act.__name__)
@pytest.mark.parametrize("item", range(4))
def test_whichever_row_is_held_the_act_is_sent_again_and_done_once_S33(
    world: ProofingWorld, act: Act, item: int
) -> None:
    before = appointment(world)
    if act is fail:
        begin(world)
    conflict(world, held(item), held(item + 1))
    case = act(world)
    assert (case.state, case.appointment) == (world.case.state, world.case.appointment)
    assert case.version == world.case.version - 1, "one entry"
    if act is not fail:
        assert rows(world) == (place(case.appointment) if case.appointment else {})
    else:
        assert (case.failures, rows(world)) == (1, place(before)), "the time stays taken"


@pytest.mark.parametrize("act", [move, cancel, withdraw, fail], ids=lambda act: act.__name__)
def test_an_act_on_rows_that_stay_held_is_refused_as_busy_and_changes_nothing_S33_S46(
    world: ProofingWorld, act: Act
) -> None:
    if act is fail:
        begin(world)
    seen, queued = (world.case, rows(world)), kinds(world)
    conflict(world, *[held()] * 5)
    with pytest.raises(Busy):
        act(world)
    assert (world.case, rows(world)) == seen
    assert kinds(world) == queued
    act(world)
    assert world.case != seen[0]


def test_whoever_held_the_time_has_it_and_the_other_one_gets_the_other_agent_S33(
    world: ProofingWorld,
) -> None:
    to = world.hour(48)
    others: list[Appointment | None] = []
    conflict(world, held(1, after=lambda: others.append(by_another(world, to).appointment)))
    mine = move(world).appointment
    [other] = others
    assert other
    assert {mine.agent, other.agent} == {one.account for one in world.calendar.agents()}
    assert rows(world) == place(mine) | place(other)


def test_whoever_held_the_last_time_leaves_the_nearest_ones_and_the_old_one_S33(
    world: ProofingWorld,
) -> None:
    before, to = appointment(world), world.hour(48)

    def two_book() -> None:
        by_another(world, to)
        by_another(world, to)

    conflict(world, held(2, after=two_book))
    with pytest.raises(SlotTaken) as refused:
        move(world)
    hour = timedelta(hours=1)
    # Half an hour before and after, the last quarter of one runs into the other.
    assert refused.value.nearest == (to - 1.5 * hour, to - hour, to + hour)
    assert appointment(world) == before
    assert place(before).items() <= rows(world).items()
    assert len(rows(world)) == 3 * 3


def test_a_move_that_was_held_by_a_cancellation_is_a_booking_S33(world: ProofingWorld) -> None:
    before = appointment(world)
    conflict(world, held(after=lambda: cancel(world)))
    after = move(world).appointment
    assert after.id != before.id
    assert rows(world) == place(after)


def test_a_cancellation_that_was_held_by_a_move_frees_where_it_stands_S33(
    world: ProofingWorld,
) -> None:
    conflict(world, held(after=lambda: move(world)))
    assert cancel(world).state is State.TO_BOOK
    assert rows(world) == {}


def test_a_result_that_was_held_by_the_same_one_is_no_second_one_S34(world: ProofingWorld) -> None:
    begin(world)
    conflict(world, held(after=lambda: fail(world)))
    assert refusal_of(lambda: fail(world)) == "not_this_step"
    assert world.case.failures == 1


def test_a_quarter_that_was_held_is_taken_off_all_the_same_S33(world: ProofingWorld) -> None:
    world.client.next("put_item", contended_row, contended_row)
    assert take_the_day_off(world).quarters == 95
    off = [at for (_, at), one in rows(world).items() if one is None]
    assert len(off) == len(set(off)) == 95


def test_a_day_that_two_give_back_at_once_is_given_back_once_S33(world: ProofingWorld) -> None:
    take_the_day_off(world)

    given: list[int] = []

    def another() -> None:
        given.append(take_the_day_off(world, off=False).quarters)

    conflict(world, sends, sends, held(after=another))
    given.append(take_the_day_off(world, off=False).quarters)
    assert 0 < sum(given) <= 95, "no quarter twice"
    assert rows(world) == place(appointment(world))


def sends(operation: Any, request: Any) -> Any:
    return operation(**request)


def test_a_move_that_was_held_by_a_day_off_goes_to_the_other_agent_S33(
    world: ProofingWorld,
) -> None:
    before = appointment(world)
    conflict(world, held(3, after=lambda: take_the_day_off(world)))
    after = move(world).appointment
    assert (after.id, after.agent == before.agent) == (before.id, False)
    assert {key: one for key, one in rows(world).items() if one} == place(after)
