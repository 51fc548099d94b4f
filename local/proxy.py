"""Passes the API's requests on to the emulator, as CloudFront does on AWS."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from werkzeug import Request, Response

# Longer than API Gateway's own 29 seconds, so that its answer comes first.
TIMEOUT_SECONDS = 35.0
_CHUNK = 64 * 1024
_HOP_BY_HOP = frozenset(
    [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
# The front is the edge: it replaces a client's claims about itself, and never passes them on.
_OURS = frozenset(
    {"host", "content-length", "x-forwarded-for", "x-front-secret", "cloudfront-viewer-address"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The way to one deployed API.

    `emulator` is the emulator's address (`http://host:port`), `api_id` the deployed REST API's id
    and `secret` makes the API trust the client address that we send. Fails closed: without an
    answer within 35 seconds the client gets a 502.
    """

    emulator: str
    api_id: str
    secret: str

    def __call__(self, request: Request) -> Response:
        """Pass `request` on and stream the answer back."""
        connection = http.client.HTTPConnection(
            urlsplit(self.emulator).netloc, timeout=TIMEOUT_SECONDS
        )
        try:
            self._send(connection, request)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            return _bad_gateway(failure)
        response = Response(
            _chunks(connection, answer), status=answer.status, direct_passthrough=True
        )
        response.headers.clear()
        for name, value in _end_to_end(answer.getheaders()):
            response.headers.add(name, value)
        return response

    def _send(self, connection: http.client.HTTPConnection, request: Request) -> None:
        # The raw target: decoding and encoding it again could turn %2F into a path separator.
        target = f"/_aws/execute-api/{self.api_id}{request.environ['RAW_URI']}"
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in _end_to_end(list(request.headers.items())):
            if name.lower() not in _OURS:
                connection.putheader(name, value)
        address, port = request.environ["REMOTE_ADDR"], request.environ.get("REMOTE_PORT", 0)
        connection.putheader("X-Forwarded-For", address)
        # CloudFront names its viewer in this header.
        connection.putheader("CloudFront-Viewer-Address", f"{address}:{port}")
        connection.putheader("X-Front-Secret", self.secret)
        body, length = _body(request)
        if length is not None:
            connection.putheader("Content-Length", str(length))
        connection.endheaders(message_body=body)


def _body(request: Request) -> tuple[IO[bytes] | bytes | None, int | None]:
    if request.content_length is not None:
        return (request.stream if request.content_length else None), request.content_length
    if request.environ.get("HTTP_TRANSFER_ENCODING"):
        whole = request.get_data(cache=False)
        return whole, len(whole)
    return None, None


def _end_to_end(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    named = {
        token.strip().lower()
        for name, value in headers
        if name.lower() == "connection"
        for token in value.split(",")
    }
    dropped = _HOP_BY_HOP | named
    return ((name, value) for name, value in headers if name.lower() not in dropped)


def _chunks(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse
) -> Iterator[bytes]:
    try:
        while chunk := answer.read(_CHUNK):
            yield chunk
    finally:
        connection.close()


def _bad_gateway(failure: Exception) -> Response:
    problem = {
        "type": "about:blank",
        "title": "Bad Gateway",
        "status": 502,
        "code": "bad_gateway",
        "detail": f"The API did not answer ({type(failure).__name__}): is the emulator running?",
    }
    return Response(json.dumps(problem), status=502, content_type="application/problem+json")
