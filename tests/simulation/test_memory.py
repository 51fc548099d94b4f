"""The decade's quick tables and those that DynamoDB's requests go through play the same world.

The quick ones take rows and expressions as the stores make them; three quarters of the time of
the others are serialization.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from keyfob.audit.store import AuditRow
from keyfob.dynamo import Database
from keyfob.rows import Put, Row, Update, Write
from tests.simulation import decade
from tests.simulation.decade import Outcome, Simulation
from tests.simulation.memory import Hooks, Memory
from tests.support.dynamodb import Client, Engine
from tests.support.templates import create_tables

DUE = ("credentials", "outbox")


class Requests(Database):
    """A `Memory` whose every read and write is a request to the engine."""

    def __init__(self) -> None:
        self.hooks = Hooks()
        self._engine = Engine()
        client: Any = Client(self._engine)
        super().__init__(client, create_tables(client, str), pause=lambda _seconds: None)

    def write(self, write: Put | Update) -> None:
        self.hooks.before()
        super().write(write)
        self._report(write)
        self.hooks.after()

    def transact(self, writes: Sequence[Write], *, token: str) -> None:
        self.hooks.before()
        super().transact(writes, token=token)
        for write in writes:
            self._report(write)
        self.hooks.after()

    def earliest(self) -> str | None:
        """The first instant at which anything is due."""
        indexes = [self._engine.tables[name].indexes["due"] for name in DUE]
        first = [entries[0] for one in indexes for entries in one.partitions.values()]
        return str(min(first)[0][0]).partition("#")[0] if first else None

    def forget(self, row: type[Row], pk: str, sk: str, *, keep: Sequence[str]) -> None:
        """It remembers everything."""

    def _report(self, write: Write) -> None:
        table = write.row.Meta.table_name
        if isinstance(write, Put) and isinstance(write.row, AuditRow):
            self.hooks.entered(write.row)
            return
        if isinstance(write, Put) and table == "outbox":
            self.hooks.promised(write.row)
        if isinstance(write, (Put, Update)):
            key = (write.row.pk, write.row.sk) if isinstance(write, Put) else write.key
            due = self._engine.tables[table].items[key].get("g1sk")
            if due:
                self.hooks.planned(due["S"])


def played(tables: type[Memory] | type[Requests], monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(decade, "Memory", tables)
    return Simulation(5, credentials=120, days=1_500, outages=10).outcome()


def test_the_same_world_comes_out_of_both_S42_S44_S46(monkeypatch: pytest.MonkeyPatch) -> None:
    quick, requested = played(Memory, monkeypatch), played(Requests, monkeypatch)
    assert quick.happened == requested.happened
    assert quick.lives == requested.lives
    assert quick.complaints == requested.complaints == []
    assert sum(quick.happened.values()) > 200
