"""The daily check of what is new, over real tables (S59)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.check import Check
from keyfob.domain.audit.entry import Actor, Entry, alone, follow
from keyfob.domain.audit.heads import Head
from keyfob.storage.audit import store as audit_store
from keyfob.storage.audit.store import AuditRow, AuditStore, recorded
from keyfob.storage.audit.subjects import Subjects
from keyfob.storage.database import Database
from keyfob.storage.orders.order_row import OrderRow
from keyfob.usecases.audit.checking import Checking
from keyfob.usecases.audit.documents import Documents
from keyfob.usecases.audit.sealing import Sealing
from keyfob.usecases.audit.verification import Verification
from tests.support.carts import items
from tests.support.dynamodb import Client, Engine
from tests.support.fakes import START, FakeClock, FakeVault, Meddler
from tests.support.order_world import OrderWorld

EVE = Actor(kind="account", id="acc_eve")


@pytest.fixture
def checking(
    database: Database, heads: Documents[Head], checks: Documents[Check], clock: FakeClock
) -> Checking:
    return Checking(AuditStore(database), heads, checks, Subjects(database), clock)


def daily(checking: Checking) -> tuple[str, ...]:
    """A run; returns its faults."""
    check = checking.check()
    checking.keep(check)
    return check.faults


class Forger:
    """Somebody with every right on the tables, but without the key and the bucket."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._client: Any = database._client

    def order(self) -> str:
        """The subject of the oldest order."""
        rows = [AuditRow.from_raw_data(item) for item in self.database.scan(AuditRow)]
        placed = [row for row in rows if row.action == "order.placed"]
        return str(min(placed, key=lambda row: row.at).pk)

    def entries(self, subject: str) -> list[AuditRow]:
        """A subject's entries, in order."""
        found = self.database.query(AuditRow, key=("pk", subject))
        return [AuditRow.from_raw_data(item) for item in found]

    def append(self, subject: str, at: datetime) -> None:
        """One more entry of this instant, and the row adapted to it."""
        number, head = AuditStore(self.database).last(subject) or (0, "0" * 64)
        forged = follow(
            Entry(action="order.canceled", actor=EVE, at=at, subject=subject),
            number=number,
            head=head,
        )
        self.database.write(audit_store.put(forged))
        self.point(subject, forged.number, forged.hash)

    def sign_in(self, at: datetime) -> None:
        """An entry without subject."""
        entry = Entry(action="session.begun", actor=EVE, at=at)
        self.database.write(audit_store.put(alone(entry)))

    def point(self, subject: str, version: int, head: str) -> None:
        """Let the subject's row claim this end of its chain."""
        request = OrderRow(subject, "-").get_update_kwargs_from_instance(
            actions=[OrderRow.version.set(version), OrderRow.head.set(head)]
        )
        self._client.update_item(**self.database._named(request))

    def overwrite(self, row: AuditRow, **values: Any) -> None:
        """Put this entry with other values."""
        for name, value in values.items():
            setattr(row, name, value)
        self._client.put_item(**self.database._named(row.get_save_kwargs_from_instance()))

    def remove(self, row: AuditRow) -> None:
        """Delete this entry."""
        key = {"pk": {"S": row.pk}, "sk": {"S": row.sk}}
        self._client.delete_item(TableName=self.database._tables["audit"], Key=key)


@pytest.fixture
def forger(history: Database) -> Forger:
    return Forger(history)


@pytest.fixture
def more(
    order_world: OrderWorld, history: Database, sealing: Sealing, clock: FakeClock
) -> Callable[[], None]:
    """Another hour passes, with another order, and is sealed."""

    def pass_on() -> None:
        order_world.paid(order_world.person(), items=items(phone=1))
        clock.advance(hours=1, minutes=10)
        sealing.seal()

    return pass_on


def test_a_first_check_begins_with_the_first_head_and_the_next_one_has_nothing_new_S59(
    history: Database, checking: Checking, positions: FakeVault
) -> None:
    first = checking.check()
    assert (first.hour, first.heads, first.faults) == ("2026-11-22T08", 2, ())
    checking.keep(first)
    again = checking.check()
    assert (again.hour, again.head, again.heads) == (first.hour, first.head, 0)
    assert (again.entries, again.faults) == (0, ())
    checking.keep(again)
    assert list(positions.documents) == ["2026-11-22T08"]


def test_every_check_goes_on_after_the_last_verified_head_S59(
    checking: Checking, more: Callable[[], None], positions: FakeVault
) -> None:
    assert daily(checking) == ()
    more()
    check = checking.check()
    assert (check.heads, check.hour, check.faults) == (2, "2026-11-22T10", ())
    checking.keep(check)
    assert list(positions.documents) == ["2026-11-22T08", "2026-11-22T10"]


