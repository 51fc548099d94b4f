"""The local stage's time: the real one plus an offset that tests and the demo move."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path


class LocalClock:
    """A clock whose offset is a file, so that every process of the stage sees the same time.

    The file holds seconds as text and may be negative; a missing file means no offset.
    """

    def __init__(self, path: Path) -> None:
        """Use the offset stored at `path`; nothing is written before the clock is moved."""
        self._path = path
        self._moving = threading.Lock()

    def now(self) -> datetime:
        """The moved instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """How far this clock is ahead of the real one."""
        try:
            return timedelta(seconds=float(self._path.read_text()))
        except FileNotFoundError:
            return timedelta()

    def move_to(self, at: datetime) -> None:
        """Shift the clock so that it shows `at`."""
        self.move(at - self.now())

    def move(self, by: timedelta) -> None:
        """Shift the clock by `by` on top of its offset."""
        with self._moving:
            seconds = (self.offset() + by).total_seconds()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            beside.write_text(repr(seconds))
            # A reader in another process must never read a half-written number.
            beside.replace(self._path)
