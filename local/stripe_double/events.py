"""Records Stripe's events and sends them, signed, to the service's webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import requests
import stripe

from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double import objects
from local.stripe_double.document import Document
from local.stripe_double.errors import WrongAnswer
from local.stripe_double.store import Delivery, Store

# Stripe's types of events, as the SDK lists them.
KINDS: frozenset[str] = frozenset(get_args(stripe.Event.__annotations__["type"]))
_AT_FIRST: dict[str, Delivery] = {"drop": "dropped", "hold": "held"}
# Stripe tries for three days; here nobody waits that long for a lost event.
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0)
TIMEOUT_SECONDS = 30.0
# How long a stop waits for events on their way; the rest is sent again after the next start.
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The API request that caused an event; empty if there was none."""

    request: str | None = None
    idempotency_key: str | None = None


NOBODY = Caller()


def signature(payload: str, secret: str, *, at: int) -> str:
    """The Stripe-Signature header of `payload` (docs.stripe.com/webhooks/signature)."""
    digest = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Events:
    """The events of the account; recording one is part of the transaction it belongs to."""

    def __init__(
        self, store: Store, clock: LocalClock, document: Document, faults: Switch[StripeFaults]
    ) -> None:
        """Store events in `store`."""
        self._store = store
        self._clock = clock
        self._document = document
        self._faults = faults

    def record(
        self,
        kind: str,
        subject: dict[str, Any],
        *,
        caller: Caller = NOBODY,
        previous: dict[str, Any] | None = None,
    ) -> None:
        """Record that `kind` happened to `subject`.

        Raises WrongAnswer if the event or its subject doesn't fit Stripe's description.
        """
        if kind not in KINDS:
            raise WrongAnswer(f"the event {kind} is not Stripe's")
        request = {"id": caller.request, "idempotency_key": caller.idempotency_key}
        created = int(self._clock.now().timestamp())
        event = objects.event(kind, subject, previous=previous, request=request, created=created)
        self._document.check_resource("event", event)
        self._document.check_resource(subject["object"], subject)
        state = _AT_FIRST.get(self._faults.now.webhooks, "pending")
        with self._store.transaction():
            self._store.put(event)
            self._store.set_delivery(event["id"], state)

    def log(self) -> list[dict[str, Any]]:
        """All events, oldest first, with the state of their delivery."""
        listed = []
        for event in reversed(self._store.newest_first("event")):
            state, attempts = self._store.delivery(event["id"])
            entry = {"id": event["id"], "type": event["type"], "state": state}
            listed.append(entry | {"attempts": attempts, "payload": event})
        return listed


class Courier:
    """Sends recorded events, each in its own thread, so that they may overtake one another."""

    def __init__(
        self,
        store: Store,
        clock: LocalClock,
        faults: Switch[StripeFaults],
        *,
        endpoint: str,
        secret: str,
    ) -> None:
        """Send to `endpoint`, signed with `secret`."""
        self._store = store
        self._clock = clock
        self._faults = faults
        self._endpoint = endpoint
        self._secret = secret
        self._stopping = threading.Event()
        self._under_way: dict[str, list[threading.Thread]] = {}

    def send_waiting(self) -> None:
        """Start sending each waiting event that is not being sent; called by one thread only."""
        for event, threads in list(self._under_way.items()):
            if not any(thread.is_alive() for thread in threads):
                del self._under_way[event]
        for event in self._store.in_delivery("pending"):
            if event not in self._under_way:
                copies = 2 if self._faults.now.webhooks == "twice" else 1
                self._under_way[event] = [self._start(event) for _ in range(copies)]

    def wait(self) -> bool:
        """Wait until nothing is being sent any more; returns whether anything was."""
        threads = [one for several in self._under_way.values() for one in several]
        self._under_way.clear()
        for thread in threads:
            thread.join()
        return bool(threads)

    def deliver(self, events: Sequence[str]) -> list[dict[str, Any]]:
        """Send these events one after another, each once for each time that it is named.

        Returns each event's id with whether it was taken; a refused one isn't sent again.
        """
        outcomes = []
        for event in events:
            delivered, outcome = self._post(self._payload(event))
            self._note(event, "delivered" if delivered else "failed", outcome)
            outcomes.append({"event": event, "delivered": delivered})
        return outcomes

    def stop(self) -> None:
        """Send nothing more; unsent events are sent after the next start."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in [one for threads in self._under_way.values() for one in threads]:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _start(self, event: str) -> threading.Thread:
        thread = threading.Thread(target=self._deliver, args=(event,), daemon=True)
        thread.start()
        return thread

    def _deliver(self, event: str) -> None:
        payload = self._payload(event)
        for pause in (self._faults.now.delay_seconds, *RETRY_SECONDS):
            if self._stopping.wait(pause):
                return
            delivered, outcome = self._post(payload)
            if self._stopping.is_set():
                return
            self._note(event, "delivered" if delivered else "pending", outcome)
            if delivered:
                return
        self._note(event, "failed")

    def _payload(self, event: str) -> str:
        return json.dumps(self._store.get("event", event), indent=2)

    def _note(self, event: str, state: Delivery, outcome: str | None = None) -> None:
        with self._store.transaction():
            # If one of two copies arrives and the other fails, the event has arrived.
            arrived = self._store.delivery(event)[0] == "delivered"
            self._store.set_delivery(event, "delivered" if arrived else state, outcome)

    def _post(self, payload: str) -> tuple[bool, str]:
        now = self._clock.now()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._secret, at=int(now.timestamp())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            answer = requests.post(
                self._endpoint,
                data=payload.encode(),
                headers=headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as failure:
            return False, f"{now.isoformat()} {type(failure).__name__}"
        return 200 <= answer.status_code < 300, f"{now.isoformat()} {answer.status_code}"
