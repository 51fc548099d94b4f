"""Meeting rooms for the local stage, by the contract in `keyfob.gateways.meeting_rooms`.

A room's page says who is in it: whoever opens it under a name, `?name=Ada`. Nothing is written to
the disk, and nothing but these names is known of people.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from werkzeug import Request, Response

from local.faults import RoomsFaults, Switch
from local.html import page

CLIENT_ID = "keyfob"

_TOKEN_SECONDS = 300
_ROOM = re.compile(r"/rooms/([A-Za-z0-9_-]{1,128})")
_PAGE = re.compile(r"/r/([A-Za-z0-9_-]+)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LONGEST_NAME = 60
_NONSENSE = {"appointment": 7, "number": "1", "address": None, "access_token": 7}
_LIES = {
    "foreign": {"address": "https://rooms.evil.example/r/1"},
    "other": {"appointment": "apt_of_somebody_else"},
}


class _Refusal(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(slots=True, kw_only=True)
class _Room:
    key: str
    number: int
    begins: str
    ends: str
    is_open: bool = True
    people: list[str] = field(default_factory=list)


class RoomsDouble:
    """The routes below `/_rooms`, and the number of their requests."""

    def __init__(self, faults: Switch[RoomsFaults], *, secret: str, address: str) -> None:
        """Serve the client `CLIENT_ID` with this secret; rooms are below this address."""
        self._faults = faults
        self._secret = secret
        self.address = address
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._tokens: deque[str] = deque(maxlen=1_000)
        self._rooms: dict[str, _Room] = {}

    @property
    def requests(self) -> dict[str, int]:
        """The number of requests, whatever their result: tokens, rooms, closings."""
        return {name: self._asked[name] for name in ("tokens", "rooms", "closings")}

    @property
    def rooms(self) -> dict[str, dict[str, Any]]:
        """Each room by its appointment: times, whether it is open, who is in it."""
        return {
            appointment: {
                "begins": one.begins,
                "ends": one.ends,
                "open": one.is_open,
                "people": list(one.people),
            }
            for appointment, one in self._rooms.items()
        }

    def answer(self, request: Request, path: str) -> Response:
        """Answer as a provider does; `path` is the request's below `/_rooms`."""
        if found := _PAGE.fullmatch(path):
            return self._page(found[1], request.args.get("name", ""))
        faults = self._faults.now
        if faults.answer in {"hang", "slow"}:
            self._faults.hang(*([faults.seconds] if faults.answer == "slow" else []))
        if faults.answer in {"hang", "error"}:
            return _json({"error": "switched on by a test"}, status=500)
        with self._lock:
            try:
                response = _json(self._perform(request, path))
            except _Refusal as refusal:
                response = _json({"error": str(refusal)}, status=refusal.status)
        return _spoiled(response, faults.answer)

    def _perform(self, request: Request, path: str) -> Mapping[str, Any]:
        if (request.method, path) == ("POST", "/oauth/token"):
            self._asked["tokens"] += 1
            return self._log_in(request)
        given = request.authorization
        if given is None or given.type != "bearer" or given.token not in self._tokens:
            raise _Refusal(401, "no valid token")
        found = _ROOM.fullmatch(path)
        if found and request.method == "PUT":
            self._asked["rooms"] += 1
            return self._put(found[1], _wanted(request))
        if found and request.method == "DELETE":
            self._asked["closings"] += 1
            return self._close(found[1], request.args.get("number", type=int))
        raise _Refusal(404, "no such route")

    def _log_in(self, request: Request) -> Mapping[str, Any]:
        client = request.authorization
        if client is None or client.type != "basic":
            raise _Refusal(401, "no client")
        # Each was encoded before they were joined (RFC 6749, section 2.3.1).
        named = unquote_plus(client.username or ""), unquote_plus(client.password or "")
        if named != (CLIENT_ID, self._secret):
            raise _Refusal(401, "unknown client")
        token = secrets.token_urlsafe(24)
        self._tokens.append(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": _TOKEN_SECONDS}

    def _put(self, appointment: str, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        room = self._rooms.get(appointment)
        if room is None or (not room.is_open and wanted["number"] > room.number):
            room = _Room(key=secrets.token_urlsafe(16), **wanted)
            self._rooms[appointment] = room
        if not room.is_open:
            raise _Refusal(409, "this room is closed")
        if wanted["number"] > room.number:
            room.number, room.begins, room.ends = (
                wanted[name] for name in ("number", "begins", "ends")
            )
        address = f"{self.address}/r/{room.key}"
        return {"appointment": appointment, "number": room.number, "address": address}

    def _close(self, appointment: str, number: int | None) -> Mapping[str, Any]:
        if number is None:
            raise _Refusal(422, "a number is wanted")
        room = self._rooms.get(appointment)
        if room and room.number <= number:
            room.is_open, room.number = False, number
            room.people.clear()
        return {"appointment": appointment, "closed": True}

    def _page(self, key: str, name: str) -> Response:
        """The room's page; who gives a name is in it from then on."""
        with self._lock:
            found = [one for one in self._rooms.values() if one.key == key and one.is_open]
            if not found:
                return page("missing.html", status=404, what="meeting room")
            [room] = found
            name = name.strip()[:_LONGEST_NAME]
            if name and name not in room.people:
                room.people.append(name)
            people = list(room.people)
        return page("room.html", begins=room.begins, ends=room.ends, people=people)


def _wanted(request: Request) -> Mapping[str, Any]:
    try:
        found = json.loads(request.get_data())
    except ValueError:
        raise _Refusal(400, "not JSON") from None
    if not isinstance(found, dict) or found.keys() != {"number", "begins", "ends"}:
        raise _Refusal(422, "number, begins and ends are wanted")
    times = (str(found[name]) for name in ("begins", "ends"))
    if type(found["number"]) is not int or not all(map(_MOMENT.fullmatch, times)):
        raise _Refusal(422, "the number or a time isn't in its form")
    return found


def _spoiled(response: Response, how: str) -> Response:
    if how == "lost":
        return _json({"error": "switched on by a test"}, status=500)
    if how == "lie":
        return _json(_NONSENSE)
    if how == "twice":
        response.set_data(response.get_data() * 2)
    if how in _LIES:
        return _json({**json.loads(response.get_data()), **_LIES[how]})
    return response


def _json(body: object, *, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
