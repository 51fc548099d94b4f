"""Detects changed, removed, inserted, truncated or recomputed audit entries (S48). Pure.

Entries come in the table's order: each subject's together and in order. Memory holds one position
for each subject, not the entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from keyfob.domain.audit.entry import GENESIS, Recorded
from keyfob.domain.audit.heads import Head, head_of, hour_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as stored: partition key, hour, stored hash and content."""

    pk: str
    hour: str
    hash: str
    recorded: Recorded


@dataclass(slots=True)
class Trail:
    """The result of a walk over all entries."""

    entries: int = 0
    faults: list[str] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    hours: set[str] = field(default_factory=set)
    alone: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def walk(entries: Iterable[Stored], heads: Iterable[Head]) -> Trail:
    """Check every entry against its own hash and its predecessor."""
    wanted = {(subject, last[0]) for head in heads for subject, last in head.subjects.items()}
    trail = Trail()
    for stored in entries:
        trail.entries += 1
        trail.hours.add(stored.hour)
        trail.faults.extend(_faults(trail, stored))
        number = stored.recorded.number
        if stored.recorded.entry.subject is None:
            trail.alone[stored.hour].append(stored.hash)
            continue
        trail.last[stored.pk] = (number, stored.hash)
        if (stored.pk, number) in wanted:
            trail.hashes[stored.pk, number] = stored.hash
    return trail


def against_heads(trail: Trail, heads: Sequence[Head]) -> Iterator[str]:
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


def unsealed(trail: Trail, heads: Sequence[Head], *, since: str) -> Iterator[str]:
    """Hours before `since` that have entries but no head; later hours need none yet.

    Heads are hourly without a gap. Entries before the first or after the last head, or any entries
    if there is no head, were filed under a false hour, or somebody removed their head.
    """
    first, last = (heads[0].hour, heads[-1].hour) if heads else (since, "")
    for hour in sorted(trail.hours):
        if hour < since and not first <= hour <= last:
            yield f"the entries of {hour} are under no head"


def against_rows(trail: Trail, rows: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    """Subjects whose row and chain end differently, or that have only one of the two."""
    for subject in sorted(rows.keys() | trail.last.keys()):
        if trail.last.get(subject) != rows.get(subject):
            yield subject


def _faults(trail: Trail, stored: Stored) -> Iterator[str]:
    recorded = stored.recorded
    if recorded.hash != stored.hash:
        yield f"{stored.pk}: entry {recorded.number} was changed"
    if stored.hour != hour_of(recorded.entry.at):
        # An entry filed under an hour without a head would be covered by no head.
        yield f"{stored.pk}: entry {recorded.number} is filed under {stored.hour}, not its own hour"
    if recorded.entry.subject is None:
        if stored.pk != f"ACTOR#{recorded.entry.actor.id}":
            yield f"{stored.pk}: holds an entry of {recorded.entry.actor.id}"
        return
    number, head = trail.last.get(stored.pk, (0, GENESIS))
    if recorded.number != number + 1:
        yield f"{stored.pk}: after entry {number} comes {recorded.number}"
    elif recorded.previous != head:
        yield f"{stored.pk}: entry {recorded.number} doesn't follow entry {number}"
