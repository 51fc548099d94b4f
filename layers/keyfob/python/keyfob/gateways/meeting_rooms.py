"""Meeting rooms over HTTPS (C3), by a contract that is no vendor's: a vendor gets an adapter.

Requests and answers are JSON objects; unknown members of an answer are ignored. Every request
carries a token of the client's (`client_credentials.py`). A room belongs to an appointment's id; a
request with a lower number than one before changes nothing, and is answered as the room is.

`PUT {base}/rooms/{appointment}`: makes the room, or gives it this time.

    {"number": 3, "begins": "2027-01-04T10:00:00Z", "ends": "2027-01-04T10:30:00Z"}

    {"appointment": "…", "number": 3, "address": "https://…"}

`DELETE {base}/rooms/{appointment}?number=4`: closes it; one that is unknown counts as closed.

    {"appointment": "…", "closed": true}

An address is the same for holder and agent, and stays the same for the life of the room. It begins
with the configured address, so that an answer can't lead people to another site, and has at most
300 visible characters of ASCII. A request that can't be carried out is answered 400, 404, 409, 410
or 422.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import urllib3

from keyfob.domain.due_index import instant
from keyfob.domain.proofing.errors import RoomsUnavailable
from keyfob.domain.proofing.rooms import Meeting
from keyfob.gateways.circuit_breaker import CircuitBreaker
from keyfob.gateways.client_credentials import AuthorizedHttp
from keyfob.gateways.json_http import JsonHttp, Request, Unusable

logger = logging.getLogger(__name__)

T = TypeVar("T")

_READ_SECONDS = 4.0
# Two of them fit into a worker's time.
_CALL_SECONDS = 8.0
_FAILURES = 5
_PAUSE_SECONDS = 30.0
# An id is a part of the path: no dot, so that it isn't `..`.
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# Without quotes and angle brackets, which an address has no use for.
_ADDRESS = re.compile(r"[!#-;=?-~]{1,300}", re.ASCII)
_JSON = {"Content-Type": "application/json"}


class HttpMeetingRooms:
    """`MeetingRooms`.

    Args:
        base_url: begins with `https://`, or leads to this machine; ValueError otherwise.
        addresses: the beginning of every room's address; the base address by default.
        client_id: names us to the provider.
        client_secret: returns the current secret.
        watch: a clock in seconds with any starting point.
        read_seconds: the longest wait for bytes of an answer, in seconds.
        pool: connections other than urllib3's own.
    """

    def __init__(
        self,
        base_url: str,
        *,
        addresses: str = "",
        client_id: str,
        client_secret: Callable[[], str],
        watch: Callable[[], float] = time.monotonic,
        read_seconds: float = _READ_SECONDS,
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        self._http = AuthorizedHttp(
            JsonHttp(base_url, read_seconds=read_seconds, watch=watch, pool=pool),
            client_id=client_id,
            client_secret=client_secret,
            watch=watch,
        )
        # With its slash: `https://rooms.example` is the beginning of `https://rooms.example.evil`.
        self._addresses = (addresses or base_url).rstrip("/") + "/"
        self._watch = watch
        self._circuit = CircuitBreaker(failures=_FAILURES, pause=_PAUSE_SECONDS, watch=watch)

    def create(self, meeting: Meeting) -> str:
        """The address of the appointment's room, which is made if there is none."""
        return self._put("create", meeting)

    def move(self, meeting: Meeting) -> str:
        """Give the room the meeting's time; returns its address."""
        return self._put("move", meeting)

    def close(self, appointment: str, number: int) -> None:
        """Close the room; a room that is closed or unknown stays so."""

        def ask(ends: float) -> None:
            request = Request(method="DELETE", path=f"/rooms/{appointment}?number={number}")
            answer = self._http.document(request, ends=ends)
            _require_about(answer, appointment)
            if answer.get("closed") is not True:
                raise Unusable("not closed")

        self._usable("close", ask, appointment)

    def _put(self, operation: str, meeting: Meeting) -> str:
        def ask(ends: float) -> str:
            request = Request(
                method="PUT",
                path=f"/rooms/{meeting.appointment}",
                body=_encoded(meeting),
                headers=_JSON,
            )
            answer = self._http.document(request, ends=ends)
            _require_about(answer, meeting.appointment)
            number = answer.get("number")
            if type(number) is not int or number < meeting.number:
                raise Unusable("another number")
            return self._address(answer.get("address"))

        return self._usable(operation, ask, meeting.appointment)

    def _address(self, found: object) -> str:
        if not isinstance(found, str) or not _ADDRESS.fullmatch(found):
            raise Unusable("no address")
        if not found.startswith(self._addresses) or "\\" in found:
            raise Unusable("a foreign address")
        return found

    def _usable(self, operation: str, ask: Callable[[float], T], appointment: str) -> T:
        """The answer, if the appointment's id is one, the circuit closed, the answer sensible."""
        named = bool(_ID.fullmatch(appointment))
        reason = "circuit open" if named else "no appointment"
        if named and self._circuit.admits():
            try:
                answer = ask(self._watch() + _CALL_SECONDS)
            except Unusable as unusable:
                reason = str(unusable)
                # Refusing one meeting's request is no failure that others should wait for.
                (self._circuit.succeeded if unusable.refused else self._circuit.failed)()
            else:
                self._circuit.succeeded()
                return answer
        about = {"operation": operation, "reason": reason, "appointment": appointment}
        logger.warning("no answer of the meeting rooms", extra=about)
        # Not in the handler: no exception that may hold an answer's text is attached to this one.
        raise RoomsUnavailable


def _require_about(answer: Mapping[str, Any], appointment: str) -> None:
    if answer.get("appointment") != appointment:
        raise Unusable("another appointment")


def _encoded(meeting: Meeting) -> bytes:
    document = {
        "number": meeting.number,
        "begins": instant(meeting.begins),
        "ends": instant(meeting.ends),
    }
    return json.dumps(document).encode()
