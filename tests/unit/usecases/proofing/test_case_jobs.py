"""The clock's jobs on cases: done once, by the row as it is now (C3, C5, F3, S42, S44)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from keyfob.domain.proofing.case import Change, State
from keyfob.domain.proofing.errors import NoSuchStep
from keyfob.storage.proofing.store import CaseRow
from keyfob.wiring.proofing import case_jobs_of
from tests.support.faults import first
from tests.support.order_world import SYSTEM
from tests.support.proofing_world import ProofingWorld


@pytest.fixture
def world(proofing_world: ProofingWorld) -> ProofingWorld:
    """Ada has booked an appointment in three days."""
    proofing_world.choose()
    proofing_world.agent()
    proofing_world.book(proofing_world.hour(72))
    return proofing_world


def perform(world: ProofingWorld) -> Change | None:
    return case_jobs_of(world.base).perform(world.by.account, by=SYSTEM)


def planned(world: ProofingWorld) -> datetime | None:
    row = world.credentials.database.get(CaseRow, f"CASE#{world.by.account}", "-")
    assert row
    return datetime.fromisoformat(row.g1sk.partition("#")[0]) if row.g1sk else None


def kinds(world: ProofingWorld) -> list[str]:
    return [row.kind for row in world.credentials.orders.queued()]


def test_a_booking_plans_its_first_reminder_and_the_clock_the_next_C3(
    world: ProofingWorld,
) -> None:
    start = world.hour(72)
    for hours, change in ((24, Change.REMINDED), (1, Change.REMINDED)):
        at = planned(world)
        assert at
        assert (start - at).total_seconds() == hours * 3600
        world.clock.advance(seconds=(at - world.clock()).total_seconds())
        assert perform(world) is change
    assert kinds(world).count("appointment_reminder") == 2


def test_a_second_delivery_does_nothing_S42(world: ProofingWorld) -> None:
    world.clock.advance(hours=50)
    assert perform(world) is Change.REMINDED
    assert perform(world) is None
    assert kinds(world).count("appointment_reminder") == 1


def test_two_workers_at_once_remind_once_S42(world: ProofingWorld) -> None:
    world.clock.advance(hours=50)
    world.client.next("transact_write_items", first(lambda: perform(world)))
    assert perform(world) is None
    assert kinds(world).count("appointment_reminder") == 1


def test_an_old_message_after_a_cancellation_does_nothing_S42(world: ProofingWorld) -> None:
    world.booking.cancel(world.case.id, world.proof, world.by)
    world.clock.advance(hours=50)
    assert perform(world) is None
    assert planned(world) is None


def test_a_missing_result_is_told_to_the_agent_and_costs_the_holder_nothing_C3(
    world: ProofingWorld,
) -> None:
    world.clock.advance(hours=75)
    assert perform(world) is Change.NO_RESULT
    assert "result_missing" in kinds(world)
    assert (world.case.state, world.case.no_shows) == (State.BOOKED, 0)
    assert planned(world) is None


def test_nobody_is_reminded_of_an_appointment_that_has_begun_S44(world: ProofingWorld) -> None:
    world.clock.advance(hours=72)
    assert perform(world) is None
    assert "appointment_reminder" not in kinds(world)
    booked = world.case.appointment
    assert booked
    assert planned(world) == booked.start + timedelta(minutes=150), "the missing result is left"


def test_the_case_of_a_revoked_credential_is_withdrawn_and_its_time_freed_F3(
    world: ProofingWorld,
) -> None:
    booked = world.case.appointment
    assert booked
    world.credentials.management.revoke(world.credential.id, world.proof, world.by, confirmed=True)
    assert planned(world) == world.clock().replace(microsecond=0)
    assert perform(world) is Change.WITHDRAWN
    assert world.case.state is State.WITHDRAWN
    assert world.calendar.agent(booked.agent)
    day = world.calendar.agent(booked.agent)
    assert day
    assert world.calendar.of_agent(booked.agent, day.local_day(booked.start.date())) == []
    assert kinds(world).count("appointment_canceled") == 1
    assert kinds(world).count("agent_canceled") == 1


def test_a_booking_at_the_moment_of_a_revocation_is_withdrawn_all_the_same_F3_S46(
    world: ProofingWorld,
) -> None:
    world.client.next("transact_write_items", first(lambda: world.book(world.hour(96))))
    world.credentials.management.revoke(world.credential.id, world.proof, world.by, confirmed=True)
    assert planned(world) == world.clock().replace(microsecond=0)
    assert perform(world) is Change.WITHDRAWN
    with pytest.raises(NoSuchStep):
        world.book(world.hour(72))


def test_an_account_without_a_case_has_nothing_due_S42(proofing_world: ProofingWorld) -> None:
    assert perform(proofing_world) is None
