"""The sweep: find due rows, queue them, then lease them.

    query shard ──▶ queue ids ──▶ move g1sk an hour ahead, if it hasn't changed since

Queueing comes first: a sweep that dies in between queues the same ids again, which is harmless;
the other order would lose them for an hour. Rows that do not fit into the time budget wait for the
next run, five minutes later. Tables take turns, ten rows each, and so do the shards of a table, row
by row: a backlog in one keeps none of the others waiting. An outage of a table or queue stops its
own rows alone.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from keyfob.domain import due_index as index
from keyfob.domain.clock import Clock
from keyfob.domain.error_description import described
from keyfob.domain.errors import Busy, Unavailable
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import DueRow, Update

T = TypeVar("T")

logger = logging.getLogger(__name__)

_BATCH = 10
# Each shard holds a page while it waits for its turn: a megabyte each would be too much in total.
_PAGE = 100
_RESERVE = timedelta(seconds=10)
_EVERY = timedelta(minutes=5)


class Destination(Protocol):
    """A queue."""

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Queue all of these, or raise an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table with a due index, and the queue of each of its rows, by row id."""

    row: type[DueRow]
    queue_of: Callable[[str], Destination]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """The result of one run; `lag` is how late the oldest due row was."""

    queued: int
    lag: timedelta
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
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
        """Queue and lease everything due, ten rows at a time, as long as time is left.

        Raises:
            Unavailable: a table or a queue failed; rows that don't need it were swept all the same.
        """
        swept = Swept(queued=0, lag=timedelta(), finished=True)
        outage: Unavailable | None = None
        turns = self._in_turn([(source, self._due(source)) for source in self._sources])
        while turns:
            source, due = turns.popleft()
            try:
                batch = list(islice(due, _BATCH))
                if not batch:
                    continue
                if time_left() < _RESERVE:
                    return replace(swept, finished=False)
                swept = self._with(swept, source, batch)
            except Unavailable as error:
                about = {"table": source.row.Meta.table_name, **described(error)}
                logger.warning("not swept to its end", extra=about)
                outage = error
            else:
                turns.append((source, due))
        if outage:
            raise outage
        return swept

    def _in_turn(self, all_of_them: Iterable[T]) -> deque[T]:
        """Rotates these by one each run: if time never suffices, none is always last."""
        turns = deque(all_of_them)
        turns.rotate(-(int(self._clock().timestamp()) // int(_EVERY.total_seconds())))
        return turns

    def _due(self, source: Source) -> Iterator[_Due]:
        shards = self._in_turn(self._of_shard(source, shard) for shard in index.shards())
        while shards:
            shard = shards.popleft()
            if row := next(shard, None):
                yield row
                shards.append(shard)

    def _with(self, swept: Swept, source: Source, batch: Sequence[_Due]) -> Swept:
        self._enqueue(source, batch)
        lag = max(self._clock() - row.at for row in batch)
        for row in batch:
            self._move(source, row)
        return replace(swept, queued=swept.queued + len(batch), lag=max(swept.lag, lag))

    def _of_shard(self, source: Source, shard: str) -> Iterator[_Due]:
        until = ("g1sk", index.until(self._clock()))
        for item in self._database.query(
            source.row, index=index.INDEX, key=("g1pk", shard), until=until, page=_PAGE
        ):
            yield _Due(id=item["pk"]["S"], sk=item["sk"]["S"], g1sk=item["g1sk"]["S"])

    def _enqueue(self, source: Source, batch: Sequence[_Due]) -> None:
        by_queue: dict[Destination, list[dict[str, str]]] = defaultdict(list)
        for row in batch:
            by_queue[source.queue_of(row.id)].append({"due": row.id})
        for queue, bodies in by_queue.items():
            queue.send(bodies)

    def _move(self, source: Source, row: _Due) -> None:
        later = index.sort_key(self._clock() + self._lease, row.id)
        update = Update(
            row=source.row,
            key=(row.id, row.sk),
            actions=[source.row.g1sk.set(later)],
            condition=source.row.g1sk == row.g1sk,
        )
        try:
            self._database.write(update)
        except (Conflict, Busy):
            # Scheduled again since it was read, or just then: its worker finds it obsolete, or does
            # what is due now; the next run queues again what stays due.
            logger.info("due row changed meanwhile", extra={"due": row.id})
