"""The meeting rooms' double behind the front: its address, its switch, and who is in (C3, S50)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from keyfob.domain.proofing.errors import RoomsUnavailable
from keyfob.domain.proofing.rooms import Meeting
from keyfob.gateways.meeting_rooms import HttpMeetingRooms
from local.client import control
from local.rooms_double import CLIENT_ID

# The stage's, as for Stripe's double.
SECRET = "sk_test_1234567890"
MEETING = Meeting(appointment="apt_1", number=0, begins=datetime(2027, 1, 4, 12, tzinfo=UTC))


def rooms(stage: Any) -> HttpMeetingRooms:
    return HttpMeetingRooms(
        f"{stage.public}/_rooms", client_id=CLIENT_ID, client_secret=lambda: SECRET
    )


def test_a_rooms_address_shows_who_is_in_C3(stage: Any) -> None:
    address = rooms(stage).create(MEETING)
    requests.get(address, params={"name": "Ada"}, timeout=10)
    assert "<li>Ada</li>" in requests.get(address, timeout=10).text
    shown = requests.get(f"{stage.public}/_control/rooms/open", timeout=10).json()
    assert (shown["apt_1"]["people"], shown["apt_1"]["open"]) == (["Ada"], True)
    asked = requests.get(f"{stage.public}/_control/rooms/requests", timeout=10).json()
    assert asked == {"tokens": 1, "rooms": 1, "closings": 0}


def test_the_rooms_can_fail_and_recover_S50(stage: Any) -> None:
    control(stage.public, "rooms", {"answer": "error"})
    with pytest.raises(RoomsUnavailable):
        rooms(stage).create(MEETING)
    control(stage.public, "rooms", {"answer": "normal"})
    assert rooms(stage).create(MEETING)


@pytest.mark.parametrize("path", ["/", "/rooms/apt_1", "/r/unknown", "/oauth/token"])
def test_strangers_get_no_room_S23(stage: Any, path: str) -> None:
    answer = requests.get(f"{stage.public}/_rooms{path}", timeout=10)
    assert answer.status_code in {401, 404}
