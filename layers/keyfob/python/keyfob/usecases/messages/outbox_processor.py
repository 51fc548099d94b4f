"""Keeping a promise once: claim, do, finish. The notifier and the effects worker both work so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.failures import described
from keyfob.storage.database import Conflict
from keyfob.storage.messages.store import Claim, OutboxStore

logger = logging.getLogger(__name__)

Perform = Callable[[Claim], bool | datetime]


class OutboxProcessor:
    """Takes promises one by one.

    Args:
        outbox: where the promises are.
        clock: the time.
        perform: keeps the promise; False says that it is moot, an instant that it has to wait
            until then, an exception that it failed.
        count: tells metrics (`MessageDone`, `MessageMoot`, `MessageDead`, …).
    """

    def __init__(
        self,
        outbox: OutboxStore,
        clock: Clock,
        perform: Perform,
        count: Callable[[str], None],
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._perform = perform
        self._count = count

    def deliver(self, message_id: str) -> None:
        """Keep this promise; a failed one is due again later, by the clock."""
        claim = self._outbox.claim(message_id, self._clock())
        if claim is None:
            logger.info("nothing left to do", extra={"message_id": message_id})
            return
        if self._outbox.exhausted(claim):
            self._failed(claim, TimeoutError("no worker came back from any attempt"))
            return
        try:
            outcome = self._perform(claim)
        except Exception as error:  # noqa: BLE001  # whatever it was, the attempt must be recorded
            self._failed(claim, error)
            return
        if isinstance(outcome, datetime):
            self._outbox.defer(claim, outcome)
            self._count("MessageDeferred")
            return
        self._finish(claim, "done" if outcome else "moot")

    def _failed(self, claim: Claim, error: Exception) -> None:
        about = {
            "message_id": claim.id,
            "kind": claim.message.kind,
            "attempt": claim.attempt,
            **described(error),
        }
        if self._outbox.postpone(claim, self._clock()):
            # It ends here with an alarm instead of circling for ever; an operator can revive it.
            logger.error("promise given up", extra=about)
            self._count("MessageDead")
            return
        logger.warning("promise failed, due again later", extra=about)
        self._count("MessageFailed")

    def _finish(self, claim: Claim, state: str) -> None:
        about = {
            "message_id": claim.id,
            "kind": claim.message.kind,
            "attempt": claim.attempt,
            "state": state,
            "origin": claim.message.correlation,
        }
        try:
            self._outbox.finish(claim, self._clock(), state=state)
        except Conflict:
            # Our lease ran out while we were sending: the next holder may send again.
            self._perhaps_twice(about)
            return
        logger.info("promise kept", extra=about)
        self._count("MessageDone" if state == "done" else "MessageMoot")
        if claim.after_a_loss and state == "done":
            self._perhaps_twice(about)

    def _perhaps_twice(self, about: dict[str, Any]) -> None:
        logger.warning("promise may have been kept twice", extra=about)
        self._count("MessageDuplicate")
