"""Idempotency keys: one request, one effect, one answer.

Source: docs.stripe.com/api/idempotent_requests.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from local.clock import LocalClock
from local.stripe_double.errors import StripeRefusal
from local.stripe_double.store import Answer, Store

KEPT = timedelta(hours=24)
_LONGEST_KEY = 255


class Idempotency:
    """The keys seen in the last 24 hours, with their answers."""

    def __init__(self, store: Store, clock: LocalClock) -> None:
        """Keep answers in `store`."""
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._in_use: set[str] = set()

    @contextmanager
    def claim(self, key: str) -> Iterator[None]:
        """Hold `key` while its request is carried out.

        Raises StripeRefusal (409) while another request holds it.
        """
        if len(key) > _LONGEST_KEY:
            raise StripeRefusal(f"Idempotency keys have up to {_LONGEST_KEY} characters")
        with self._lock:
            if key in self._in_use:
                raise StripeRefusal(
                    f"Another request with the idempotency key {key} is being carried out:"
                    " try again in a moment.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._in_use.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_use.discard(key)

    def kept(self, key: str, endpoint: str, fingerprint: str) -> Answer | None:
        """The stored answer for `key`.

        Raises StripeRefusal if the key was first used for another endpoint or other parameters.
        """
        kept = self._store.answer(key)
        if kept is None or kept.at < (self._clock.now() - KEPT).timestamp():
            return None
        if kept.endpoint != endpoint:
            raise _mismatch(f"endpoint they were first used for ('{kept.endpoint}')", key)
        if kept.fingerprint != fingerprint:
            raise _mismatch("parameters they were first used with", key)
        return kept

    def keep(
        self, key: str, endpoint: str, fingerprint: str, *, request: str, status: int, body: str
    ) -> None:
        """Store the answer to all later requests with `key`."""
        self._store.keep_answer(
            Answer(
                key=key,
                endpoint=endpoint,
                fingerprint=fingerprint,
                at=self._clock.now().timestamp(),
                request=request,
                status=status,
                body=body,
            )
        )


def _mismatch(what: str, key: str) -> StripeRefusal:
    return StripeRefusal(
        f"Keys for idempotent requests can only be used with the same {what}."
        f" Try using a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
    )
