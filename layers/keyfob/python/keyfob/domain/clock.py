"""The one source of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def in_seconds(clock: Clock) -> datetime:
    """The present instant in whole seconds, as rows store it, so that decisions match rows."""
    return clock().replace(microsecond=0)


def movable_clock(offset_file: Path) -> Clock:
    """A clock that adds the seconds in `offset_file` to the real time; a missing file adds none.

    Only the local stage has such a file: the deployed template refuses it anywhere else.
    """

    def now() -> datetime:
        try:
            offset = float(offset_file.read_text())
        except FileNotFoundError:
            offset = 0.0
        return datetime.now(UTC) + timedelta(seconds=offset)

    return now
