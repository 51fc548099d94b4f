"""Credit bureau and meeting rooms in the test's process: the doubles, reached without a socket."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import ReadTimeoutError
from werkzeug import Request

from keyfob.gateways.bureau import HttpBureau
from keyfob.gateways.meeting_rooms import HttpMeetingRooms
from local.bureau_double import CLIENT_ID, BureauDouble
from local.faults import BureauFaults, RoomsFaults, Switch
from local.rooms_double import RoomsDouble

_ADDRESS = "https://bureau.example"
# Of every log line; times and numbers of processes could have a private number's digits by chance.
_EVERY = vars(logging.makeLogRecord({})).keys() - {"args", "exc_info", "exc_text", "stack_info"}


class DoublePool:
    """Stands in for urllib3's pool of connections; a double that hangs is given up at once."""

    def __init__(
        self,
        double: BureauDouble | RoomsDouble,
        faults: Switch[BureauFaults] | Switch[RoomsFaults],
    ) -> None:
        self._double = double
        self._faults = faults

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
        **_how: Any,
    ) -> urllib3.HTTPResponse:
        """The double's answer."""
        if self._faults.now.answer == "hang":
            raise ReadTimeoutError(cast("Any", None), url, "switched on by a test")
        address = urlsplit(url)
        request = Request.from_values(
            address.path,
            query_string=address.query,
            method=method,
            data=body,
            headers=[*headers.items()],
        )
        response = self._double.answer(request, address.path)
        content = response.get_data()
        return urllib3.HTTPResponse(
            BytesIO(content), status=response.status_code, preload_content=False
        )


def a_bureau(
    double: BureauDouble,
    faults: Switch[BureauFaults],
    *,
    secret: str,
    watch: Callable[[], float] = time.monotonic,
) -> HttpBureau:
    """The gateway with the double behind it."""
    return HttpBureau(
        _ADDRESS,
        client_id=CLIENT_ID,
        client_secret=lambda: secret,
        watch=watch,
        pool=cast("Any", DoublePool(double, faults)),
    )


def some_rooms(
    double: RoomsDouble, faults: Switch[RoomsFaults], *, secret: str
) -> HttpMeetingRooms:
    """The gateway to meeting rooms with the double behind it."""
    return HttpMeetingRooms(
        _ADDRESS,
        addresses=double.address,
        client_id=CLIENT_ID,
        client_secret=lambda: secret,
        pool=cast("Any", DoublePool(double, faults)),
    )


def logged(record: logging.LogRecord) -> str:
    """Everything that a log line could write of what it was given."""
    given = {name: value for name, value in vars(record).items() if name not in _EVERY}
    return record.getMessage() + repr(given)
