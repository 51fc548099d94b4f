"""The daily check of what was sealed since the last one.

Its reads and its memory follow the new entries, not the history: the index finds an hour's
entries, each chain is read from its first new entry on, and a signed head vouches for what lies
before that. An entry dated into an hour that was checked before is found with the next entry of
its chain, or by the check of the whole trail (S59).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from keyfob.domain.audit.check import Check
from keyfob.domain.audit.entry import Stored
from keyfob.domain.audit.heads import ACTOR, Contents, Head, hour_of
from keyfob.domain.audit.verify import Trail, against_heads, misplaced, vouches, walk
from keyfob.domain.clock import Clock
from keyfob.storage.audit.store import AuditStore
from keyfob.usecases.audit.documents import Documents
from keyfob.usecases.audit.verification import UNSEALED_AT_MOST, Rows, agree

_HOURS_A_RUN = 500

# By hour and subject: the number of the entry before the new ones, and all hashes from it on.
_Links = dict[str, dict[str, tuple[int, dict[int, str]]]]


@dataclass(slots=True)
class _News:
    """What a run read: each hour's content, first new entries, links to entries before them."""

    trail: Trail = field(default_factory=Trail)
    firsts: dict[str, int] = field(default_factory=dict)
    links: _Links = field(default_factory=lambda: defaultdict(dict))


class Checking:
    """The daily check."""

    def __init__(
        self,
        trail: AuditStore,
        heads: Documents[Head],
        checks: Documents[Check],
        rows: Rows,
        clock: Clock,
    ) -> None:
        self._trail = trail
        self._heads = heads
        self._checks = checks
        self._rows = rows
        self._clock = clock

    def check(self) -> Check:
        """Check at most 500 hours after the last position; the result is not yet kept."""
        faults: list[str] = []
        begin = self._position(faults)
        heads = list(islice(self._heads.signed(faults, after=begin.hour), _HOURS_A_RUN))
        last = heads[-1] if heads else None
        end = last.hour if last else begin.hour
        news = _News()
        for head in heads:
            self._read(head.hour, news)
        faults += against_heads(news.trail, heads, previous=begin.head)
        for subject, first in sorted(news.firsts.items()):
            self._follow(subject, first, news)
        faults += news.trail.faults
        faults += self._unvouched(news.links, end)
        faults += self._silence(end)
        return Check(
            hour=end,
            head=last.hash if last else begin.head,
            heads=len(heads),
            entries=news.trail.entries,
            faults=tuple(dict.fromkeys(faults)),
        )

    def keep(self, check: Check) -> None:
        """Store the position that the next check goes on from, if this one moved it."""
        if check.heads:
            self._checks.add(check)

    def _position(self, faults: list[str]) -> Check:
        """The newest check that is ours and whose head still stands as it was checked."""
        for check in reversed(self._checks.recent(faults, self._clock())):
            head = self._heads.of(check.hour)
            if head and head.hash == check.head:
                return check
            faults.append(f"the head of {check.hour} is not the one that was checked")
        return Check()

    def _read(self, hour: str, news: _News) -> None:
        """Add an hour's content as the index has it, and check its entries without subject."""
        contents, alone = Contents(), []
        for item in self._trail.of_hour(hour):
            pk, sk = item["pk"], item["sk"]
            contents.add(pk, int(item["number"]), item["hash"])
            if pk.startswith(ACTOR):
                alone.append((pk, sk))
            elif sk.isdecimal():
                news.firsts[pk] = min(int(sk), news.firsts.get(pk, int(sk)))
            else:
                news.trail.faults.append(f"{pk}: holds an entry under {sk}")
        news.trail.hours[hour] = contents
        for stored in self._trail.each(alone):
            news.trail.entries += 1
            news.trail.faults += misplaced(stored)

    def _follow(self, subject: str, first: int, news: _News) -> None:
        """Check a chain from its first new entry to its end, and its row."""
        chain = self._trail.chain(subject, first=max(first - 1, 1))
        before = next(chain, None) if first > 1 else None
        if before and before.recorded.number == first - 1:
            news.trail.faults += misplaced(before)
        elif first > 1:
            news.trail.faults.append(f"{subject}: entry {first - 1} is missing")
            return
        hashes: dict[int, str] = {}
        walked = walk(_noted(chain, hashes), after=before)
        news.trail.entries += walked.entries
        news.trail.faults += walked.faults
        if before:
            hashes[first - 1] = before.hash
            news.links[before.hour][subject] = first - 1, hashes
        at_end = walked.last.get(subject)
        if self._rows.position(subject) != at_end and not agree(subject, self._trail, self._rows):
            news.trail.faults.append(f"{subject}: its row and its chain end differently")

    def _unvouched(self, links: _Links, end: str) -> Iterator[str]:
        """Entries before the new ones for which the head of their own hour doesn't vouch."""
        # A predecessor in a later hour is vouched for when that hour is checked.
        for hour in sorted(one for one in links if one <= end):
            head = self._heads.of(hour)
            for subject, (number, hashes) in links[hour].items():
                if head is None:
                    yield f"{subject}: entry {number} is under no head"
                elif not vouches(head, subject, hashes):
                    yield f"{subject}: entry {number} was filed under {hour} after it was sealed"

    def _silence(self, end: str) -> Sequence[str]:
        """A fault if hours that should be sealed aren't, or if their heads are gone."""
        due = hour_of(self._clock() - UNSEALED_AT_MOST)
        return [f"no hour after {end} was sealed"] if end and end < due else []


def _noted(chain: Iterator[Stored], hashes: dict[int, str]) -> Iterator[Stored]:
    for stored in chain:
        hashes[stored.recorded.number] = stored.hash
        yield stored
