"""The sweep: find what is due, queue it, then lease it.

    query shard ──▶ queue ids ──▶ move g1sk an hour ahead, if it is still what was read

Queueing comes first: a sweep that dies in between queues the same ids again, which is harmless;
the other order would lose them for an hour. What does not fit into the time budget waits for the
next run, five minutes later. The shards of all tables take turns, row by row, so that a backlog in
one keeps none of the others waiting.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from keyfob.clock import Clock
from keyfob.due import index
from keyfob.dynamo import Conflict, Database
from keyfob.rows import DueRow, Update

logger = logging.getLogger(__name__)

_BATCH = 10
# Each shard holds a page while it waits for its turn: a megabyte each would be too much together.
_PAGE = 100
_RESERVE = timedelta(seconds=10)
_EVERY = timedelta(minutes=5)


class Destination(Protocol):
    """A queue."""

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Put these on it, all or an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table with a due index, and which queue a row of it belongs on, by its id."""

    row: type[DueRow]
    queue_of: Callable[[str], Destination]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one run did; `lag` is how late the oldest due row was."""

    queued: int
    lag: timedelta
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    source: Source
    id: str
    sk: str
    g1sk: str

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.g1sk.split("#", 1)[0])


class Sweep:
    """One run over every shard of every source."""

    def __init__(
        self,
        database: Database,
        sources: Sequence[Source],
        clock: Clock,
        *,
        lease: timedelta,
    ) -> None:
        self._database = database
        self._sources = sources
        self._clock = clock
        self._lease = lease

    def run(self, time_left: Callable[[], timedelta]) -> Swept:
        """Queue and lease everything due, ten rows at a time, as long as time is left."""
        queued, lag = 0, timedelta()
        due = self._in_turn()
        while batch := list(islice(due, _BATCH)):
            if time_left() < _RESERVE:
                return Swept(queued=queued, lag=lag, finished=False)
            self._enqueue(batch)
            lag = max(lag, *(self._clock() - row.at for row in batch))
            for row in batch:
                self._move(row)
            queued += len(batch)
        return Swept(queued=queued, lag=lag, finished=True)

    def _in_turn(self) -> Iterator[_Due]:
        """A row of each shard of each source, the earliest first, until none is left."""
        waiting = deque(
            self._of_shard(source, shard) for shard in index.shards() for source in self._sources
        )
        # Another one begins each run: where time never suffices for all, none is always the last.
        waiting.rotate(-(int(self._clock().timestamp()) // int(_EVERY.total_seconds())))
        while waiting:
            shard = waiting.popleft()
            if row := next(shard, None):
                yield row
                waiting.append(shard)

    def _of_shard(self, source: Source, shard: str) -> Iterator[_Due]:
        until = ("g1sk", index.until(self._clock()))
        for item in self._database.query(
            source.row, index=index.INDEX, key=("g1pk", shard), until=until, page=_PAGE
        ):
            yield _Due(
                source=source, id=item["pk"]["S"], sk=item["sk"]["S"], g1sk=item["g1sk"]["S"]
            )

    def _enqueue(self, batch: Sequence[_Due]) -> None:
        by_queue: dict[Destination, list[dict[str, str]]] = defaultdict(list)
        for row in batch:
            by_queue[row.source.queue_of(row.id)].append({"due": row.id})
        for queue, bodies in by_queue.items():
            queue.send(bodies)

    def _move(self, row: _Due) -> None:
        later = index.sort_key(self._clock() + self._lease, row.id)
        update = Update(
            row=row.source.row,
            key=(row.id, row.sk),
            actions=[row.source.row.g1sk.set(later)],
            condition=row.source.row.g1sk == row.g1sk,
        )
        try:
            self._database.write(update)
        except Conflict:
            # Planned anew since it was read; its worker will find it moot or do what is due now.
            logger.info("due row changed meanwhile", extra={"due": row.id})
