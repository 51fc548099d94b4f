"""The operator's check of the whole trail against everything that was sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from keyfob.domain.audit.check import Check
from keyfob.domain.audit.heads import Head, hour_of
from keyfob.domain.audit.verify import against_heads, against_rows, unsealed, walk
from keyfob.domain.clock import Clock
from keyfob.storage.audit.store import AuditStore, stored
from keyfob.usecases.audit.documents import Documents

Position = tuple[int, str]

# Allows for one failed hourly run.
UNSEALED_AT_MOST = timedelta(hours=3)
_LOOKS = 3


class Rows(Protocol):
    """The end of each subject's chain, as its row states it."""

    def position(self, subject: str) -> Position | None:
        """Number and hash of the last entry; None if there is no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a check of the whole trail."""

    entries: int
    heads: int
    faults: tuple[str, ...]


class Verification:
    """The check of the whole trail."""

    def __init__(
        self,
        trail: AuditStore,
        heads: Documents[Head],
        checks: Documents[Check],
        clock: Clock,
    ) -> None:
        self._trail = trail
        self._heads = heads
        self._checks = checks
        self._clock = clock

    def verify(self, rows: Mapping[str, Position], now: Rows) -> Verdict:
        """Check every entry, every head, and each subject's row against the end of its chain.

        Args:
            rows: number and hash of the last entry, by subject.
            now: reads one of them again, because the service keeps running during the check.
        """
        faults: list[str] = []
        heads = list(self._heads.signed(faults))
        trail = walk(map(stored, self._trail.all()))
        faults += [*trail.faults, *against_heads(trail, heads)]
        faults += unsealed(trail, heads, since=hour_of(self._clock() - UNSEALED_AT_MOST))
        faults += [
            f"{subject}: its row and its chain end differently"
            for subject in against_rows(trail, rows)
            if not agree(subject, self._trail, now)
        ]
        faults += self._false_positions({head.hour: head.hash for head in heads})
        return Verdict(entries=trail.entries, heads=len(heads), faults=tuple(faults))

    def _false_positions(self, heads: Mapping[str, str]) -> list[str]:
        """Faults of the daily check's positions: not ours, or of another head."""
        faults: list[str] = []
        checks = list(self._checks.signed(faults))
        return faults + [
            f"the check of {check.hour} verified another head"
            for check in checks
            if heads.get(check.hour) != check.head
        ]


def agree(subject: str, trail: AuditStore, rows: Rows) -> bool:
    """Whether row and chain end alike if both are read again; the row may have changed."""
    return any(rows.position(subject) == trail.last(subject) for _ in range(_LOOKS))
