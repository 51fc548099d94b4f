"""A meeting room for each appointment: opened, moved and closed after the commit (C3, S42, S50)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.messages.outbox import is_effect
from keyfob.domain.proofing.case import Appointment, Change
from keyfob.domain.proofing.rooms import Meeting
from keyfob.storage.messages.store import OutboxRow, OutboxStore
from keyfob.usecases.messages.outbox_processor import OutboxProcessor
from keyfob.usecases.proofing.rooms import NoRooms
from keyfob.wiring.proofing import booking_of, case_jobs_of
from keyfob.wiring.rooms import room_effects_of, rooms_of
from keyfob.wiring.settings import Settings
from tests.support.fake_rooms import FakeRooms
from tests.support.order_world import OPERATOR, SYSTEM
from tests.support.proofing_world import ProofingWorld
from tests.support.runtime import SETTINGS

_AGENTS = "https://meet.example/agent"


class RoomsWorld:
    """Ada's appointment, and a provider of rooms."""

    def __init__(self, proofing: ProofingWorld) -> None:
        self.proofing, self.base = proofing, proofing.base
        self.rooms = FakeRooms()
        self.base.settings = Settings({**SETTINGS, "ROOMS_URL": "https://rooms.example"})
        self.base._outside[rooms_of] = self.rooms
        proofing.booking = booking_of(self.base)
        outbox = OutboxStore(self.base.database, self.base.policy)
        effects = room_effects_of(self.base)
        self.worker = OutboxProcessor(outbox, self.base.clock, effects.perform, self.base.count)

    @property
    def booked(self) -> Appointment:
        found = self.proofing.case.appointment
        assert found
        return found

    @property
    def room(self) -> Any:
        """The provider's room of the only appointment."""
        [found] = self.rooms.rooms.values()
        return found

    def queued(self, *kinds: str) -> list[OutboxRow]:
        rows = self.proofing.credentials.orders.queued()
        return [row for row in rows if not kinds or row.kind in kinds]

    def told(self) -> list[tuple[str, int]]:
        """The mails about the coming of the appointment, with its number."""
        kinds = ("appointment_booked", "appointment_moved", "appointment_reassigned")
        rows = self.queued(*kinds, "agent_booked")
        return sorted((row.kind, row.facts["number"]) for row in rows)

    def work(self) -> None:
        """Let the effects worker do everything that is pending, once."""
        for row in self.queued():
            if is_effect(row.pk):
                self.worker.deliver(row.pk)

    def mails(self) -> str:
        """Everything that the notifier sends now."""
        mail = self.base.parties.mail
        before = len(mail.sent)
        for row in self.queued("appointment_booked", "agent_booked"):
            self.proofing.credentials.orders.notifier.deliver(row.pk)
        parts = [part for one in mail.sent[before:] for part in one.walk()]
        texts = [one.get_content() for one in parts if not one.is_multipart()]
        return "\n".join(one.decode() if isinstance(one, bytes) else one for one in texts)


@pytest.fixture
def world(proofing_world: ProofingWorld) -> RoomsWorld:
    """Ada has booked an appointment for tomorrow; nothing else was done."""
    made = RoomsWorld(proofing_world)
    proofing_world.choose()
    proofing_world.agent()
    proofing_world.book(proofing_world.hour(24).replace(hour=12))
    return made


def clock(world: RoomsWorld) -> Change | None:
    return case_jobs_of(world.base).perform(world.proofing.by.account, by=SYSTEM)


def test_a_booking_calls_nobody_and_tells_nobody_before_the_room_is_there_C3(
    world: RoomsWorld,
) -> None:
    assert world.rooms.asked == []
    assert world.told() == []
    assert (world.booked.room, world.booked.room_by is not None) == ("", True)


def test_the_mails_follow_with_the_rooms_address_C3(world: RoomsWorld) -> None:
    world.work()
    assert world.booked.room == world.room.address
    assert world.booked.room_by is None
    assert world.told() == [("agent_booked", 0), ("appointment_booked", 0)]
    assert world.room.meeting == Meeting(
        appointment=world.booked.id, number=0, begins=world.booked.start
    )


