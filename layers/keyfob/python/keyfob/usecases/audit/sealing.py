"""Sealing closed hours and checking the whole trail against what was sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.audit.heads import Head, head_of, hour_of, parse
from keyfob.domain.audit.verify import Stored, against_heads, against_rows, unsealed, walk
from keyfob.domain.clock import Clock
from keyfob.storage.audit.store import AuditStore, recorded

Position = tuple[int, str]

# By then an entry's transaction has ended and the hour's index has caught up.
_SETTLED = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_HOURS_A_RUN = 500
# Allows for one failed hourly run.
_UNSEALED_AT_MOST = timedelta(hours=3)
_LOOKS = 3


class Vault(Protocol):
    """Storage of heads: written once, never altered."""

    def last(self) -> tuple[str, bytes] | None:
        """Name and content of the newest head."""

    def add(self, name: str, content: bytes) -> None:
        """Store one more head."""

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Every head, oldest first."""

    def covered(self) -> list[str]:
        """Names of heads that somebody tried to hide or to overwrite."""


class Signature(Protocol):
    """Signs and verifies with a key that no function can read."""

    def sign(self, content: bytes) -> str:
        """The signature."""

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether the signature is ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a check of the whole trail."""

    entries: int
    heads: int
    faults: tuple[str, ...]


class Sealing:
    """The hourly seal and the operator's check."""

    def __init__(self, trail: AuditStore, vault: Vault, signature: Signature, clock: Clock) -> None:
        self._trail = trail
        self._vault = vault
        self._signature = signature
        self._clock = clock

    def seal(self) -> int:
        """Seal every closed hour that has no head yet, oldest first; returns how many.

        Hours without entries get a head as well: it proves that they were empty.
        """
        last = self._vault.last()
        previous = parse(_opened(last[1])[0]).hash if last else GENESIS
        sealed = 0
        for hour in self._closed_since(last[0] if last else None):
            head = head_of(hour, self._trail.of_hour(hour), previous=previous)
            content = head.content()
            envelope = {"content": content.decode(), "signature": self._signature.sign(content)}
            self._vault.add(hour, json.dumps(envelope).encode())
            previous, sealed = head.hash, sealed + 1
        return sealed

    def verify(
        self, rows: Mapping[str, Position], row_of: Callable[[str], Position | None]
    ) -> Verdict:
        """Check every entry, every head, and each subject's row against the end of its chain.

        Args:
            rows: number and hash of the last entry, by subject.
            row_of: reads one of them again, because the service keeps running during the check.
        """
        heads, faults = self._heads()
        stored = (
            Stored(pk=row.pk, hour=row.hour.split("#")[0], hash=row.hash, recorded=recorded(row))
            for row in self._trail.all()
        )
        trail = walk(stored, heads)
        faults += [*trail.faults, *against_heads(trail, heads)]
        faults += unsealed(trail, heads, since=hour_of(self._clock() - _UNSEALED_AT_MOST))
        faults += [
            f"{subject}: its row and its chain end differently"
            for subject in against_rows(trail, rows)
            if not self._agree(subject, row_of)
        ]
        return Verdict(entries=trail.entries, heads=len(heads), faults=tuple(faults))

    def _agree(self, subject: str, row_of: Callable[[str], Position | None]) -> bool:
        """Whether row and chain end alike if both are read again; the row may have changed."""
        return any(row_of(subject) == self._trail.last(subject) for _ in range(_LOOKS))

    def _closed_since(self, hour: str | None) -> Iterator[str]:
        """The closed hours after `hour`, oldest first; without it, from the first entry's on."""
        end = hour_of(self._clock() - _SETTLED)
        start = _instant(hour) + _HOUR if hour else _instant(self._trail.first_hour() or end)
        for step in range(_HOURS_A_RUN):
            at = hour_of(start + step * _HOUR)
            if at >= end:
                return
            yield at

    def _heads(self) -> tuple[list[Head], list[str]]:
        heads: list[Head] = []
        faults = [
            f"somebody tried to hide or replace the head of {name}"
            for name in self._vault.covered()
        ]
        for name, envelope in self._vault.all():
            content, signature = _opened(envelope)
            head = parse(content)
            if head.hour != name or not self._signature.verify(content, signature):
                faults.append(f"the head of {name} is not signed by us")
            heads.append(head)
        return heads, faults


def _instant(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour}:00:00+00:00")


def _opened(envelope: bytes) -> tuple[bytes, str]:
    value = json.loads(envelope)
    return value["content"].encode(), value["signature"]
