"""The decade's quick tables and the tables behind DynamoDB's requests play the same world.

The quick ones take rows and expressions as the stores make them; serialization takes three quarters
of the others' time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action

from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import AuditedRow, Check, Delete, DueRow, Put, Row, Subject, Update, Write
from tests.simulation import decade
from tests.simulation.decade import Outcome, Simulation
from tests.simulation.memory import Hooks, Memory
from tests.support.dynamodb import Client, Engine
from tests.support.examples import steady
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
        """Keeps everything."""

    def _report(self, write: Write) -> None:
        table = write.row.Meta.table_name
        if isinstance(write, Put) and isinstance(write.row, AuditRow):
            self.hooks.entered(write.row)
            return
        if isinstance(write, Put) and table == "outbox":
            self.hooks.queued(write.row)
        if isinstance(write, (Put, Update)):
            key = (write.row.pk, write.row.sk) if isinstance(write, Put) else write.key
            due = self._engine.tables[table].items[key].get("g1sk")
            if due:
                self.hooks.planned(due["S"])


class Small(DueRow):
    """A row with the attributes that conditions use."""

    class Meta:
        table_name = "credentials"

    version = NumberAttribute()
    state = UnicodeAttribute(null=True)
    tries: ListAttribute[Any] = ListAttribute(null=True)


Program = list[tuple[str, int, int, int]]
WHAT = ("put", "update", "plan", "try", "end", "check", "delete")
programs: st.SearchStrategy[Program] = st.lists(
    st.tuples(st.sampled_from(WHAT), st.integers(0, 1), st.integers(0, 2), st.integers(0, 2)),
    max_size=12,
)


def written(what: str, row: int, seen: int, to: int) -> Write:
    """A write to one of two rows, if it has the version seen."""
    key, due = (f"ROW#{row}", "-"), f"2027-0{to + 1}-01T00:00:00Z#ROW#{row}"
    same = Small.version == seen
    tries = same & (size(Small.tries) == to)
    actions: dict[str, list[Action]] = {
        "update": [Small.version.set(to), Small.state.set(f"state {to}")],
        "plan": [Small.g1sk.set(due)],
        "try": [Small.tries.set(["x"] * to)],
        "end": [Small.g1sk.remove(), Small.state.remove()],
    }
    if what == "put":
        small = Small(*key, version=to, g1pk="DUE#0", g1sk=due, tries=["x"] * to)
        return Put(row=small)
    if what == "check":
        return Check(row=Small, key=key, condition=tries)
    if what == "delete":
        return Delete(row=Audited, key=key, subject=Subject(id=key[0], number=seen))
    condition = tries if what == "try" else same
    return Update(row=Small, key=key, actions=actions[what], condition=condition)


class Audited(AuditedRow):
    """The same row, to be deleted."""

    class Meta:
        table_name = "credentials"


def done(tables: Database, writes: Sequence[Write], token: str) -> bool:
    try:
        if len(writes) == 1 and isinstance(writes[0], (Put, Update)):
            tables.write(writes[0])
        else:
            tables.transact(writes, token=token)
    except Conflict:
        return False
    return True


def standing(tables: Database) -> Any:
    """The rows' content, and the due ones with their times."""
    rows = [tables.get(Small, f"ROW#{number}", "-") for number in (0, 1)]
    until = ("g1sk", "2027-02-15")
    due = tables.query(Small, key=("g1pk", "DUE#0"), index="due", until=until)
    return [
        [getattr(row, name) for name in ("version", "state", "tries", "g1sk")] if row else None
        for row in rows
    ], [(one["pk"]["S"], one["g1sk"]["S"]) for one in due]


@steady
@given(programs=st.lists(st.tuples(st.booleans(), programs), max_size=4))
def test_the_same_writes_are_taken_and_refused_S46(programs: list[tuple[bool, Program]]) -> None:
    quick, requested = Memory(), Requests()
    number = 0
    for together, program in programs:
        by_row = {row: (what, row, seen, to) for what, row, seen, to in program}
        chosen = [list(by_row.values())] if together and by_row else [[one] for one in program]
        for part in chosen:
            number += 1
            writes = [written(*one) for one in part]
            assert done(quick, writes, str(number)) is done(requested, writes, str(number)), part
            assert standing(quick) == standing(requested), part


def played(tables: type[Memory] | type[Requests], monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setattr(decade, "Memory", tables)
    return Simulation(5, credentials=120, days=1_500, outages=10).outcome()


def test_the_same_world_comes_out_of_both_S42_S44_S46(monkeypatch: pytest.MonkeyPatch) -> None:
    quick, requested = played(Memory, monkeypatch), played(Requests, monkeypatch)
    assert quick.happened == requested.happened
    assert quick.lives == requested.lives
    assert quick.complaints == requested.complaints == []
    assert sum(quick.happened.values()) > 200
