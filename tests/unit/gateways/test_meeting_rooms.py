"""Requests to a provider of meeting rooms, and answers that lie (C3, S50)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast

import pytest
import urllib3

from keyfob.domain.proofing.errors import RoomsUnavailable
from keyfob.domain.proofing.rooms import Meeting
from keyfob.gateways.meeting_rooms import HttpMeetingRooms

BASE = "https://rooms.example/api"
MEETING = Meeting(appointment="apt_1", number=3, begins=datetime(2027, 1, 4, 12, tzinfo=UTC))
ROOM = {"appointment": "apt_1", "number": 3, "address": "https://rooms.example/api/r/1"}


class Pool:
    """Stands in for urllib3's connections."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.seen: list[tuple[str, str, Any]] = []

    def request(self, method: str, url: str, **how: Any) -> urllib3.HTTPResponse:
        if url.endswith("/oauth/token"):
            answer: Any = {"access_token": "tok-1", "token_type": "Bearer", "expires_in": 300}
        else:
            self.seen.append((method, url.removeprefix(BASE), how["body"]))
            answer = self.answer
        body = BytesIO(json.dumps(answer).encode())
        return urllib3.HTTPResponse(body, status=200, preload_content=False)


def rooms(pool: Pool, addresses: str = "") -> HttpMeetingRooms:
    return HttpMeetingRooms(
        BASE,
        addresses=addresses,
        client_id="keyfob",
        client_secret=lambda: "s3cret",
        pool=cast("Any", pool),
    )


def test_a_room_is_asked_for_by_appointment_number_and_time_and_no_name_C3() -> None:
    pool = Pool(ROOM)
    assert rooms(pool).create(MEETING) == ROOM["address"]
    [(method, path, body)] = pool.seen
    assert (method, path) == ("PUT", "/rooms/apt_1")
    times = {"begins": "2027-01-04T12:00:00Z", "ends": "2027-01-04T12:30:00Z"}
    assert json.loads(body) == {"number": 3, **times}


def test_a_room_is_closed_under_its_number_C3() -> None:
    pool = Pool({"appointment": "apt_1", "closed": True})
    rooms(pool).close("apt_1", 4)
    assert pool.seen == [("DELETE", "/rooms/apt_1?number=4", None)]


@pytest.mark.parametrize(
    "address",
    [
        "https://rooms.example",
        "https://rooms.example/api",
        "https://rooms.example/apis/r/1",
        "https://rooms.example.evil.example/api/r/1",
        "https://rooms.example@evil.example/api/r/1",
        "http://rooms.example/api/r/1",
        "javascript:alert(1)",
        'https://rooms.example/api/r/"><script>',
        "https://rooms.example/api/r/1\nhttps://evil.example/",
        "https://rooms.example/api/r/\\evil",
        "https://rooms.example/api/r/ü",
        "https://rooms.example/api/" + 300 * "r",
        "",
        7,
        None,
        ["https://rooms.example/api/r/1"],
    ],
)
def test_an_address_that_leads_elsewhere_or_is_none_is_refused_S50(address: Any) -> None:
    with pytest.raises(RoomsUnavailable):
        rooms(Pool({**ROOM, "address": address})).create(MEETING)


def test_rooms_may_be_at_another_address_than_the_provider_if_it_is_configured_C3() -> None:
    pool = Pool({**ROOM, "address": "https://meet.example/1"})
    assert rooms(pool, "https://meet.example").create(MEETING) == "https://meet.example/1"
    with pytest.raises(RoomsUnavailable):
        rooms(Pool(ROOM), "https://meet.example").create(MEETING)


@pytest.mark.parametrize("lie", [{"appointment": "apt_2"}, {"number": 2}, {"number": "3"}])
def test_an_answer_about_another_meeting_is_refused_S50(lie: dict[str, Any]) -> None:
    with pytest.raises(RoomsUnavailable):
        rooms(Pool({**ROOM, **lie})).create(MEETING)


@pytest.mark.parametrize("lie", [{"appointment": "apt_2"}, {"closed": False}, {"closed": "true"}])
def test_a_room_counts_as_closed_only_if_the_answer_says_so_S50(lie: dict[str, Any]) -> None:
    with pytest.raises(RoomsUnavailable):
        rooms(Pool({"appointment": "apt_1", "closed": True, **lie})).close("apt_1", 4)


@pytest.mark.parametrize("appointment", ["..", "apt/1", "apt_1?number=9", "", "ä"])
def test_what_is_no_id_is_sent_nowhere_S50(appointment: str) -> None:
    pool = Pool({"appointment": appointment, "closed": True})
    with pytest.raises(RoomsUnavailable):
        rooms(pool).close(appointment, 4)
    assert pool.seen == []


def test_the_log_names_the_reason_and_no_secret_S31(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RoomsUnavailable):
        rooms(Pool({**ROOM, "address": "https://evil.example/"})).create(MEETING)
    [record] = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert vars(record)["reason"] == "a foreign address"
    assert "evil" not in repr(vars(record))
    assert "s3cret" not in repr(vars(record))
