"""Sealing the closed hours of the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.audit.heads import Head, head_of, hour_of
from keyfob.domain.clock import Clock
from keyfob.storage.audit.store import AuditStore
from keyfob.usecases.audit.documents import Documents

# By then an entry's transaction has ended and the hour's index has caught up.
_SETTLED = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_HOURS_A_RUN = 500


class Sealing:
    """The hourly seal."""

    def __init__(self, trail: AuditStore, heads: Documents[Head], clock: Clock) -> None:
        self._trail = trail
        self._heads = heads
        self._clock = clock

    def seal(self) -> int:
        """Seal every closed hour that has no head yet, oldest first; returns how many.

        Hours without entries get a head as well: it proves that they were empty.
        """
        last = self._heads.last(self._clock())
        previous = last.hash if last else GENESIS
        sealed = 0
        for hour in self._closed_since(last.hour if last else None):
            head = head_of(hour, self._trail.of_hour(hour), previous=previous)
            self._heads.add(head)
            previous, sealed = head.hash, sealed + 1
        return sealed

    def _closed_since(self, hour: str | None) -> Iterator[str]:
        """The closed hours after `hour`, oldest first; without it, from the first entry's on."""
        end = hour_of(self._clock() - _SETTLED)
        start = _instant(hour) + _HOUR if hour else _instant(self._trail.first_hour() or end)
        for step in range(_HOURS_A_RUN):
            at = hour_of(start + step * _HOUR)
            if at >= end:
                return
            yield at


def _instant(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour}:00:00+00:00")
