"""Exports are written part by part, whoever dies on the way (A5, S42, S46)."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from keyfob.domain.directory.account import Account
from keyfob.domain.directory.export import HEADER, Export
from keyfob.domain.directory.role import Role
from keyfob.domain.messages.kinds import Kind
from keyfob.storage.database import Conflict
from keyfob.storage.directory import exports as rows
from keyfob.storage.directory.exports import Exports
from keyfob.storage.directory.members import Members
from keyfob.storage.messages.store import Lease, OutboxRow
from keyfob.usecases.directory.exporting import ExportWriter, UploadGone, _step
from tests.support.dynamodb import Engine
from tests.support.effort import effort
from tests.support.fakes import Meddler
from tests.support.order_world import OrderWorld
from tests.unit.usecases.directory.test_finding import mass

MANY = 1_000
HUGE = effort(2_000, 100_000)
PART = 16 * 1024


class DiedError(Exception):
    """The worker was killed."""


@dataclass
class FakeFiles:
    """A bucket in memory; it dies after a call of this name."""

    files: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    dies_after: str = ""
    largest: int = 0

    def put(self, file: str, content: bytes) -> None:
        self.files[file] = content
        self._die("put")

    def begin(self, file: str) -> str:
        upload = f"upload-{len(self.uploads) + 1}"
        self.uploads[upload] = {}
        self._die("begin")
        return upload

    def put_part(self, file: str, upload: str, number: int, content: bytes) -> str:
        if upload not in self.uploads:
            raise UploadGone
        self.uploads[upload][number] = content
        self.largest = max(self.largest, len(content))
        self._die("put_part")
        return f"{upload}/{number}"

    def complete(self, file: str, upload: str, parts: tuple[str, ...]) -> None:
        if upload not in self.uploads:
            raise UploadGone
        there = self.uploads.pop(upload)
        assert parts == tuple(f"{upload}/{number}" for number in sorted(there))
        self.files[file] = b"".join(there[number] for number in sorted(there))
        self._die("complete")

    def _die(self, after: str) -> None:
        if self.dies_after == after:
            self.dies_after = ""
            raise DiedError


class Desk:
    """An export that was asked for, and the worker that writes it."""

    def __init__(self, world: OrderWorld) -> None:
        self.world, self.files = world, FakeFiles()
        self.exports = Exports(world.database)
        self.writer = ExportWriter(
            exports=self.exports,
            members=Members(world.database),
            files=self.files,
            transactions=world.base.transactions,
            clock=world.clock,
            part_bytes=PART,
        )
        export = Export(
            id="exp_1",
            organization="acme",
            by="acc_alice",
            until=world.clock().replace(year=2027),
        )
        world.base.transactions.commit(rows.put(export), audit=[], messages=[_step(export, "c")])

    @property
    def export(self) -> Export:
        found = self.exports.get("exp_1")
        assert found
        return found

    def steps(self) -> list[Lease]:
        """The effects that wait, leased."""
        found = [row for row in self.world.queued() if row.kind == Kind.WRITE_EXPORT]
        return [self.lease(row) for row in sorted(found, key=lambda one: int(one.subject_version))]

    def lease(self, row: OutboxRow) -> Lease:
        lease = self.world.outbox.lease(row.pk, self.world.clock())
        assert lease
        return lease

    def work(self) -> int:
        """Do all steps, each again after a death; returns how many were done."""
        done = 0
        while not self.export.ready:
            # A dead worker's lease runs out.
            self.world.clock.advance(minutes=2)
            for lease in self.steps():
                try:
                    done += self.writer.perform(lease)
                except DiedError:
                    continue
                self.world.outbox.finish(lease, self.world.clock())
        return done

    def written(self) -> list[list[str]]:
        """The file's lines."""
        text = self.files.files["exp_1.csv"].decode()
        return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def desk(order_world: OrderWorld) -> Desk:
    return Desk(order_world)


@pytest.fixture
def crowded(desk: Desk, engine: Engine, tables: dict[str, str]) -> Desk:
    """With many accounts."""
    return with_accounts(MANY, desk, engine, tables["members"])


