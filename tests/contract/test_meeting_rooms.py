"""The gateway to meeting rooms and the local stage's double keep one contract (C3, S50).

In this process, where a hanging double is given up at once, and over HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from werkzeug import Request
from werkzeug.serving import make_server

from keyfob.domain.proofing.errors import RoomsUnavailable
from keyfob.domain.proofing.rooms import Meeting, MeetingRooms
from keyfob.gateways.meeting_rooms import HttpMeetingRooms
from local.faults import RoomsFaults, Switch
from local.rooms_double import CLIENT_ID, RoomsDouble
from tests.support.bureau import DoublePool

BEGINS = datetime(2027, 1, 4, 12, tzinfo=UTC)
# With characters that must be encoded.
SECRET = "s3cret: 100 %+"
ADDRESS = "https://rooms.example"


@dataclass
class Watch:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Party:
    rooms: MeetingRooms
    double: RoomsDouble
    faults: Switch[RoomsFaults]
    watch: Watch

    def answer(self, how: str) -> None:
        self.faults.set({"answer": how})

    def shown(self, meeting: Meeting) -> Any:
        return self.double.rooms[meeting.appointment]


@contextmanager
def served(double: RoomsDouble) -> Iterator[str]:
    """The double on a free port."""

    def application(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        return double.answer(request, request.path)(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["memory", "http"])
def party(request: pytest.FixtureRequest) -> Iterator[Party]:
    faults, watch = Switch(RoomsFaults()), Watch()
    double = RoomsDouble(faults, secret=SECRET, address=ADDRESS)
    how: dict[str, Any] = {
        "addresses": ADDRESS,
        "client_id": CLIENT_ID,
        "client_secret": lambda: SECRET,
        "watch": watch,
    }
    if request.param == "memory":
        pool = cast("Any", DoublePool(double, faults))
        rooms = HttpMeetingRooms(ADDRESS, pool=pool, **how)
        yield Party(rooms=rooms, double=double, faults=faults, watch=watch)
        return
    with served(double) as url:
        rooms = HttpMeetingRooms(url, read_seconds=0.3, **how)
        yield Party(rooms=rooms, double=double, faults=faults, watch=watch)
        faults.release()


def a_meeting(number: int = 0) -> Meeting:
    return Meeting(appointment=f"apt_{uuid4().hex}", number=number, begins=BEGINS)


def unavailable(call: Callable[[], object]) -> None:
    with pytest.raises(RoomsUnavailable):
        call()


def moved(meeting: Meeting, hours: int = 1) -> Meeting:
    begins = meeting.begins + timedelta(hours=hours)
    return replace(meeting, number=meeting.number + 1, begins=begins)


def test_a_room_belongs_to_its_appointment_however_often_it_is_asked_for_C3(party: Party) -> None:
    meeting, other = a_meeting(), a_meeting()
    address = party.rooms.create(meeting)
    assert address.startswith(ADDRESS + "/")
    assert party.rooms.create(meeting) == address
    assert party.rooms.create(other) != address


def test_a_move_changes_the_time_and_not_the_address_C3(party: Party) -> None:
    meeting = a_meeting()
    address = party.rooms.create(meeting)
    assert party.rooms.move(moved(meeting)) == address
    assert party.shown(meeting)["begins"] == "2027-01-04T13:00:00Z"
    assert party.shown(meeting)["ends"] == "2027-01-04T13:30:00Z"


def test_an_older_call_that_comes_late_changes_nothing_S46(party: Party) -> None:
    meeting = a_meeting()
    newer = moved(meeting)
    address = party.rooms.create(newer)
    assert party.rooms.create(meeting) == address
    party.rooms.close(meeting.appointment, meeting.number)
    assert party.shown(meeting)["open"]
    assert party.shown(meeting)["begins"] == "2027-01-04T13:00:00Z"


def test_a_closed_room_stays_closed_until_a_newer_booking_gets_another_C3(party: Party) -> None:
    meeting = a_meeting()
    address = party.rooms.create(meeting)
    for _ in range(2):
        party.rooms.close(meeting.appointment, meeting.number)
    assert not party.shown(meeting)["open"]
    unavailable(lambda: party.rooms.create(meeting))
    assert party.rooms.create(moved(meeting)) != address


def test_an_unknown_room_counts_as_closed_C3(party: Party) -> None:
    party.rooms.close(a_meeting().appointment, 7)


@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.parametrize("how", ["error", "hang", "lie", "twice", "lost", "other"])
def test_every_fault_is_a_typed_refusal_and_the_next_call_can_succeed_S50(
    party: Party, how: str, *, logged_in: bool
) -> None:
    meeting = a_meeting()
    if logged_in:
        party.rooms.create(meeting)
    party.answer(how)
    unavailable(lambda: party.rooms.create(meeting))
    party.answer("normal")
    address = party.rooms.create(meeting)
    party.answer(how)
    unavailable(lambda: party.rooms.move(moved(meeting)))
    unavailable(lambda: party.rooms.close(meeting.appointment, 3))
    party.answer("normal")
    party.rooms.close(meeting.appointment, 3)
    assert address


def test_an_address_of_another_site_is_refused_S50(party: Party) -> None:
    party.answer("foreign")
    unavailable(lambda: party.rooms.create(a_meeting()))


def test_a_slow_provider_is_waited_for_S50(party: Party) -> None:
    party.faults.set({"answer": "slow", "seconds": 0.05})
    assert party.rooms.create(a_meeting())


def test_after_five_failures_the_provider_is_left_alone_for_thirty_seconds_S50(
    party: Party,
) -> None:
    meeting = a_meeting()
    party.rooms.create(meeting)
    party.answer("error")
    for _ in range(5):
        unavailable(lambda: party.rooms.create(meeting))
    party.answer("normal")
    before = party.double.requests
    party.watch.now += 29
    unavailable(lambda: party.rooms.create(meeting))
    assert party.double.requests == before
    party.watch.now += 1
    assert party.rooms.create(meeting)


def test_a_client_with_a_wrong_secret_gets_nothing_S50() -> None:
    faults = Switch(RoomsFaults())
    double = RoomsDouble(faults, secret=SECRET, address=ADDRESS)
    rooms = HttpMeetingRooms(
        ADDRESS,
        client_id=CLIENT_ID,
        client_secret=lambda: "wrong",
        pool=cast("Any", DoublePool(double, faults)),
    )
    unavailable(lambda: rooms.create(a_meeting()))
    assert double.rooms == {}


def test_the_rooms_page_says_who_is_in_until_it_is_closed_C3(party: Party) -> None:
    meeting = a_meeting()
    path = party.rooms.create(meeting).removeprefix(ADDRESS)
    assert "Nobody yet" in page(party, path)
    page(party, f"{path}?name=Ada")
    page(party, f"{path}?name=%3Cb%3EAgnes")
    shown = page(party, path)
    assert "<li>Ada</li>" in shown
    assert "<li>&lt;b&gt;Agnes</li>" in shown
    party.rooms.close(meeting.appointment, 1)
    assert "Ada" not in page(party, path)


def page(party: Party, path: str) -> str:
    request = Request.from_values(path)
    return party.double.answer(request, request.path).get_data(as_text=True)
