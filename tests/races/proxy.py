"""A proxy between the deployed functions and AWS: passes requests on, or fails them.

A function's environment variable leads its SDK here, so that connections, timeouts and retries are
real.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.stack import Stack
from tests.races.anew import begin_anew
from tests.support.running.faults import HANG, LOSE, REFUSALS, Faults

# The SDK's names of the services on which our functions' decisions depend.
_SERVICES = ("DYNAMODB", "KMS", "COGNITO_IDENTITY_PROVIDER", "SQS")

# How long these functions wait for a missing answer: a quarter of the time on AWS.
_READ_SECONDS = "SDK_READ_SECONDS"


class Proxy(Faults):
    """Decides whether a request of a function reaches AWS, and whether its answer comes back."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self._stack = stack
        self._released = threading.Event()
        self._functions: Sequence[str] = ()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def beyond(self) -> str:
        """Host and port of the endpoint behind it."""
        return self._stack.emulator_url.removeprefix("http://")

    def heal(self) -> None:
        """Pass everything on again; hanging requests get no answer any more."""
        super().heal()
        self._released.set()
        self._released = threading.Event()

    def fate(self, operation: str, body: str) -> str:
        """This request's fate; it may take its time."""
        released = self._released
        what = super().fate(operation, body)
        if what == HANG:
            released.wait()
        return what

    def anew(self) -> None:
        """Give the functions a cold start."""
        here = {f"AWS_ENDPOINT_URL_{one}": self.url for one in _SERVICES}
        begin_anew(self._stack, *self._functions, **here, **{_READ_SECONDS: "1"})

    @contextmanager
    def before(self, *functions: str) -> Iterator[None]:
        """Stand before these functions (outputs of the stack)."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            self._functions = functions
            self.anew()
            yield
        finally:
            self.heal()
            begin_anew(self._stack, *functions)
            self._server.shutdown()
            self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a function."""

    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Every request to AWS that has an operation."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        what = self.proxy.fate(operation, body.decode())
        if what in REFUSALS:
            status, code = REFUSALS[what]
            self._answer(status, json.dumps({"__type": code}).encode(), {})
        elif what == HANG:
            self.close_connection = True
        else:
            answer = self._passed_on(body)
            if what == LOSE:
                self.close_connection = True
            else:
                self._answer(*answer)

    def _passed_on(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        beyond = http.client.HTTPConnection(self.proxy.beyond, timeout=30)
        # With all headers unchanged: they are signed.
        beyond.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            beyond.putheader(name, value)
        beyond.endheaders(body)
        answer = beyond.getresponse()
        content = answer.read()
        beyond.close()
        kept = {"Content-Type", "x-amz-crc32", "x-amzn-RequestId"}
        return answer.status, content, {k: v for k, v in answer.getheaders() if k in kept}

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""