def test_a_check_that_died_before_it_was_kept_is_repeated_S59(
    history: Database, checking: Checking
) -> None:
    assert checking.check() == checking.check()


def test_a_long_history_is_checked_in_several_runs_S59(
    checking: Checking, more: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keyfob.usecases.audit.checking._HOURS_A_RUN", 3)
    more()
    checks = []
    for _ in range(3):
        checks.append(checking.check())
        checking.keep(checks[-1])
    assert [one.heads for one in checks] == [3, 1, 0]
    assert [one.faults for one in checks] == [(), (), ()]


def items_of(answer: dict[str, Any]) -> int:
    """The number of items in an answer of DynamoDB."""
    several = [answer.get("Items", ()), *answer.get("Responses", {}).values()]
    return sum(map(len, several)) + ("Item" in answer)


def test_reads_and_memory_follow_what_is_new_S59(
    *,
    order_world: OrderWorld,
    sealing: Sealing,
    heads: Documents[Head],
    checks: Documents[Check],
    vault: FakeVault,
    positions: FakeVault,
    clock: FakeClock,
    engine: Engine,
    tables: dict[str, str],
) -> None:
    """At ten times the history a run makes the same requests, and reads as many items and heads."""
    read: Counter[str] = Counter()

    def note(operation: str, answer: dict[str, Any]) -> None:
        read[operation] += 1
        read["items"] += items_of(answer)

    watched = Database(Client(engine, note), tables)  # type: ignore[arg-type]
    checking = Checking(AuditStore(watched), heads, checks, Subjects(watched), clock)
    buyer = order_world.person()
    unpaid = order_world.order(buyer)
    clock.advance(minutes=10)

    def day() -> tuple[Counter[str], int]:
        """An order is placed, the one of the day before is paid; sealed and checked at its end."""
        nonlocal unpaid
        yesterdays, unpaid = unpaid, order_world.order(order_world.person())
        order_world.pay(yesterdays)
        clock.advance(days=1)
        sealing.seal()
        read.clear()
        vault.reads = positions.reads = 0
        assert daily(checking) == ()
        return read + Counter(heads=vault.reads, positions=positions.reads), len(vault.documents)

    for _ in range(8):
        short, few = day()
    for _ in range(72):
        long, many = day()
    assert many == 10 * few
    assert long == short
    assert short["heads"] == 24 + 2  # the new ones, the last checked, yesterday's order's


def test_an_entry_appended_to_a_checked_hour_is_found_with_the_next_of_its_chain_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], order_world: OrderWorld
) -> None:
    subject = forger.order()
    daily(checking)
    forger.append(subject, START + timedelta(minutes=30))
    more()
    assert daily(checking) == ()
    forger.append(subject, order_world.clock())
    more()
    forged = len(forger.entries(subject)) - 1
    assert daily(checking) == (
        f"{subject}: entry {forged} was filed under 2026-11-22T07 after it was sealed",
    )


Attack = Callable[[Forger], object]


def append_to_a_chain(forger: Forger) -> None:
    forger.append(forger.order(), START + timedelta(minutes=30))


def begin_a_chain(forger: Forger) -> None:
    forger.append("ORDER#SO-999", START + timedelta(minutes=30))


def make_up_a_sign_in(forger: Forger) -> None:
    forger.sign_in(START + timedelta(minutes=30))


def change_an_entry(forger: Forger) -> None:
    forger.overwrite(forger.entries(forger.order())[1], actor_id="acc_eve")


def change_an_entry_and_its_hash(forger: Forger) -> None:
    row = forger.entries(forger.order())[1]
    row.actor_id = "acc_eve"
    forger.overwrite(row, hash=recorded(row).hash)


def remove_an_entry(forger: Forger) -> None:
    forger.remove(forger.entries(forger.order())[1])


def remove_the_last_entry_and_adapt_the_row(forger: Forger) -> None:
    *_, last_but_one, last = forger.entries(forger.order())
    forger.remove(last)
    forger.point(last.pk, int(last_but_one.number), last_but_one.hash)


def raise_a_version(forger: Forger) -> None:
    last = forger.entries(forger.order())[-1]
    forger.point(last.pk, int(last.number) + 1, last.hash)


def lower_a_version(forger: Forger) -> None:
    before = forger.entries(forger.order())[-2]
    forger.point(before.pk, int(before.number), before.hash)


def double_an_entry_beside_its_chain(forger: Forger) -> None:
    row = forger.entries(forger.order())[0]
    forger.overwrite(row, sk="!")


