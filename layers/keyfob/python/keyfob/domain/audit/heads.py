"""Signed heads: a digest of each closed hour of the trail, kept where nobody can alter it.

The head of an hour names the last number and hash of every subject touched in it, and a digest
over the entries without subject. Heads are chained by their own hashes. They reveal a truncated
trail, a missing sign-in and a recomputed chain (S48). Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

# How the partition keys of entries without subject begin.
ACTOR = "ACTOR#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A digest of the trail for one hour (`2026-11-22T07`, UTC)."""

    hour: str
    previous: str
    subjects: Mapping[str, tuple[int, str]]
    alone_count: int
    alone_digest: str

    def content(self) -> bytes:
        """The signed bytes: canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @property
    def hash(self) -> str:
        """The hash by which the next head refers to this one."""
        return hashlib.sha256(self.content()).hexdigest()


def hour_of(at: datetime) -> str:
    """The hour whose head covers this instant: `2026-11-22T07`, UTC."""
    return at.strftime("%Y-%m-%dT%H")


@dataclass(slots=True)
class Contents:
    """One hour's content as its head states it: each subject's last entry, hashes of the others."""

    subjects: dict[str, tuple[int, str]] = field(default_factory=dict)
    alone: list[str] = field(default_factory=list)

    def add(self, pk: str, number: int, hash_: str) -> None:
        """Count one more entry; they may come in any order."""
        if pk.startswith(ACTOR):
            self.alone.append(hash_)
        elif number > self.subjects.get(pk, (0, ""))[0]:
            self.subjects[pk] = (number, hash_)

    def head(self, hour: str, *, previous: str) -> Head:
        """The head of an hour with this content."""
        return Head(
            hour=hour,
            previous=previous,
            subjects=dict(sorted(self.subjects.items())),
            alone_count=len(self.alone),
            alone_digest=hashlib.sha256("\n".join(sorted(self.alone)).encode()).hexdigest(),
        )


def head_of(hour: str, entries: Iterable[Mapping[str, Any]], *, previous: str) -> Head:
    """The head over an hour's entries, given as `pk`, `number` and `hash`, in any order."""
    contents = Contents()
    for entry in entries:
        contents.add(entry["pk"], int(entry["number"]), entry["hash"])
    return contents.head(hour, previous=previous)


def parse(content: bytes) -> Head:
    """Parse a head from its canonical JSON."""
    value = json.loads(content)
    subjects = {subject: (last[0], last[1]) for subject, last in value["subjects"].items()}
    return Head(**{**value, "subjects": subjects})
