"""Sealing closed hours and checking everything, over a real table."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.audit.heads import Head, hour_of
from keyfob.storage.audit.store import AuditRow, recorded
from keyfob.storage.audit.subjects import Subjects
from keyfob.storage.database import Database
from keyfob.storage.orders.order_row import OrderRow
from keyfob.usecases.audit.documents import DocumentExists, Documents
from keyfob.usecases.audit.sealing import Sealing
from keyfob.usecases.audit.verification import Verdict, Verification
from tests.support.fakes import FakeClock, FakeVault
from tests.support.order_world import OrderWorld


def faults(verification: Verification, database: Database) -> tuple[str, ...]:
    return verified(verification, database).faults


def verified(verification: Verification, database: Database) -> Verdict:
    subjects = Subjects(database)
    return verification.verify(dict(subjects.all()), subjects)


def meddle(database: Database, row: AuditRow, **values: Any) -> None:
    """Overwrites an entry, which no role may do."""
    for name, value in values.items():
        setattr(row, name, value)
    request = database._named(row.get_save_kwargs_from_instance())
    database._client.put_item(**request)


def entry(database: Database, action: str) -> AuditRow:
    rows = [AuditRow.from_raw_data(item) for item in database.scan(AuditRow)]
    return sorted((row for row in rows if row.action == action), key=lambda row: row.at)[0]


def test_an_untouched_trail_is_intact_S48(history: Database, verification: Verification) -> None:
    verdict = verified(verification, history)
    assert verdict.faults == ()
    assert (verdict.heads, verdict.entries) == (2, len(list(history.scan(AuditRow))))


def test_an_hour_is_sealed_once_and_only_after_it_has_settled_S48(
    order_world: OrderWorld, sealing: Sealing, vault: FakeVault, clock: FakeClock
) -> None:
    clock.advance(minutes=69)
    assert sealing.seal() == 0
    clock.advance(minutes=1)
    assert sealing.seal() == 1
    assert sealing.seal() == 0
    assert list(vault.documents) == ["2026-11-22T07"]


def before_the_first(vault: FakeVault, act: Callable[[], object]) -> None:
    """Let `act` happen just before the next document is stored."""
    add = vault.add

    def fault(name: str, content: bytes) -> None:
        vault.add = add  # type: ignore[method-assign]
        act()
        add(name, content)

    vault.add = fault  # type: ignore[method-assign]


def test_a_run_that_comes_later_ends_quietly_with_the_same_head_S44(
    history: Database,
    sealing: Sealing,
    verification: Verification,
    vault: FakeVault,
    clock: FakeClock,
) -> None:
    clock.advance(hours=4)
    before_the_first(vault, sealing.seal)
    assert sealing.seal() == 0
    assert len(vault.documents) == 6
    assert faults(verification, history) == ()


def test_a_run_that_finds_another_head_than_its_own_says_so_S48(
    history: Database, sealing: Sealing, heads: Documents[Head], vault: FakeVault, clock: FakeClock
) -> None:
    """Somebody has changed an entry between the two, or computes heads otherwise."""
    clock.advance(hours=4)
    last = heads.last(clock())
    assert last
    hour = hour_of(clock() - timedelta(hours=4))
    other = replace(last, hour=hour, previous=last.hash, alone_count=99)
    before_the_first(vault, lambda: heads.add(other))
    with pytest.raises(DocumentExists, match=hour):
        sealing.seal()
    assert list(history.scan(AuditRow))


def test_skipped_runs_catch_up_and_empty_hours_are_sealed_too_S44(
    history: Database,
    sealing: Sealing,
    verification: Verification,
    vault: FakeVault,
    clock: FakeClock,
) -> None:
    clock.advance(hours=4)
    assert sealing.seal() == 4
    assert len(vault.documents) == 6
    assert faults(verification, history) == ()


def test_a_long_silence_is_caught_up_in_several_runs_S44(
    history: Database,
    sealing: Sealing,
    verification: Verification,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("keyfob.usecases.audit.sealing._HOURS_A_RUN", 3)
    clock.advance(hours=5)
    assert [sealing.seal(), sealing.seal(), sealing.seal()] == [3, 2, 0]
    assert faults(verification, history) == ()


TAMPERINGS: list[dict[str, Any]] = [
    {"action": "order.canceled"},
    {"actor_id": "acc_eve"},
    {"address": "203.0.113.9"},
    {"at": "2026-11-22T07:00:01+00:00"},
    {"facts": {"total": 1}},
    {"previous": "f" * 64},
    {"number": 7},
    {"hash": "f" * 64},
    {"hour": "2026-11-22T05#0"},
]


def test_every_change_in_an_entry_is_found_S48(
    history: Database, verification: Verification
) -> None:
    for tampering in TAMPERINGS:
        kept = entry(history, "order.paid")
        meddle(history, entry(history, "order.paid"), **tampering)
        assert faults(verification, history), tampering
        meddle(history, kept)
    assert faults(verification, history) == ()


def test_an_overwritten_entry_with_a_fitting_hash_is_found_S48(
    history: Database, verification: Verification
) -> None:
    row = entry(history, "order.paid")
    row.actor_id = "acc_eve"
    meddle(history, row, hash=recorded(row).hash)
    assert faults(verification, history)


def test_a_deleted_entry_is_found_S48(history: Database, verification: Verification) -> None:
    row = entry(history, "license_key.minted")
    key = {"pk": {"S": row.pk}, "sk": {"S": row.sk}}
    history._client.delete_item(TableName=history._tables["audit"], Key=key)
    assert faults(verification, history)


def test_a_head_without_our_signature_is_found_S48(
    history: Database, verification: Verification, vault: FakeVault
) -> None:
    name, envelope = sorted(vault.documents.items())[1]
    forged = json.loads(envelope)
    forged["content"] = forged["content"].replace('"alone_count":0', '"alone_count":1')
    assert forged != json.loads(envelope)
    vault.documents[name] = json.dumps(forged).encode()
    assert f"the head of {name} is not signed by us" in faults(verification, history)


def test_a_head_under_another_name_is_found_S48(
    history: Database, verification: Verification, vault: FakeVault
) -> None:
    last = max(vault.documents)
    vault.documents["2026-11-22T23"] = vault.documents.pop(last)
    assert any("is not signed by us" in fault for fault in faults(verification, history))


def test_every_audited_row_is_compared_with_its_chain_S48(history: Database) -> None:
    subjects = Subjects(history)
    everything = dict(subjects.all())
    kinds = {subject.split("#")[0] for subject in everything}
    assert kinds == {
        *("ACCOUNT", "ORGANIZATION", "PARTNER", "PRODUCT", "ORDER", "KEY"),
        "SUBSCRIPTION",
    }
    assert all(subjects.position(one) == position for one, position in everything.items())
    assert subjects.position("ORDER#unknown") is None


def test_a_row_that_was_put_back_is_found_S48(
    history: Database, verification: Verification
) -> None:
    subject = next(one for one, _ in Subjects(history).all() if one.startswith("ORDER#"))
    request = OrderRow(subject, "-").get_update_kwargs_from_instance(
        actions=[OrderRow.version.set(1)]
    )
    history._client.update_item(**history._named(request))
    assert faults(verification, history) == (f"{subject}: its row and its chain end differently",)


def test_a_row_that_is_gone_with_its_chain_still_there_is_found_S48(
    history: Database, verification: Verification
) -> None:
    subject = next(one for one, _ in Subjects(history).all() if one.startswith("KEY#"))
    key = {"pk": {"S": subject}, "sk": {"S": "-"}}
    history._client.delete_item(TableName=history._tables["orders"], Key=key)
    assert faults(verification, history) == (f"{subject}: its row and its chain end differently",)


def test_a_change_while_it_is_checked_is_no_fault(
    order_world: OrderWorld, history: Database, verification: Verification
) -> None:
    account = order_world.person()
    order = order_world.order(account)
    rows = dict(Subjects(history).all())
    order_world.pay(order)
    later = order_world.order(account)
    assert later.subject not in rows
    assert verification.verify(rows, Subjects(history)).faults == ()


def test_hours_that_were_never_sealed_are_reported_S48(
    order_world: OrderWorld, sealing: Sealing, verification: Verification, clock: FakeClock
) -> None:
    order_world.person()
    clock.advance(hours=3)
    assert faults(verification, order_world.database) == ()
    clock.advance(hours=1)
    assert faults(verification, order_world.database) == (
        "the entries of 2026-11-22T07 are under no head",
    )
    sealing.seal()
    assert faults(verification, order_world.database) == ()


def test_an_entry_filed_before_the_first_head_is_found_S48(
    history: Database, verification: Verification
) -> None:
    row = next(AuditRow.from_raw_data(item) for item in history.scan(AuditRow))
    row.pk, row.sk = f"ACTOR#{row.actor_id}", "forged"
    forged = replace(recorded(row).entry, at=datetime(2020, 1, 1, tzinfo=UTC))
    meddle(
        history, row, at=forged.at.isoformat(), number=0, previous=GENESIS, hour="2020-01-01T00#0"
    )
    meddle(history, row, hash=recorded(row).hash)
    assert faults(verification, history) == ("the entries of 2020-01-01T00 are under no head",)


def test_an_attempt_to_replace_a_head_is_reported_S48(
    history: Database, verification: Verification, vault: FakeVault
) -> None:
    vault.tried = ["2026-11-22T07"]
    [fault] = faults(verification, history)
    assert "2026-11-22T07" in fault