def test_without_a_room_in_time_the_agents_is_taken_and_stays_C3_S50(world: RoomsWorld) -> None:
    world.rooms.down = True
    world.work()
    world.proofing.clock.advance(minutes=10)
    assert clock(world) is Change.ROOM_GIVEN_UP
    assert world.told() == [("agent_booked", 0), ("appointment_booked", 0)]
    assert (world.booked.room, world.booked.room_by) == ("", None)
    world.rooms.down = False
    world.proofing.clock.advance(minutes=1)
    world.work()
    assert (world.booked.room, world.rooms.rooms) == ("", {})
    assert len(world.told()) == 2


def test_a_failed_call_is_tried_again_by_the_clock_S50(world: RoomsWorld) -> None:
    world.rooms.down = True
    world.work()
    world.rooms.down = False
    world.work()
    assert world.booked.room == "", "it isn't due yet"
    world.proofing.clock.advance(minutes=1)
    world.work()
    assert world.booked.room == world.room.address


def test_a_room_that_comes_while_it_is_given_up_is_closed_S46(world: RoomsWorld) -> None:
    world.proofing.clock.advance(minutes=10)
    between(world, lambda: clock(world))
    world.work()
    assert (world.booked.room, world.room.is_open) == ("", False)
    assert len(world.told()) == 2


def test_a_room_whose_appointment_is_canceled_meanwhile_is_closed_S46(world: RoomsWorld) -> None:
    booking, case = world.proofing.booking, world.proofing.case
    between(world, lambda: booking.cancel(case.id, world.proofing.proof, world.proofing.by))
    world.work()
    assert not world.room.is_open
    assert world.proofing.case.appointment is None


def test_a_late_answer_never_overwrites_the_room_of_the_moved_appointment_S46(
    world: RoomsWorld,
) -> None:
    later = world.booked.start + timedelta(hours=1)

    def moved_and_opened() -> None:
        world.proofing.book(later)
        world.work()

    between(world, moved_and_opened)
    world.work()
    assert world.booked.number == 1
    assert world.booked.room == world.room.address
    assert world.room.is_open
    assert world.room.meeting.begins == later
    assert world.told() == [("agent_booked", 1), ("appointment_moved", 1)]


def test_the_answer_to_an_earlier_booking_is_not_recorded_for_the_moved_one_S46(
    world: RoomsWorld,
) -> None:
    [first] = world.queued("open_room")
    later = world.booked.start + timedelta(hours=1)
    between(world, lambda: world.proofing.book(later))
    world.worker.deliver(first.pk)
    assert (world.booked.number, world.booked.room) == (1, "")
    assert world.told() == []
    assert world.room.is_open
    world.work()
    assert world.booked.room == world.room.address
    assert world.room.meeting.begins == later


def between(world: RoomsWorld, act: Callable[[], object]) -> None:
    """Do this after the provider has made the room and before its answer is recorded."""
    create = world.rooms.create

    def answered_late(meeting: Meeting) -> str:
        address = create(meeting)
        world.rooms.create = create  # type: ignore[method-assign]
        act()
        return address

    world.rooms.create = answered_late  # type: ignore[method-assign]


def test_a_second_delivery_opens_nothing_more_S42(world: RoomsWorld) -> None:
    [effect] = world.queued("open_room")
    lease = OutboxStore(world.base.database, world.base.policy).lease(effect.pk, world.base.clock())
    assert lease
    effects = room_effects_of(world.base)
    assert effects.perform(lease) is True
    address = world.booked.room
    assert effects.perform(lease) is False
    assert (world.booked.room, world.room.is_open) == (address, True)
    assert len(world.told()) == 2


def test_a_move_keeps_the_room_and_gives_it_the_new_time_C3(world: RoomsWorld) -> None:
    world.work()
    address, later = world.booked.room, world.booked.start + timedelta(hours=1)
    world.proofing.book(later)
    assert (world.booked.room, world.booked.room_by) == (address, None)
    assert ("appointment_moved", 1) in world.told(), "nobody has to wait for an address"
    world.work()
    assert (world.room.address, world.room.meeting.begins) == (address, later)


def test_a_provider_that_moves_to_another_address_is_refused_and_asked_again_S50(
    world: RoomsWorld,
) -> None:
    world.work()
    address = world.booked.room
    world.proofing.book(world.booked.start + timedelta(hours=1))
    world.room.address = "https://rooms.example/r/another"
    world.work()
    assert world.booked.room == address
    assert [row.attempts for row in world.queued("move_room")] == [1]
    world.room.address = address
    world.proofing.clock.advance(minutes=1)
    world.work()
    assert world.queued("move_room") == []


