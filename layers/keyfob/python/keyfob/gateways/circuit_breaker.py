"""A circuit breaker: spares people the wait for a service that has just failed again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable


class CircuitBreaker:
    """Counts failures in a row, in this process alone.

        closed ──`failures` in a row──▶ open ──`pause`──▶ one trial ──▶ closed
                                          ▲                   │
                                          └──────failed───────┘

    Args:
        failures: how many failures in a row open it.
        pause: how long it stays open, in seconds.
        watch: a clock in seconds with any starting point.
    """

    def __init__(self, *, failures: int, pause: float, watch: Callable[[], float]) -> None:
        self._limit = failures
        self._pause = pause
        self._watch = watch
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None

    def admits(self) -> bool:
        """Whether the service may be called now; report how it went."""
        with self._lock:
            if self._open_until is None:
                return True
            now = self._watch()
            if now < self._open_until:
                return False
            # Open for everybody else, and for another pause if this trial's end isn't reported.
            self._open_until = now + self._pause
            return True

    def succeeded(self) -> None:
        """A call was answered."""
        with self._lock:
            self._failures = 0
            self._open_until = None

    def failed(self) -> None:
        """A call failed."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._open_until = self._watch() + self._pause
