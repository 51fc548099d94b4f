"""Sealing the closed hours of the audit trail.

    a run                           another one at the same time
    last head: 07                   last head: 07
    adds the head of 08    ✓        adds the head of 08    ✗ the same one is there: ends

Both compute the same head of the same entries. The run that comes later ends, and the first one or
the next hour's seals the rest. A head that differs is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.audit.heads import Head, head_of, hour_of
from keyfob.domain.clock import Clock
from keyfob.storage.audit.store import AuditStore
from keyfob.usecases.audit.documents import DocumentExists, Documents

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

        Raises:
            DocumentExists: an hour has another head than this run would have given it.
        """
        last = self._heads.last(self._clock())
        previous = last.hash if last else GENESIS
        sealed = 0
        for hour in self._closed_since(last.hour if last else None):
            head = head_of(hour, self._trail.of_hour(hour), previous=previous)
            try:
                self._heads.add(head)
            except DocumentExists:
                self._require_same(head)
                return sealed
            previous, sealed = head.hash, sealed + 1
        return sealed

    def _require_same(self, head: Head) -> None:
        """Its signature is the daily check's to verify."""
        stored = self._heads.stored(head.hour)
        if stored is None or stored.hash != head.hash:
            raise DocumentExists(f"{head.hour} has another head, or one that can't be read yet")

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
