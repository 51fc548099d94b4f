"""Finding what was changed, removed, inserted, truncated or computed anew in the trail (S48). Pure.

Entries come as the table has them: each subject's together and in order. Memory holds one position
for each subject, not the entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from keyfob.audit.entry import GENESIS, Recorded
from keyfob.audit.heads import Head, head_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as it was found: where, with which hash beside it, and what it says."""

    pk: str
    hour: str
    hash: str
    recorded: Recorded


@dataclass(slots=True)
class Trail:
    """What a walk over all entries has seen."""

    entries: int = 0
    faults: list[str] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    alone: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def walk(entries: Iterable[Stored], heads: Iterable[Head]) -> Trail:
    """Check every entry against its own hash and its predecessor."""
    wanted = {(subject, last[0]) for head in heads for subject, last in head.subjects.items()}
    trail = Trail()
    for stored in entries:
        trail.entries += 1
        trail.faults.extend(_faults(trail, stored))
        number = stored.recorded.number
        if stored.recorded.entry.subject is None:
            trail.alone[stored.hour].append(stored.hash)
            continue
        trail.last[stored.pk] = (number, stored.hash)
        if (stored.pk, number) in wanted:
            trail.hashes[stored.pk, number] = stored.hash
    return trail


def against_heads(trail: Trail, heads: Iterable[Head]) -> Iterator[str]:
    """Faults that only the signed heads reveal."""
    previous = GENESIS
    for head in heads:
        if head.previous != previous:
            yield f"the head of {head.hour} doesn't follow the one before it"
        previous = head.hash
        for subject, (number, hash_) in head.subjects.items():
            if trail.hashes.get((subject, number)) != hash_:
                yield f"{subject}: entry {number} is not the one that was sealed at {head.hour}"
        present = [{"pk": "ACTOR#", "number": 0, "hash": hash_} for hash_ in trail.alone[head.hour]]
        again = head_of(head.hour, present, previous=head.previous)
        if (again.alone_count, again.alone_digest) != (head.alone_count, head.alone_digest):
            yield f"the entries without subject of {head.hour} are not those that were sealed"


def against_rows(trail: Trail, rows: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """Subjects whose row and whose chain end differently."""
    for subject, (number, head) in rows.items():
        if trail.last.get(subject) != (number, head):
            yield f"{subject}: its row ends with entry {number}, its chain does not"


def _faults(trail: Trail, stored: Stored) -> Iterator[str]:
    recorded = stored.recorded
    if recorded.hash != stored.hash:
        yield f"{stored.pk}: entry {recorded.number} was changed"
    if recorded.entry.subject is None:
        return
    number, head = trail.last.get(stored.pk, (0, GENESIS))
    if recorded.number != number + 1:
        yield f"{stored.pk}: after entry {number} comes {recorded.number}"
    elif recorded.previous != head:
        yield f"{stored.pk}: entry {recorded.number} doesn't follow entry {number}"
