"""JSON over HTTPS, bounded in time and size, for services without an SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.exceptions import TimeoutError as TimedOut

_CONNECT_SECONDS = 2.0
_MOST_BYTES = 64 * 1024
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})
_ANSWERED = frozenset({200, 201})
# The service works and refuses this one request; any other status is its failure, or ours.
_REFUSED = frozenset({400, 404, 409, 410, 422})


class Unusable(Exception):
    """There was no usable answer.

    Its text is a fixed phrase of ours: nothing of what was sent or answered. `refused` is true if
    the service works and refuses this one request.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """A request that may be sent twice; `path` follows the base address."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """A complete answer."""

    status: int
    body: bytes

    def document(self) -> Mapping[str, Any]:
        """The JSON object of an answer with status 200 or 201.

        Raises:
            Unusable: another status, or no JSON object.
        """
        if self.status not in _ANSWERED:
            raise Unusable(f"status {self.status}", refused=self.status in _REFUSED)
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unusable("not JSON") from None
        if not isinstance(found, dict):
            raise Unusable("not a JSON object")
        return found


class JsonHttp:
    """Sends requests to one service.

    Connecting takes at most 2 s, each wait for bytes at most `read_seconds`, and the whole no
    longer than the caller says. Redirects aren't followed: personal data go to no other address.

    Args:
        base_url: begins with `https://`, or leads to this machine.
        read_seconds: the longest wait for bytes, in seconds.
        watch: a clock in seconds with any starting point.
        pool: connections other than urllib3's own.
    """

    def __init__(
        self,
        base_url: str,
        *,
        read_seconds: float,
        watch: Callable[[], float],
        pool: urllib3.PoolManager | None = None,
    ) -> None:
        address = urllib3.util.parse_url(base_url)
        if address.scheme != "https" and address.host not in _THIS_MACHINE:
            raise ValueError("the base address must begin with https://")
        self._base_url = base_url.rstrip("/")
        self._read_seconds = read_seconds
        self._watch = watch
        self._pool = pool or urllib3.PoolManager()

    def send(self, request: Request, *, ends: float) -> Answer:
        """The answer, whatever its status, before the watch shows `ends`.

        Raises:
            Unusable: none came in time, or it is larger than 64 KiB.
        """
        try:
            try:
                return self._send(request, ends)
            except ProtocolError:
                # The other side had closed a kept connection, as it does while Lambda freezes us.
                return self._send(request, ends)
        except TimedOut:
            raise Unusable("timeout") from None
        except HTTPError:
            raise Unusable("no connection") from None

    def _send(self, request: Request, ends: float) -> Answer:
        left = ends - self._watch()
        if left <= 0:
            raise Unusable("timeout")
        response = self._pool.request(
            request.method,
            self._base_url + request.path,
            body=request.body,
            headers={"Accept": "application/json", **request.headers},
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=self._read_seconds, total=left),
            retries=False,
            redirect=False,
            # Read piece by piece, and undecoded: neither a drip nor a small zip is unbounded.
            preload_content=False,
            decode_content=False,
        )
        with closing(response):
            return Answer(status=response.status, body=self._bounded(response, ends))

    def _bounded(self, response: urllib3.BaseHTTPResponse, ends: float) -> bytes:
        content = b""
        while piece := response.read1(_MOST_BYTES + 1 - len(content)):
            content += piece
            if len(content) > _MOST_BYTES:
                raise Unusable("too large")
            if self._watch() >= ends:
                raise Unusable("timeout")
        return content
