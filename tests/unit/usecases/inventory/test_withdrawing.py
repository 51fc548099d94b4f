"""Withdrawing what was imported wrongly, while nobody has it (G1, S64)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.inventory.report import Outcome
from keyfob.domain.inventory.token import TokenState
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Conflict, Database
from keyfob.storage.inventory import store as rows
from keyfob.storage.rows import Subject, Update, Write
from keyfob.usecases.inventory.withdrawing import Withdrawing, Withdrawn
from tests.support.import_world import OPERATOR, ImportWorld
from tests.unit.usecases.inventory.test_importing import (
    Killed,
    in_between,
    killed_at,
    secret,
    table,
)

REASON = "hexadecimal read as base64"
BY = Actor(kind="operator", id="console", reason=REASON)


def withdrawing(world: ImportWorld) -> Withdrawing:
    return Withdrawing(
        inventory=world.inventory, transactions=world.transactions, clock=world.clock
    )


def withdraw(world: ImportWorld, *serials: str) -> Withdrawn:
    return withdrawing(world).serials(serials, by=BY)


def happened(world: ImportWorld, action: str, write: Update) -> None:
    assert write.subject
    entry = Entry(action=action, actor=BY, at=world.clock(), subject=write.subject.id)
    world.transactions.commit(write, audit=[entry])


def state(world: ImportWorld, serial: str) -> str | None:
    return world.token(serial).state


def trail(world: ImportWorld, serial: str) -> list[AuditRow]:
    items = world.database.query(AuditRow, key=("pk", f"TOKEN#{serial}"))
    return [AuditRow.from_raw_data(item) for item in items]


def test_a_free_token_is_withdrawn_and_its_chain_says_why_and_by_whom_S64(
    import_world: ImportWorld,
) -> None:
    batch = import_world.drop("a.csv", table(1, 2, 3)).batch
    done = withdraw(import_world, " ft-00001", "FT-00003", "FT-00003")
    assert done == Withdrawn(withdrawn=2)
    assert [state(import_world, f"FT-0000{one}") for one in (1, 2, 3)] == [
        TokenState.WITHDRAWN,
        None,
        TokenState.WITHDRAWN,
    ]
    assert not import_world.token("FT-00001").is_free
    [entry] = trail(import_world, "FT-00001")
    assert (entry.action, entry.actor_id, entry.facts) == (
        "token.withdrawn",
        "console",
        {"reason": REASON, "batch": batch.id},
    )
    assert import_world.token("FT-00001").subject == Subject(
        id="TOKEN#FT-00001", number=1, head=entry.hash
    )


def test_a_token_that_somebody_has_is_kept_and_named_S64(import_world: ImportWorld) -> None:
    import_world.drop("a.csv", table(1, 2, 3, 4))
    happened(
        import_world, "x", rows.ship_token(import_world.token("FT-00001"), order="SO-1", unit=0)
    )
    for serial in ("FT-00002", "FT-00003"):
        happened(import_world, "x", rows.assign_token(import_world.token(serial), "CREDENTIAL#1"))
    happened(import_world, "x", rows.retire_token(import_world.token("FT-00003")))
    before = import_world.items()
    asked = ["FT-00001", "FT-00002", "FT-00003", "FT-99999"]
    kept = Withdrawn(shipped=asked[:1], registered=asked[1:3], unknown=asked[3:])
    assert withdraw(import_world, *asked) == kept
    assert import_world.items() == before
    assert withdraw(import_world, *asked, "FT-00004").withdrawn == 1


def test_withdrawing_again_changes_nothing_S64(import_world: ImportWorld) -> None:
    import_world.drop("a.csv", table(1))
    withdraw(import_world, "FT-00001")
    before = import_world.items()
    assert withdraw(import_world, "FT-00001") == Withdrawn(already=1)
    assert import_world.items() == before
    assert len(trail(import_world, "FT-00001")) == 1


def test_a_batch_is_withdrawn_some_a_transaction_and_no_other_batch_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_world.drop("a.csv", table(1, 2))
    batch = import_world.drop("b.csv", table(*range(1, 121))).batch
    sizes: list[int] = []
    real = Database.transact

    def transact(self: Database, writes: Sequence[Write], *, token: str) -> None:
        sizes.append(len(writes))
        real(self, writes, token=token)

    with monkeypatch.context() as patched:
        patched.setattr(Database, "transact", transact)
        done = withdrawing(import_world).batch(batch.id, by=BY)
    assert (done, sizes) == (Withdrawn(withdrawn=118), [67, 67, 67, 39])
    assert [state(import_world, f"FT-{one:05d}") for one in (1, 2)] == [None, None]
    assert {state(import_world, f"FT-{one:05d}") for one in range(3, 121)} == {"withdrawn"}
    again = withdrawing(import_world).batch(batch.id, by=BY)
    assert again == Withdrawn(already=118)


def test_only_a_complete_batch_has_tokens_to_withdraw_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = import_world.drop("a.csv", table(1, 1)).batch
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, 3, landed=False, error=Killed)
        with pytest.raises(Killed):
            import_world.drop("b.csv", table(1))
    [importing] = [
        one["pk"]["S"].removeprefix("BATCH#")
        for one in import_world.items()
        if one.get("file", {}).get("S") == "b.csv"
    ]
    for batch in (refused.id, importing):
        with pytest.raises(IllegalTransition):
            withdrawing(import_world).batch(batch, by=BY)
    with pytest.raises(NotFound):
        withdrawing(import_world).batch("0" * 40, by=BY)
    assert withdraw(import_world, "FT-00001") == Withdrawn(unknown=["FT-00001"])


@pytest.mark.parametrize("write", ["shipped", "registered"])
def test_a_token_that_is_given_away_meanwhile_stays_given_S46_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    import_world.drop("a.csv", table(1, 2))
    seen = import_world.token("FT-00001")
    writes = {
        "shipped": rows.ship_token(seen, order="SO-1", unit=0),
        "registered": rows.assign_token(seen, "CREDENTIAL#1"),
    }
    with monkeypatch.context() as patched:
        in_between(patched, 1, lambda: happened(import_world, "x", writes[write]))
        done = withdraw(import_world, "FT-00001", "FT-00002")
    assert done == Withdrawn(withdrawn=1, **{write: ["FT-00001"]})  # type: ignore[arg-type]
    assert state(import_world, "FT-00002") == "withdrawn"


def test_a_withdrawal_meanwhile_stops_whoever_would_give_the_token_away_S46_S64(
    import_world: ImportWorld,
) -> None:
    import_world.drop("a.csv", table(1))
    seen = import_world.token("FT-00001")
    withdraw(import_world, "FT-00001")
    for write in (rows.ship_token(seen, "SO-1", 0), rows.assign_token(seen, "CREDENTIAL#1")):
        with pytest.raises(Conflict):
            happened(import_world, "x", write)


@pytest.mark.parametrize("landed", [False, True])
def test_a_withdrawal_that_is_killed_goes_on_when_it_is_asked_for_again_S46_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    batch = import_world.drop("a.csv", table(*range(1, 121))).batch
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, 2, landed=landed, error=Killed)
        with pytest.raises(Killed):
            withdrawing(import_world).batch(batch.id, by=BY)
    done = withdrawing(import_world).batch(batch.id, by=BY)
    assert (done.withdrawn, done.already) == ((54, 66) if landed else (87, 33))
    assert {len(trail(import_world, f"FT-{one:05d}")) for one in range(1, 121)} == {1}


def test_the_mended_file_brings_withdrawn_tokens_back_with_their_right_secrets_S64(
    import_world: ImportWorld,
) -> None:
    wrong, right = table(*range(1, 121)), table(*range(1, 121), shift=1000)
    first = import_world.drop("wrong.csv", wrong).batch
    assert import_world.drop("right.csv", right).outcome is Outcome.REFUSED
    withdrawing(import_world).batch(first.id, by=BY)
    assert import_world.drop("wrong.csv", wrong).outcome is Outcome.ALREADY_IMPORTED
    assert state(import_world, "FT-00001") == "withdrawn"
    report = import_world.drop("right.csv", right)
    assert (report.outcome, report.batch.added) == (Outcome.IMPORTED, 120)
    assert import_world.secret_of("FT-00120") == secret(1120)
    back = import_world.token("FT-00120")
    assert (back.state, back.is_free, back.owner) == (None, True, report.batch.owner)
    withdrawn, again = trail(import_world, "FT-00120")
    assert (again.action, again.actor_id, again.facts) == (
        "token.imported",
        OPERATOR.id,
        {"batch": report.batch.id},
    )
    assert again.previous == withdrawn.hash
    assert back.subject == Subject(id="TOKEN#FT-00120", number=2, head=again.hash)
    assert withdraw(import_world, "FT-00120") == Withdrawn(withdrawn=1)
    assert import_world.drop("right.csv", right).outcome is Outcome.ALREADY_IMPORTED


def test_a_withdrawn_token_that_a_failed_attempt_took_is_free_for_the_next_S46_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_world.drop("a.csv", table(1))
    withdraw(import_world, "FT-00001")
    late = table(1, *range(201, 320), shift=1000)
    with monkeypatch.context() as patched:
        # It has taken FT-00001 back; then another file takes a serial of its second hundred.
        in_between(patched, 4, lambda: import_world.drop("fast.csv", table(319)))
        assert import_world.drop("late.csv", late).outcome is Outcome.REFUSED
    assert import_world.inventory.token("FT-00001") is None
    assert withdraw(import_world, "FT-00001") == Withdrawn(unknown=["FT-00001"])
    assert import_world.drop("next.csv", table(1, shift=5)).outcome is Outcome.IMPORTED
    assert import_world.secret_of("FT-00001") == secret(6)
    assert [one.action for one in trail(import_world, "FT-00001")] == [
        "token.withdrawn",
        "token.imported",
        "token.imported",
    ]


def test_a_withdrawn_token_goes_to_one_of_two_imports_at_once_S30_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_world.drop("a.csv", table(1))
    withdraw(import_world, "FT-00001")
    with monkeypatch.context() as patched:
        in_between(patched, 2, lambda: import_world.drop("fast.csv", table(1, shift=5)))
        report = import_world.drop("late.csv", table(1, shift=9))
    assert report.outcome is Outcome.REFUSED
    assert import_world.secret_of("FT-00001") == secret(6)


def test_an_import_of_withdrawn_tokens_that_is_killed_goes_on_S46_S64(
    import_world: ImportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = range(1, 101)
    first = import_world.drop("a.csv", table(*numbers)).batch
    withdrawing(import_world).batch(first.id, by=BY)
    right = table(*numbers, 101, shift=1000)
    with monkeypatch.context() as patched:
        killed_at(import_world, patched, 3, landed=False, error=Killed)
        with pytest.raises(Killed):
            import_world.drop("b.csv", right)
    assert import_world.drop("b.csv", right).batch.added == 101
    assert {len(trail(import_world, f"FT-{one:05d}")) for one in numbers} == {2}