def exchange_two_instants(forger: Forger) -> None:
    """Of the first two entries, with every hash and the row adapted."""
    rows = forger.entries(forger.order())
    rows[0].at, rows[1].at = "2026-11-22T07:30:00+00:00", "2026-11-22T07:00:00+00:00"
    head = "0" * 64
    for row in rows:
        row.previous = head
        head = recorded(row).hash
        forger.overwrite(row, hash=head)
    forger.point(rows[0].pk, len(rows), head)


ATTACKS = [
    append_to_a_chain,
    begin_a_chain,
    make_up_a_sign_in,
    change_an_entry,
    change_an_entry_and_its_hash,
    remove_an_entry,
    remove_the_last_entry_and_adapt_the_row,
    raise_a_version,
    lower_a_version,
    double_an_entry_beside_its_chain,
    exchange_two_instants,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_change_of_what_is_new_is_found_once_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], attack: Attack
) -> None:
    attack(forger)
    assert daily(checking)
    more()
    assert daily(checking) == ()


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_check_of_everything_finds_the_same_after_the_daily_one_has_passed_S59(
    checking: Checking, forger: Forger, verification: Verification, attack: Attack
) -> None:
    assert daily(checking) == ()
    attack(forger)
    assert daily(checking) == ()
    subjects = Subjects(forger.database)
    assert verification.verify(dict(subjects.all()), subjects).faults


def test_instants_exchanged_before_the_hour_is_sealed_are_found_S59(
    order_world: OrderWorld, sealing: Sealing, checking: Checking, clock: FakeClock
) -> None:
    order_world.paid(order_world.person(), items=items(phone=1))
    exchange_two_instants(forger := Forger(order_world.database))
    clock.advance(hours=1, minutes=10)
    sealing.seal()
    assert daily(checking) == (f"{forger.order()}: entry 2 is dated before entry 1",)


def test_a_changed_predecessor_is_found_with_the_next_entry_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], clock: FakeClock
) -> None:
    daily(checking)
    last = forger.entries(forger.order())[-1]
    forger.append(last.pk, clock())
    forger.overwrite(last, actor_id="acc_eve")
    more()
    assert daily(checking) == (f"{last.pk}: entry {int(last.number)} was changed",)
    forger.append(last.pk, clock())
    forger.remove(forger.entries(last.pk)[-2])
    more()
    assert daily(checking) == (f"{last.pk}: entry {int(last.number) + 1} is missing",)


def test_a_predecessor_computed_anew_is_found_with_the_next_entry_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], clock: FakeClock
) -> None:
    daily(checking)
    last = forger.entries(forger.order())[-1]
    last.actor_id = "acc_eve"
    forger.overwrite(last, hash=recorded(last).hash)
    forger.append(last.pk, clock())
    more()
    assert daily(checking) == (
        f"{last.pk}: entry {int(last.number)} was filed under {last.hour[:13]} after it was sealed",
    )


def test_a_predecessor_of_an_hour_without_head_is_found_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], clock: FakeClock
) -> None:
    daily(checking)
    subject = forger.order()
    forger.append(subject, datetime(2020, 1, 1, tzinfo=UTC))
    forger.append(subject, clock())
    more()
    number = len(forger.entries(subject)) - 1
    assert daily(checking) == (f"{subject}: entry {number} is under no head",)


def test_a_changed_sign_in_is_found_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], clock: FakeClock
) -> None:
    daily(checking)
    forger.sign_in(clock())
    more()
    [row] = forger.entries("ACTOR#acc_eve")
    forger.overwrite(row, address="198.18.0.9")
    assert daily(checking) == ("ACTOR#acc_eve: entry 0 was changed",)


def test_hours_that_overlap_by_seconds_are_no_fault_S59(
    *,
    checking: Checking,
    forger: Forger,
    more: Callable[[], None],
    sealing: Sealing,
    clock: FakeClock,
) -> None:
    """One machine's clock is three seconds behind: a later entry is of the hour before."""
    daily(checking)
    subject = forger.order()
    clock.now = datetime.fromisoformat("2026-11-22T11:00:01+00:00")
    forger.append(subject, clock())
    forger.append(subject, clock() - timedelta(seconds=3))
    clock.advance(minutes=15)
    assert sealing.seal() == 2
    check = checking.check()
    assert (check.hour, check.faults) == ("2026-11-22T10", ())
    checking.keep(check)
    more()
    assert daily(checking) == ()
    forger.append(subject, clock())
    more()
    assert daily(checking) == ()