def with_accounts(count: int, desk: Desk, engine: Engine, table: str) -> Desk:
    there = engine.snapshot([table])[table]
    engine.restore({table: [*mass(count), *there]})
    return desk


def people(world: OrderWorld) -> Iterator[Account]:
    yield world.person(first_name="=HYPERLINK(1)", last_name="Byron", user_id="ab1815")
    yield world.person(roles=(Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR), last_name="Abel")
    world.person(organization="bolt")


def test_a_small_organization_s_accounts_are_one_file_by_name_and_harmless_A5_S51(
    desk: Desk,
) -> None:
    formula, abel = people(desk.world)
    assert desk.work() == 1
    [header, *lines] = desk.written()
    assert header == list(HEADER)
    assert lines == [
        [abel.user_id, abel.name, abel.email, "holder organization_administrator", "yes", "", "no"],
        ["ab1815", "'=HYPERLINK(1) Byron", formula.email, "", "yes", "", "no"],
    ]
    assert (desk.export.rows, desk.files.uploads) == (2, {})


def test_a_large_one_s_come_in_parts_each_account_once_A5(crowded: Desk) -> None:
    steps = crowded.work()
    assert steps > 3
    [_, *lines] = crowded.written()
    assert sorted(line[0] for line in lines) == [f"user{number:06d}" for number in range(MANY)]
    assert crowded.export.rows == MANY
    assert crowded.files.largest < PART + 20_000


@pytest.mark.parametrize("after", ["begin", "put_part", "complete"])
def test_a_worker_killed_on_the_way_leaves_a_whole_file_A5_S42(after: str, crowded: Desk) -> None:
    crowded.files.dies_after = after
    crowded.work()
    assert crowded.files.dies_after == ""
    [_, *lines] = crowded.written()
    assert len(lines) == len({line[0] for line in lines}) == MANY
    assert crowded.export.rows == MANY


def test_a_worker_killed_before_its_commit_does_its_part_again_A5_S46(
    crowded: Desk, client: Meddler
) -> None:
    def dies(_operation: Any, _request: Any) -> Any:
        raise DiedError

    client.next("transact_write_items", dies, lambda op, request: op(**request), dies)
    crowded.work()
    assert len(crowded.written()) == MANY + 1


def test_a_small_one_s_worker_killed_after_the_file_writes_it_again_A5(desk: Desk) -> None:
    list(people(desk.world))
    desk.files.dies_after = "put"
    desk.work()
    assert len(desk.written()) == 3


def test_a_step_that_comes_twice_is_done_once_A5_S42(crowded: Desk) -> None:
    [first] = crowded.steps()
    assert crowded.writer.perform(first) is True
    assert crowded.writer.perform(first) is False
    assert (crowded.export.step, len(crowded.export.parts)) == (2, 1)


def test_of_two_attempts_at_one_step_one_is_kept_A5_S42(desk: Desk, client: Meddler) -> None:
    [lease] = desk.steps()

    def other(operation: Any, request: Any) -> Any:
        assert desk.writer.perform(lease) is True
        return operation(**request)

    client.next("transact_write_items", other)
    with pytest.raises(Conflict):
        desk.writer.perform(lease)
    assert desk.export.ready


def test_an_export_that_nobody_can_fetch_any_more_isn_t_written_A5(desk: Desk) -> None:
    [lease] = desk.steps()
    desk.world.clock.now = desk.export.until
    assert desk.writer.perform(lease) is False
    assert desk.files.files == {}


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_step_holds_a_part_in_memory_and_not_the_organization_A5(
    desk: Desk, engine: Engine, tables: dict[str, str]
) -> None:
    """Half of 256 MB, of which the modules that are imported anyway take the rest."""
    crowded = with_accounts(HUGE, desk, engine, tables["members"])
    [first] = crowded.steps()
    # Parts of five megabytes, as they are written to the bucket.
    writer = ExportWriter(
        exports=crowded.exports,
        members=Members(crowded.world.database),
        files=crowded.files,
        transactions=crowded.world.base.transactions,
        clock=crowded.world.clock,
    )
    assert peak(lambda: writer.perform(first)) < 128 * 1024 * 1024
    assert crowded.files.largest < 6 * 1024 * 1024
