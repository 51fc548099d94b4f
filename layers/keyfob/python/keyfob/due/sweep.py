"""The sweep: find what is due, queue it, then lease it.

    query shard ──▶ queue ids ──▶ move g1sk an hour ahead, if it is still what was read

Queueing comes first: a sweep that dies in between queues the same ids again, which is harmless;
the other order would lose them for an hour. What does not fit into the time budget waits for the
next run, five minutes later. Tables and shards come in another order each time: a run that ends
early never leaves the same ones to nobody, and what waits there shows in the lag.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from keyfob.clock import Clock
from keyfob.due import index
from keyfob.dynamo import Conflict, Database
from keyfob.errors import Busy, Unavailable
from keyfob.failures import described
from keyfob.rows import DueRow, Update

logger = logging.getLogger(__name__)

T = TypeVar("T")

_BATCH = 10
_RESERVE = timedelta(seconds=10)


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
            Unavailable: a table or a queue failed; what doesn't need it was swept all the same.
        """
        outage: Unavailable | None = None
        swept = Swept(queued=0, lag=timedelta(), finished=True)
        for source in _in_any_order(self._sources):
            try:
                for batch in self._batches(source):
                    if time_left() < _RESERVE:
                        return replace(swept, finished=False)
                    swept = self._with(swept, source, batch)
            except Unavailable as error:
                about = {"table": source.row.Meta.table_name, **described(error)}
                logger.warning("not swept to its end", extra=about)
                outage = error
        if outage:
            raise outage
        return swept

    def _with(self, swept: Swept, source: Source, batch: Sequence[_Due]) -> Swept:
        self._enqueue(source, batch)
        lag = max(self._clock() - row.at for row in batch)
        for row in batch:
            self._move(source, row)
        return replace(swept, queued=swept.queued + len(batch), lag=max(swept.lag, lag))

    def _batches(self, source: Source) -> Iterator[Sequence[_Due]]:
        due = self._due(source)
        while batch := list(islice(due, _BATCH)):
            yield batch

    def _due(self, source: Source) -> Iterator[_Due]:
        until = ("g1sk", index.until(self._clock()))
        for shard in _in_any_order(index.shards()):
            for item in self._database.query(
                source.row, index=index.INDEX, key=("g1pk", shard), until=until
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
            # Planned anew since it was read, or just then; its worker will find it moot or do what
            # is due now, and if it stays due the next run queues it again.
            logger.info("due row changed meanwhile", extra={"due": row.id})


def _in_any_order(all_of_them: Sequence[T]) -> list[T]:
    return random.sample(all_of_them, len(all_of_them))