def test_a_row_that_changes_during_the_check_is_no_fault_S59(
    checking: Checking, forger: Forger, client: Meddler, clock: FakeClock
) -> None:
    """An entry is added between reading a chain and reading its row."""
    subject = forger.order()

    def after_one_more(operation: Any, request: dict[str, Any]) -> Any:
        forger.append(subject, clock())
        return operation(**request)

    gets = len(client.requests("get_item"))
    assert checking.check().faults == ()
    keys = [request["Key"]["pk"]["S"] for request in client.requests("get_item")[gets:]]
    place = keys.index(subject)
    client.next("get_item", *[lambda get, request: get(**request)] * place, after_one_more)
    assert checking.check().faults == ()


def test_a_head_that_is_gone_is_found_S59(
    checking: Checking, more: Callable[[], None], vault: FakeVault, clock: FakeClock
) -> None:
    """Object Lock keeps heads; here somebody got around it."""
    first = vault.documents.pop("2026-11-22T07")
    assert daily(checking) == ("the head of 2026-11-22T08 doesn't follow the one before it",)
    vault.documents["2026-11-22T07"] = first
    more()
    last = vault.documents.pop("2026-11-22T10")
    clock.advance(hours=4)
    assert daily(checking) == ("no hour after 2026-11-22T09 was sealed",)
    vault.documents["2026-11-22T10"] = last
    assert daily(checking) == ("no hour after 2026-11-22T10 was sealed",)
    del vault.documents["2026-11-22T10"]
    assert "the head of 2026-11-22T10 is not the one that was checked" in daily(checking)


@pytest.mark.parametrize("content", [b"forged", b"[]", b'{"content": 1}', b"{}"])
def test_a_head_that_is_none_is_found_S59(
    history: Database, checking: Checking, vault: FakeVault, content: bytes
) -> None:
    vault.documents["2026-11-22T08"] = content
    vault.tried = ["2026-11-22T08"]
    assert daily(checking) == (
        "somebody tried to hide or replace the head of 2026-11-22T08",
        "the head of 2026-11-22T08 is not signed by us",
    )


def test_a_position_rolled_back_makes_a_check_longer_S59(
    checking: Checking, forger: Forger, more: Callable[[], None], positions: FakeVault
) -> None:
    daily(checking)
    more()
    append_to_a_chain(forger)
    assert daily(checking) == ()
    positions.documents.clear()
    assert len(daily(checking)) == 1


def forged(positions: FakeVault) -> bytes:
    """The position of another hour, with the signature of a real one."""
    envelope = json.loads(positions.documents["2026-11-22T08"])
    envelope["content"] = envelope["content"].replace("2026-11-22T08", "2026-11-22T10")
    return json.dumps(envelope).encode()


def renamed(positions: FakeVault) -> bytes:
    return positions.documents["2026-11-22T08"]


@pytest.mark.parametrize("forgery", [forged, renamed, lambda _: b"forged"])
def test_a_position_rolled_forward_is_found_and_disregarded_S59(
    checking: Checking,
    more: Callable[[], None],
    positions: FakeVault,
    forgery: Callable[[FakeVault], bytes],
) -> None:
    daily(checking)
    more()
    positions.documents["2026-11-22T10"] = forgery(positions)
    check = checking.check()
    assert check.faults == ("the check of 2026-11-22T10 is not signed by us",)
    assert check.heads == 2


def test_a_head_is_no_position_and_a_position_no_head_S59(
    checking: Checking, vault: FakeVault, positions: FakeVault, history: Database
) -> None:
    daily(checking)
    positions.documents["2026-11-22T07"] = vault.documents["2026-11-22T07"]
    vault.documents["2026-11-22T09"] = positions.documents["2026-11-22T08"]
    assert daily(checking) == (
        "the check of 2026-11-22T07 is not signed by us",
        "the head of 2026-11-22T09 is not signed by us",
    )


def test_a_position_of_another_head_is_found_and_disregarded_S59(
    checking: Checking,
    checks: Documents[Check],
    verification: Verification,
    history: Database,
) -> None:
    checks.add(Check(hour="2026-11-22T08", head="f" * 64, heads=2))
    subjects = Subjects(history)
    assert verification.verify(dict(subjects.all()), subjects).faults == (
        "the check of 2026-11-22T08 verified another head",
    )
    check = checking.check()
    assert check.faults == ("the head of 2026-11-22T08 is not the one that was checked",)
    assert check.heads == 2


def test_hidden_positions_are_found_by_both_checks_S59(
    checking: Checking, verification: Verification, history: Database, positions: FakeVault
) -> None:
    daily(checking)
    positions.tried = ["2026-11-22T08"]
    fault = "somebody tried to hide or replace the check of 2026-11-22T08"
    subjects = Subjects(history)
    assert daily(checking) == (fault,)
    assert verification.verify(dict(subjects.all()), subjects).faults == (fault,)
