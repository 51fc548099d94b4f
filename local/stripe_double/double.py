"""The whole double, put together and running."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double.account import Account
from local.stripe_double.acts import Acts
from local.stripe_double.api import Api
from local.stripe_double.control_page import ControlPage
from local.stripe_double.document import Document
from local.stripe_double.events import Courier, Events
from local.stripe_double.expand import Expansion
from local.stripe_double.hosted_page import HostedPage
from local.stripe_double.idempotency import Idempotency
from local.stripe_double.routes import routes
from local.stripe_double.store import Store

# The longest delay in noticing that a session expires or an invoice becomes overdue.
_TICK_SECONDS = 1.0


class StripeDouble:
    """Stripe for one account: API, payment page, webhooks."""

    def __init__(
        self,
        *,
        state: Path,
        clock: LocalClock,
        faults: Switch[StripeFaults],
        public: str,
        key: str,
        webhook_secret: str,
    ) -> None:
        """Store everything in the folder `state`; send events to `public`/v1/stripe/events."""
        self._store = Store(state / "stripe.sqlite3")
        self._document = Document(state)
        self._events = Events(self._store, clock, self._document, faults)
        self.account = Account(self._store, clock, self._events, faults, public=public)
        self._courier = Courier(
            self._store,
            clock,
            faults,
            endpoint=f"{public}/v1/stripe/events",
            secret=webhook_secret,
        )
        self.api = Api(
            key=key,
            store=self._store,
            document=self._document,
            idempotency=Idempotency(self._store, clock),
            expansion=Expansion(self.account),
            routes=routes(self.account),
            faults=faults,
        )
        self.page = HostedPage(self.account)
        self.acts = Acts(self.account, self._store, self._courier)
        self.control_page = ControlPage(self.account, self.acts, self._events, faults)
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to send events and to watch the clock."""
        self._watch.start()

    def work_off(self) -> bool:
        """Do what is due by the clock and send waiting events, without having been started.

        Returns once everything has been sent or given up: whether there was anything to send.
        """
        self.account.keep_time()
        self._courier.send_waiting()
        return self._courier.wait()

    def close(self) -> None:
        """Stop; unsent events go out after the next start."""
        self._stopping.set()
        self._store.changed.set()
        if self._watch.is_alive():
            self._watch.join()
        self._courier.stop()
        self._store.close()

    def webhooks(self) -> list[dict[str, Any]]:
        """All events, oldest first, with the state of their delivery."""
        return self._events.log()

    def _run(self) -> None:
        # Loaded before the first request needs it: it takes a moment on the first start.
        self._document.load()
        while not self._stopping.is_set():
            self._store.changed.clear()
            self.account.keep_time()
            self._courier.send_waiting()
            self._store.changed.wait(_TICK_SECONDS)
