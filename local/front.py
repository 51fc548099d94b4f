"""The one port for people on the local stage, as CloudFront is on AWS.

Behind it are the deployed API, the captured mails, texts and calls, Stripe's double with its
payment page, the doubles of credit bureau and meeting rooms, and the switches of tests and the
demo. Run it with
`python -m local.front --help`.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.bureau_double import BureauDouble
from local.clock import LocalClock
from local.control import Control
from local.faults import BureauFaults, PhoneFaults, RoomsFaults, SesFaults, StripeFaults, Switch
from local.html import page
from local.mailbox import Mailbox
from local.messages import Messages
from local.proxy import Proxy
from local.rooms_double import RoomsDouble
from local.sms import Sms
from local.stripe_double.double import StripeDouble

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "127.0.0.1"
# Places of the portal that mails lead to: a title, and what will be there.
_OF_THE_PORTAL = {
    "/next-step": (
        "What comes next",
        "The portal will ask you to sign in here, and show what you have to do next.",
    ),
    "/invitations": (
        "An invitation",
        "The portal will show here who invites you to what, and how to accept.",
    ),
    "/registrations": (
        "A registration",
        "The portal will show here what was entered, and what is missing.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The front's address, state folder, and secrets that it shares with the API."""

    port: int
    state: Path
    emulator: str
    api_id: str
    front_secret: str
    stripe_key: str
    webhook_secret: str

    @property
    def public(self) -> str:
        """The address for people and the service."""
        return f"http://{HOST}:{self.port}"


class Front:
    """The WSGI application: passes each path to its handler."""

    def __init__(self, settings: Settings) -> None:
        """Open the state; `start` begins the background work."""
        self._state = settings.state
        self._clock = LocalClock(settings.state / "clock-offset")
        self._stripe_faults = Switch(StripeFaults())
        self._ses_faults = Switch(SesFaults())
        self._phone_faults = Switch(PhoneFaults())
        self._bureau_faults = Switch(BureauFaults())
        self._rooms_faults = Switch(RoomsFaults())
        self._stripe = StripeDouble(
            state=settings.state,
            clock=self._clock,
            faults=self._stripe_faults,
            public=settings.public,
            key=settings.stripe_key,
            webhook_secret=settings.webhook_secret,
        )
        mailbox = Mailbox(settings.state / "mails", self._clock)
        self._messages = Messages(mailbox, self._ses_faults)
        self._sms = Sms(mailbox, self._phone_faults)
        # A secret of the stage's own would have to be passed through every start of it.
        self._bureau = BureauDouble(self._bureau_faults, secret=settings.stripe_key)
        self._rooms = RoomsDouble(
            self._rooms_faults,
            secret=settings.stripe_key,
            address=f"{settings.public}/_rooms",
        )
        self._control = Control(
            self._stripe,
            self._sms,
            self._bureau,
            self._rooms,
            switches={
                "stripe": self._stripe_faults,
                "ses": self._ses_faults,
                "phone": self._phone_faults,
                "bureau": self._bureau_faults,
                "rooms": self._rooms_faults,
            },
        )
        self._proxy = Proxy(
            emulator=settings.emulator, api_id=settings.api_id, secret=settings.front_secret
        )

    def start(self) -> None:
        """Begin to send webhooks and to watch the clock."""
        self._stripe.start()

    def work_off(self) -> bool:
        """Do the work of `start` once, to its end; returns whether there was any."""
        return self._stripe.work_off()

    def close(self) -> None:
        """Release every hanging request and stop the background work."""
        self._stripe_faults.release()
        self._ses_faults.release()
        self._phone_faults.release()
        self._bureau_faults.release()
        self._rooms_faults.release()
        self._stripe.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        began = time.monotonic()
        request = Request(environ)
        response = self._answer(request)
        milliseconds = (time.monotonic() - began) * 1000
        # Without the query: it may carry secrets of its reader.
        line = f"{request.method} {request.path} {response.status_code} {milliseconds:.0f} ms"
        print(line, flush=True)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        path = request.path
        for prefix, answer in (
            ("/_stripe", self._stripe.api.answer),
            ("/_ses", self._messages.ses),
            ("/_sms", self._sms.answer),
            ("/_bureau", self._bureau.answer),
            ("/_rooms", self._rooms.answer),
            ("/_control", self._control.answer),
            ("/pay", self._stripe.page.answer),
            ("/stripe", self._stripe.control_page.answer),
        ):
            if f"{path}/".startswith(f"{prefix}/"):
                return answer(request, path.removeprefix(prefix))
        if path.startswith("/v1/"):
            return self._proxy(request)
        if path in {"/messages", "/messages.json"} or path.startswith("/messages/"):
            return self._messages.show(request, path.removeprefix("/messages"))
        if path == "/":
            return self._welcome()
        return _of_the_portal(path)

    def _welcome(self) -> Response:
        welcome: dict[str, Any] = {"users": [], "try": []}
        written = self._state / "welcome.json"
        if written.exists():
            welcome |= json.loads(written.read_text())
        ahead = self._clock.offset()
        return page("start.html", now=self._clock.now(), ahead=ahead, welcome=welcome)


def _of_the_portal(path: str) -> Response:
    """A place of the portal, which isn't there yet: what it will show, and the route that does."""
    if path.startswith("/orders/"):
        return page("returned.html", number=path.removeprefix("/orders/"))
    for beginning, (title, text) in _OF_THE_PORTAL.items():
        if f"{path}/".startswith(f"{beginning}/"):
            return page("portal.html", title=title, text=text, route=f"/v1{path}")
    return page("missing.html", status=404, what="page")


class _Handler(WSGIRequestHandler):
    """Leaves the log to the application, which omits secrets."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing: the application has written its line."""


@contextmanager
def serving(settings: Settings) -> Iterator[BaseWSGIServer]:
    """The server of a running front, listening but not yet answering: call `serve_forever`."""
    front = Front(settings)
    server = make_server(HOST, settings.port, front, threaded=True, request_handler=_Handler)
    front.start()
    try:
        yield server
    finally:
        front.close()
        server.server_close()


def main(arguments: list[str] | None = None) -> None:
    """Serve until the process is asked to end."""
    settings = _settings(arguments)
    with serving(settings) as server:
        for wanted in (signal.SIGTERM, signal.SIGINT):
            # In a thread: `shutdown` waits for the server's loop, which this handler interrupts.
            signal.signal(
                wanted, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
            )
        print(f"front listens on {settings.public}", flush=True)
        server.serve_forever()


def _settings(arguments: list[str] | None) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m local.front", description="The local front.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    for name in ("emulator", "api-id", "front-secret", "stripe-key", "webhook-secret"):
        parser.add_argument(f"--{name}", required=True)
    return Settings(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    main()