def test_an_old_move_does_nothing_after_a_newer_one_S42(world: RoomsWorld) -> None:
    world.work()
    start = world.booked.start
    for hours in (1, 2):
        world.proofing.book(start + timedelta(hours=hours))
    world.work()
    assert world.rooms.asked.count("move") == 1
    assert world.room.meeting.begins == start + timedelta(hours=2)


def test_a_cancellation_closes_the_room_at_once_C3(world: RoomsWorld) -> None:
    world.work()
    case = world.proofing.case
    world.proofing.booking.cancel(case.id, world.proofing.proof, world.proofing.by)
    world.work()
    assert not world.room.is_open


def test_a_result_closes_the_room_a_quarter_of_an_hour_after_its_end_C3(world: RoomsWorld) -> None:
    """The agent reads the code out in it."""
    world.work()
    world.proofing.clock.advance(
        seconds=(
            world.booked.start + timedelta(minutes=15) - world.proofing.clock()
        ).total_seconds()
    )
    world.proofing.booking.report_absence(world.proofing.case.id, world.proofing.by)
    world.work()
    assert world.room.is_open
    world.proofing.clock.advance(minutes=30)
    world.work()
    assert not world.room.is_open


def test_an_appointment_without_a_result_closes_its_room_C3(world: RoomsWorld) -> None:
    world.work()
    world.proofing.clock.advance(hours=72)
    assert clock(world) is Change.NO_RESULT
    world.work()
    assert not world.room.is_open


def test_another_agent_has_the_same_room_C3(world: RoomsWorld) -> None:
    world.work()
    before = world.booked
    given(world)
    assert world.booked.room == before.room
    assert ("appointment_reassigned", 1) in world.told()


def test_a_reassigned_appointment_waits_for_no_room_C3(world: RoomsWorld) -> None:
    given(world)
    assert (world.booked.room, world.booked.room_by) == ("", None)
    assert world.told() == [("agent_booked", 1), ("appointment_reassigned", 1)]
    world.work()
    assert world.booked.room == ""
    assert not world.rooms.rooms


def given(world: RoomsWorld) -> Account:
    other = world.proofing.agent()
    ada = world.proofing.credentials.ada
    world.proofing.reassigning.reassign(ada.user_id, OPERATOR)
    return other


@pytest.mark.parametrize("has_room", [True, False])
def test_mails_and_calendars_have_the_appointments_room_and_no_other_C3(
    world: RoomsWorld, *, has_room: bool
) -> None:
    world.rooms.down = not has_room
    world.work()
    if not has_room:
        world.proofing.clock.advance(minutes=10)
        clock(world)
    # A calendar folds its lines (RFC 5545, section 3.1).
    sent = world.mails().replace("\r\n ", "")
    wanted, other = world.booked.room or _AGENTS, _AGENTS if has_room else "rooms.example"
    # The text, HTML, calendar and attachment of both mails.
    assert sent.count(wanted) >= 8
    assert other not in sent


def test_a_reminder_that_is_due_with_the_room_comes_after_it_S44(world: RoomsWorld) -> None:
    world.proofing.clock.advance(
        seconds=(world.booked.start - timedelta(hours=1) - world.proofing.clock()).total_seconds()
    )
    assert clock(world) is Change.ROOM_GIVEN_UP
    assert clock(world) is Change.REMINDED


def test_without_a_provider_the_room_is_the_agents_and_the_mails_go_at_once_C3(
    world: RoomsWorld,
) -> None:
    world.base.settings = Settings(SETTINGS)
    world.proofing.booking = booking_of(world.base)
    before = world.booked
    world.proofing.book(before.start + timedelta(hours=1))
    assert world.booked == replace(before, start=world.booked.start, number=1, room_by=None)
    assert world.told() == [("agent_booked", 1), ("appointment_moved", 1)]


def test_a_provider_that_is_configured_no_more_leaves_the_agents_room_S50(
    world: RoomsWorld,
) -> None:
    world.base._outside[rooms_of] = NoRooms()
    gone = room_effects_of(world.base)
    outbox = OutboxStore(world.base.database, world.base.policy)
    world.worker = OutboxProcessor(outbox, world.base.clock, gone.perform, world.base.count)
    world.work()
    world.proofing.clock.advance(minutes=10)
    assert clock(world) is Change.ROOM_GIVEN_UP
    world.work()
    assert world.queued("open_room") == []
