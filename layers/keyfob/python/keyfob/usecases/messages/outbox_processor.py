"""Processes a queued message: lease, perform, finish. Notifier and effects worker both use it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.error_description import described
from keyfob.storage.database import Conflict
from keyfob.storage.messages.store import Lease, OutboxStore

logger = logging.getLogger(__name__)

Perform = Callable[[Lease], bool | datetime]


class OutboxProcessor:
    """Processes queued messages one by one.

    Args:
        outbox: where the messages are.
        clock: the time.
        perform: sends the message; returns False if it is obsolete, an instant if it has to wait
            until then; raises if it failed.
        count: reports metrics (`MessageDone`, `MessageMoot`, `MessageDead`, `SecretErased`, …).
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
        """Process this message; a failed one is due again later, by the clock."""
        lease = self._outbox.lease(message_id, self._clock())
        if lease is None:
            self._clean_up(message_id)
            return
        if self._outbox.exhausted(lease):
            self._failed(lease, TimeoutError("no worker came back from any attempt"))
            return
        try:
            outcome = self._perform(lease)
        except Exception as error:  # noqa: BLE001  # whatever it was, the attempt must be recorded
            self._failed(lease, error)
            return
        if isinstance(outcome, datetime):
            self._outbox.defer(lease, outcome)
            self._count("MessageDeferred")
            return
        self._finish(lease, "done" if outcome else "moot")

    def _clean_up(self, message_id: str) -> None:
        """Nothing is to be sent; the clock brings a dead message to have its secret erased."""
        if self._outbox.erase_secret(message_id, self._clock()):
            logger.warning("secret of a dead message erased", extra={"message_id": message_id})
            self._count("SecretErased")
        else:
            logger.info("nothing left to do", extra={"message_id": message_id})

    def _failed(self, lease: Lease, error: Exception) -> None:
        about = {
            "message_id": lease.id,
            "kind": lease.message.kind,
            "attempt": lease.attempt,
            **described(error),
        }
        if self._outbox.postpone(lease, self._clock()):
            # Give up with an alarm instead of retrying forever; an operator can revive it.
            logger.error("message given up", extra=about)
            self._count("MessageDead")
            return
        logger.warning("message failed, due again later", extra=about)
        self._count("MessageFailed")

    def _finish(self, lease: Lease, state: str) -> None:
        about = {
            "message_id": lease.id,
            "kind": lease.message.kind,
            "attempt": lease.attempt,
            "state": state,
            "origin": lease.message.correlation,
        }
        try:
            self._outbox.finish(lease, self._clock(), state=state)
        except Conflict:
            # Our lease ran out while we were sending: the next holder may send again.
            self._perhaps_twice(about)
            return
        logger.info("message sent", extra=about)
        self._count("MessageDone" if state == "done" else "MessageMoot")
        if lease.after_a_loss and state == "done":
            self._perhaps_twice(about)

    def _perhaps_twice(self, about: dict[str, Any]) -> None:
        logger.warning("message may have been sent twice", extra=about)
        self._count("MessageDuplicate")
