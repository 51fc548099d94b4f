"""The cost of a sweep depends on the due rows, not on the stored ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain import due_index as index
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialRow
from keyfob.storage.database import Database
from keyfob.usecases.due.sweep import Source, Sweep, Swept
from tests.support.dynamodb import Client, Engine
from tests.support.effort import effort
from tests.support.fakes import START, FakeClock, FakeQueue
from tests.support.masses import stored
from tests.support.tally import Tally
from tests.support.templates import create_tables

PLENTY = timedelta(minutes=4)
LATE = START - timedelta(minutes=5)
# Stored, and ten times as many.
FEW = effort(4_000, 20_000)
DUE = 2_000
PAGE = 100


class Run:
    """One sweep over this many rows, and its cost."""

    def __init__(self, count: int, *, due: int) -> None:
        self.queue = FakeQueue()
        self.tally, engine = Tally(), Engine()
        create_tables(Client(engine), str)
        later = START + timedelta(days=9)
        engine.restore({"credentials": stored(count, due=due, at=LATE, later=later)})
        self.swept = sweep(Client(engine, self.tally.note), "credentials", self.queue)


def sweep(client: Any, table: str, queue: FakeQueue) -> Swept:
    """One run of the real sweep over the credentials."""
    source = Source(row=CredentialRow, queue_of=lambda _: queue)
    database = Database(client, {"credentials": table})
    clock = FakeClock()
    return Sweep(database, [source], clock, lease=Policy().due_lease).run(lambda: PLENTY)


@pytest.fixture(scope="module")
def few() -> Run:
    return Run(FEW, due=DUE)


@pytest.fixture(scope="module")
def many() -> Run:
    return Run(10 * FEW, due=DUE)


def test_ten_times_as_many_stored_take_the_same_queries_items_and_writes_S44(
    few: Run, many: Run
) -> None:
    assert few.swept == many.swept
    assert few.swept.queued == DUE
    assert sorted(few.queue.due) == sorted(many.queue.due)
    assert few.tally.calls == many.tally.calls
    assert many.tally.items == pytest.approx(few.tally.items, rel=0.05)


def test_each_due_row_is_read_once_by_the_page_and_written_once(many: Run) -> None:
    assert many.tally.items == DUE
    assert many.tally.calls["UpdateItem"] == DUE
    assert many.tally.calls["Query"] <= 2 * index.SHARDS + DUE / PAGE
    assert set(many.tally.calls) == {"Query", "UpdateItem"}


def test_each_shard_is_asked_once_and_nothing_is_read_where_nothing_is_due() -> None:
    idle = Run(FEW, due=0)
    assert dict(idle.tally.calls) == {"Query": index.SHARDS}
    assert idle.tally.items == 0


def test_no_more_than_a_page_of_each_shard_is_held() -> None:
    backlog = Run(3_000, due=3_000)
    assert backlog.swept.queued == 3_000
    assert backlog.tally.held <= index.SHARDS * PAGE
