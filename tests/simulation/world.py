"""A world in which the real clock works: sweeps stop, queues fail, workers die.

It jumps from one event to the next. The same row meets at most two failures in a row, so that the
referee knows how long it may take.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any

from keyfob.domain.due_index import instant
from tests.simulation.memory import Memory

TICK = 5 * 60
_REDELIVERED = timedelta(seconds=90)
_IN_A_ROW = 2


class Killed(BaseException):
    """The process is gone; no `except Exception` catches this."""


class World:
    """Time, chance, and the possible failures.

    Args:
        seed: the same one gives the same world.
        memory: the tables.
        starts, ends: between these it runs.
        outages: how often the sweep stops for hours, days or up to three weeks.
    """

    def __init__(
        self, seed: int, memory: Memory, *, starts: datetime, ends: datetime, outages: int
    ) -> None:
        self.chance = Random(seed)
        self.memory = memory
        self.now, self.ends = starts, ends
        self.outages = self._outages(outages)
        self.happened: Counter[str] = Counter()
        self.sweep: Callable[[], bool] = lambda: True
        self.workers: dict[str, Callable[[str], None]] = {}
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = 0
        self._ticks: set[datetime] = set()
        self._troubles: Counter[str] = Counter()
        memory.hooks.planned = lambda due: self._plan(datetime.fromisoformat(due.split("#")[0]))

    def clock(self) -> datetime:
        """The time."""
        return self.now

    def at(self, when: datetime, what: Callable[[], None]) -> None:
        """Schedule an event."""
        self._number += 1
        heappush(self._events, (when, self._number, what))

    def run(self) -> None:
        """Run to the end."""
        while self._events and self._events[0][0] < self.ends:
            when, _, what = heappop(self._events)
            self.now = max(self.now, when)
            what()

    def queue(self, worker: str) -> Queue:
        """A queue to this worker."""
        return Queue(self, worker)

    def trouble(self, row_id: str, kind: str, probability: float) -> bool:
        """Whether this failure happens now."""
        if self.chance.random() >= probability or self._troubles[row_id] >= _IN_A_ROW:
            return False
        self._troubles[row_id] += 1
        self.happened[kind] += 1
        return True

    def post(self, worker: str, row_id: str) -> None:
        """Send a message."""

        def arrive() -> None:
            self._deliver(worker, row_id)

        if self.trouble(row_id, "message lost", 0.01):
            return
        if self.trouble(row_id, "message late", 0.02):
            self._after(self.chance.choice((3_600, 90_000, 300_000)), arrive)
            return
        self._after(20, arrive)
        if self.chance.random() < 0.03:
            self.happened["message twice"] += 1
            self._after(self.chance.choice((10, 3_600, 200_000)), arrive)

    def _deliver(self, worker: str, row_id: str) -> None:
        hooks = self.memory.hooks
        if self.trouble(row_id, "worker killed before a write", 0.01):
            hooks.before = _die
        elif self.trouble(row_id, "worker killed after a write", 0.01):
            hooks.after = _die
        try:
            self.workers[worker](row_id)
            self._troubles.pop(row_id, None)
        except Killed:
            self.at(self.now + _REDELIVERED, lambda: self._deliver(worker, row_id))
        finally:
            hooks.before = hooks.after = _nothing

    def _after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at(self.now + timedelta(seconds=0.05 + self.chance.random() * seconds), what)

    def _plan(self, due: datetime) -> None:
        """Schedule the first run of the sweep that can find rows due then."""
        when = _tick(max(due, self.now))
        position = bisect_right(self.outages, when, key=lambda outage: outage[0]) - 1
        if position >= 0:
            when = max(when, self.outages[position][1])
        if when not in self._ticks:
            self._ticks.add(when)
            self.at(when, lambda: self._swept(when))

    def _swept(self, tick: datetime) -> None:
        self._ticks.discard(tick)
        earliest = self.memory.earliest()
        if earliest is None or earliest > instant(self.now):
            return
        hooks = self.memory.hooks
        if self.chance.random() < 0.01:
            self.happened["sweep killed"] += 1
            hooks.before = _die
        try:
            finished = self.sweep()
        except Killed:
            finished = False
        finally:
            hooks.before = _nothing
        if not finished:
            self._plan(self.now + timedelta(seconds=1))

    def _outages(self, count: int) -> tuple[tuple[datetime, datetime], ...]:
        step = (self.ends - self.now) / max(count, 1)
        found = []
        for number in range(count):
            begins = self.now + (number + self.chance.random() * 0.5) * step
            lasts = self.chance.choice((6 / 24, 1, 3, 21)) * timedelta(days=1)
            found.append((begins, _tick(begins + min(lasts, step * 0.45))))
        return tuple(found)


class Queue:
    """A `Destination` whose messages may be late, lost for a while, or come twice."""

    def __init__(self, world: World, worker: str) -> None:
        self._world, self._worker = world, worker

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        for body in bodies:
            self._world.post(self._worker, str(body["due"]))


def _nothing() -> None:
    """Does nothing."""


def _die() -> None:
    """Dies at the first write; a death between a mail and its mark happens in the mail's sender."""
    raise Killed


def _tick(at: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(at.timestamp() / TICK) * TICK, UTC)
