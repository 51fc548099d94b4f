"""Detects changed, removed, inserted, truncated, backdated or recomputed audit entries. Pure.

Entries come in the table's order: each subject's together and in order. Memory holds the content
of the heads, rebuilt from the entries, not the entries (S48, S59).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from keyfob.domain.audit.entry import GENESIS, Stored
from keyfob.domain.audit.heads import ACTOR, Contents, Head, hour_of

# Instants come from the clocks of several machines, each read after the row that it follows.
_CLOCKS_DIFFER_BY = timedelta(seconds=5)


@dataclass(slots=True)
class Trail:
    """The result of a walk over entries: faults, ends of chains, and each hour's content."""

    entries: int = 0
    faults: list[str] = field(default_factory=list)
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    hours: dict[str, Contents] = field(default_factory=lambda: defaultdict(Contents))


def walk(entries: Iterable[Stored], *, after: Stored | None = None) -> Trail:
    """Check every entry against itself and its predecessor.

    Args:
        entries: in the table's order.
        after: the predecessor of the first entry, if they are the rest of a chain.
    """
    trail, before = Trail(), after
    for stored in entries:
        trail.entries += 1
        trail.hours[stored.hour].add(stored.pk, *stored.end)
        trail.faults += misplaced(stored)
        if stored.recorded.entry.subject is not None:
            trail.faults += _unlinked(stored, before)
            trail.last[stored.pk] = stored.end
            before = stored
    return trail


def misplaced(stored: Stored) -> Iterator[str]:
    """Faults of an entry by itself: changed, or filed elsewhere."""
    recorded = stored.recorded
    if recorded.hash != stored.hash:
        yield f"{stored.pk}: entry {recorded.number} was changed"
    if stored.hour != hour_of(recorded.entry.at):
        # An entry filed under an hour without a head would be covered by no head.
        yield f"{stored.pk}: entry {recorded.number} is filed under {stored.hour}, not its own hour"
    if recorded.entry.subject is None and stored.pk != f"{ACTOR}{recorded.entry.actor.id}":
        yield f"{stored.pk}: holds an entry of {recorded.entry.actor.id}"


def against_heads(trail: Trail, heads: Sequence[Head], *, previous: str = GENESIS) -> Iterator[str]:
    """Faults that only the signed heads reveal; `previous` is the hash of the one before them."""
    for head in heads:
        if head.previous != previous:
            yield f"the head of {head.hour} doesn't follow the one before it"
        previous = head.hash
        yield from against_head(head, trail.hours.get(head.hour, Contents()))


def against_head(head: Head, contents: Contents) -> Iterator[str]:
    """Differences between a sealed hour and its entries: missing, others, and later ones."""
    again = contents.head(head.hour, previous=head.previous)
    for subject in sorted(head.subjects.keys() | again.subjects.keys()):
        sealed, found = head.subjects.get(subject), again.subjects.get(subject)
        if found and (sealed is None or found[0] > sealed[0]):
            yield f"{subject}: entry {found[0]} was filed under {head.hour} after it was sealed"
        elif sealed and found != sealed:
            yield f"{subject}: entry {sealed[0]} is not the one that was sealed at {head.hour}"
    if (again.alone_count, again.alone_digest) != (head.alone_count, head.alone_digest):
        yield f"the entries without subject of {head.hour} are not those that were sealed"


def vouches(head: Head, subject: str, hashes: Mapping[int, str]) -> bool:
    """Whether a head covers an entry of its hour; `hashes` are the chain's from the entry on.

    The head names the last entry of its hour. That is the entry itself or, as hours overlap by
    the difference of two machines' clocks, a later one, whose chain leads back to the entry.
    """
    number, sealed = head.subjects.get(subject, (0, ""))
    return hashes.get(number) == sealed


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


def _unlinked(stored: Stored, before: Stored | None) -> Iterator[str]:
    """Faults between an entry and its predecessor in the chain."""
    recorded = stored.recorded
    if before is None or before.pk != stored.pk:
        number, head, at = 0, GENESIS, recorded.entry.at
    else:
        (number, head), at = before.end, before.recorded.entry.at
    if recorded.number != number + 1:
        yield f"{stored.pk}: after entry {number} comes {recorded.number}"
    elif recorded.previous != head:
        yield f"{stored.pk}: entry {recorded.number} doesn't follow entry {number}"
    if recorded.entry.at < at - _CLOCKS_DIFFER_BY:
        yield f"{stored.pk}: entry {recorded.number} is dated before entry {number}"
