"""Claim, lease, release, die, revive, finish."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keyfob.domain import due_index as index
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.storage.database import Conflict, Database
from keyfob.storage.messages.store import Lease, OutboxRow, OutboxStore, put, revive
from tests.support.fakes import START, FakeClock, Meddler

MESSAGE = Message(
    kind=Kind.LICENSE_KEY,
    subject="KEY#1",
    version=1,
    recipient="acc_ada",
    facts={"order": "SO-1", "unit": 0},
    sealed=b"sealed",
    correlation="req-1",
)
LEASE = Policy().outbox_lease


@pytest.fixture
def outbox(database: Database, policy: Policy) -> OutboxStore:
    database.write(put(MESSAGE, START, patience=policy.outbox_patience))
    return OutboxStore(database, policy)


def lease(outbox: OutboxStore, now: Any = START) -> Lease:
    leased = outbox.lease(MESSAGE.id, now)
    assert leased
    return leased


def row(database: Database) -> OutboxRow:
    found = database.get(OutboxRow, MESSAGE.id, "-")
    assert found
    return found


def test_a_claim_has_the_whole_message(outbox: OutboxStore) -> None:
    leased = lease(outbox)
    assert (leased.message, leased.attempt, leased.id) == (MESSAGE, 1, MESSAGE.id)


def test_one_worker_at_a_time_has_a_message_S42(outbox: OutboxStore) -> None:
    lease(outbox)
    assert outbox.lease(MESSAGE.id, START + LEASE - timedelta(seconds=1)) is None
    assert lease(outbox, START + LEASE).attempt == 2


def test_one_of_two_workers_that_read_the_same_row_gets_it_S42(
    outbox: OutboxStore, client: Meddler
) -> None:
    def another_claims(operation: Any, request: Any) -> Any:
        lease(outbox)
        return operation(**request)

    client.next("update_item", another_claims)
    assert outbox.lease(MESSAGE.id, START) is None


def test_a_message_kept_meanwhile_is_not_claimed_again_S42(
    outbox: OutboxStore, client: Meddler
) -> None:
    """Its worker was slow: the lease ran out, but the message was sent."""
    slow = lease(outbox)

    def kept_at_last(operation: Any, request: Any) -> Any:
        outbox.finish(slow, START + LEASE)
        return operation(**request)

    client.next("update_item", kept_at_last)
    assert outbox.lease(MESSAGE.id, START + LEASE) is None


def test_a_kept_message_loses_its_secret_and_its_place_in_the_due_index_S17(
    outbox: OutboxStore, database: Database, policy: Policy
) -> None:
    outbox.finish(lease(outbox), START)
    done = row(database)
    assert done.state == "done"
    assert not any((done.sealed, done.g1pk, done.g1sk))
    assert done.expires == int((START + policy.outbox_kept).timestamp())
    assert outbox.lease(MESSAGE.id, START + LEASE) is None


def test_an_unknown_message_leaves_nothing_to_do(outbox: OutboxStore) -> None:
    assert outbox.lease("msg_unknown", START) is None


def use_up(outbox: OutboxStore, clock: FakeClock, attempts: int) -> list[bool]:
    """Fails this many attempts, each as soon as it is due."""
    died = []
    for _ in range(attempts):
        died.append(outbox.postpone(lease(outbox, clock.now), clock.now))
        clock.advance(hours=12)
    return died


def test_a_failed_attempt_is_due_again_later_and_keeps_its_secret_S50(
    outbox: OutboxStore, database: Database, clock: FakeClock
) -> None:
    assert outbox.postpone(lease(outbox), START) is False
    failed = row(database)
    assert failed.g1sk == f"2026-11-22T07:01:00Z#{MESSAGE.id}"
    assert failed.sealed == b"sealed"
    assert outbox.lease(MESSAGE.id, clock.advance(seconds=59)) is None
    assert lease(outbox, clock.advance(seconds=1)).attempt == 2


def test_each_wait_is_longer_and_a_days_silence_is_outlived_S50(
    outbox: OutboxStore, database: Database, clock: FakeClock, policy: Policy
) -> None:
    waits = []
    for _ in range(policy.outbox_attempts - 1):
        outbox.postpone(lease(outbox, clock.now), clock.now)
        due = datetime.fromisoformat(str(row(database).g1sk).split("#")[0])
        waits.append(due - clock.now)
        clock.now = due
    assert waits == sorted(set(waits))
    assert timedelta(hours=12) < clock.now - START < timedelta(days=1)


def test_after_the_last_attempt_it_is_dead_B5(
    outbox: OutboxStore, database: Database, clock: FakeClock, policy: Policy
) -> None:
    died = use_up(outbox, clock, policy.outbox_attempts)
    assert died == [False] * (policy.outbox_attempts - 1) + [True]
    dead = row(database)
    assert (dead.state, dead.sealed) == ("dead", b"sealed")
    assert outbox.lease(MESSAGE.id, clock.now) is None


def test_an_operator_revives_the_dead_at_once_and_nothing_else_G3(
    outbox: OutboxStore, database: Database, clock: FakeClock, policy: Policy
) -> None:
    with pytest.raises(Conflict):
        database.write(revive(MESSAGE.id, START))
    with pytest.raises(Conflict):
        database.write(revive("msg_unknown", START))
    use_up(outbox, clock, policy.outbox_attempts)
    database.write(revive(MESSAGE.id, START))
    revived = row(database)
    assert (revived.state, revived.attempts) == ("pending", 0)
    assert "finished_at" not in revived.attribute_values
    assert revived.g1sk == f"2026-11-22T07:00:00Z#{MESSAGE.id}"
    assert lease(outbox).attempt == 1


def died(outbox: OutboxStore, clock: FakeClock, policy: Policy) -> datetime:
    """When it died."""
    use_up(outbox, clock, policy.outbox_attempts)
    return clock.now - timedelta(hours=12)


MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)


def test_a_dead_messages_secret_is_due_to_be_erased_after_a_month_S17(
    outbox: OutboxStore, database: Database, clock: FakeClock, policy: Policy
) -> None:
    end = died(outbox, clock, policy) + MONTH
    assert row(database).g1sk == index.sort_key(end, MESSAGE.id)
    assert not outbox.erase_secret(MESSAGE.id, end - SECOND)
    assert row(database).sealed == b"sealed"
    assert outbox.erase_secret(MESSAGE.id, end)
    erased = row(database)
    assert erased.state == "dead"
    assert not any((erased.sealed, erased.g1pk, erased.g1sk))
    assert not outbox.erase_secret(MESSAGE.id, end), "once"


def test_a_message_whose_secret_was_erased_is_not_revived_S17(
    outbox: OutboxStore, database: Database, clock: FakeClock, policy: Policy
) -> None:
    assert outbox.erase_secret(MESSAGE.id, died(outbox, clock, policy) + MONTH)
    with pytest.raises(Conflict):
        database.write(revive(MESSAGE.id, clock.now))


def test_a_revived_messages_secret_is_not_erased_S17(
    outbox: OutboxStore, database: Database, clock: FakeClock, policy: Policy, client: Meddler
) -> None:
    """Also if the operator is faster by a moment."""
    end = died(outbox, clock, policy) + MONTH

    def revived_first(operation: Any, request: Any) -> Any:
        database.write(revive(MESSAGE.id, end))
        return operation(**request)

    client.next("update_item", revived_first)
    assert not outbox.erase_secret(MESSAGE.id, end)
    assert (row(database).state, row(database).sealed) == ("pending", b"sealed")
    assert not outbox.erase_secret(MESSAGE.id, end)


@pytest.mark.parametrize(
    ("left", "kept"),
    [(timedelta(days=3), True), (timedelta(seconds=1), True), (timedelta(0), False)],
)
def test_a_secret_that_grants_nothing_any_more_does_not_outlive_its_message_S17(
    left: timedelta, kept: bool, database: Database, clock: FakeClock, policy: Policy
) -> None:
    message = Message(
        kind=Kind.TEMPORARY_PASSWORD,
        subject="ACCOUNT#acc_ada",
        version=1,
        recipient="acc_ada",
        facts={"until": (START + left).isoformat()},
        sealed=b"sealed",
    )
    database.write(put(message, START, patience=policy.outbox_patience))
    once = OutboxStore(database, replace(policy, outbox_attempts=1))
    leased = once.lease(message.id, START)
    assert leased
    assert once.postpone(leased, START)
    dead = database.get(OutboxRow, message.id, "-")
    assert dead
    assert (dead.state, bool(dead.sealed), bool(dead.g1pk)) == ("dead", kept, kept)
    if kept:
        assert dead.g1sk == index.sort_key(START + left, message.id)
        assert not once.erase_secret(message.id, START + left - SECOND)
        assert once.erase_secret(message.id, START + left)


def test_a_dead_message_without_a_secret_is_due_no_more_B5(
    database: Database, policy: Policy
) -> None:
    message = Message(kind=Kind.ORDER_CANCELED, subject="ORDER#1", version=1, recipient="acc_ada")
    database.write(put(message, START, patience=policy.outbox_patience))
    once = OutboxStore(database, replace(policy, outbox_attempts=1))
    leased = once.lease(message.id, START)
    assert leased
    assert once.postpone(leased, START)
    dead = database.get(OutboxRow, message.id, "-")
    assert dead
    assert dead.state == "dead"
    assert not dead.g1pk
    assert not once.erase_secret(message.id, START + 2 * MONTH)
    database.write(revive(message.id, START))


def test_a_late_worker_neither_finishes_nor_postpones_anothers_claim_S42(
    outbox: OutboxStore, clock: FakeClock
) -> None:
    late = lease(outbox)
    now = clock.advance(seconds=LEASE.total_seconds())
    mine = lease(outbox, now)
    with pytest.raises(Conflict):
        outbox.finish(late, now)
    with pytest.raises(Conflict):
        outbox.postpone(late, now)
    outbox.finish(mine, now)
    with pytest.raises(Conflict):
        outbox.finish(late, now)


# Waiting

MORNING = START + timedelta(hours=5)


def test_a_deferred_message_comes_back_then_and_that_was_no_attempt_S44(
    outbox: OutboxStore, database: Database
) -> None:
    outbox.defer(lease(outbox), MORNING)
    waiting = row(database)
    assert (waiting.state, waiting.attempts, waiting.sealed) == ("pending", 0, b"sealed")
    assert waiting.g1sk == f"2026-11-22T12:00:00Z#{MESSAGE.id}"
    assert outbox.lease(MESSAGE.id, MORNING - timedelta(seconds=1)) is None
    again = lease(outbox, MORNING)
    assert (again.attempt, again.message) == (1, MESSAGE)


def test_a_message_deferred_every_night_never_dies_of_it_S44(
    outbox: OutboxStore, clock: FakeClock, policy: Policy
) -> None:
    for _ in range(policy.outbox_attempts + 2):
        taken = lease(outbox, clock.now)
        assert not outbox.exhausted(taken)
        outbox.defer(taken, clock.advance(days=1))
    assert lease(outbox, clock.now).attempt == 1


def test_a_failed_attempt_stays_counted_when_the_next_one_has_to_wait_S43(
    outbox: OutboxStore, clock: FakeClock
) -> None:
    outbox.postpone(lease(outbox), START)
    outbox.defer(lease(outbox, clock.advance(hours=1)), MORNING)
    assert lease(outbox, MORNING).attempt == 2


def test_a_late_worker_does_not_put_off_a_message_that_another_has_S42(
    outbox: OutboxStore, database: Database, clock: FakeClock
) -> None:
    late = lease(outbox)
    now = clock.advance(seconds=LEASE.total_seconds())
    mine = lease(outbox, now)
    with pytest.raises(Conflict):
        outbox.defer(late, MORNING)
    assert row(database).attempts == 2
    outbox.finish(mine, now)
    with pytest.raises(Conflict):
        outbox.defer(mine, MORNING)
    assert row(database).state == "done"


def test_a_message_without_the_facts_of_its_kind_is_not_queued() -> None:
    lacking = Message(
        kind=Kind.PASSWORD_CHANGED, subject="ACCOUNT#acc_ada", version=2, recipient="acc_ada"
    )
    with pytest.raises(TypeError, match="password_changed"):
        put(lacking, START, patience=Policy().outbox_patience)


def test_a_deferred_message_is_due_at_once_if_it_is_hastened_B3(
    outbox: OutboxStore, database: Database
) -> None:
    outbox.defer(lease(outbox), START + timedelta(minutes=2))
    assert outbox.lease(MESSAGE.id, START + timedelta(seconds=5)) is None
    now = START + timedelta(seconds=6)
    assert outbox.hasten(MESSAGE.id, now)
    assert row(database).g1sk == index.sort_key(now, MESSAGE.id)
    assert lease(outbox, now).attempt == 1
    assert not outbox.hasten(MESSAGE.id, now), "a worker has it"


def test_nothing_but_a_waiting_message_is_hastened_B3(outbox: OutboxStore) -> None:
    assert not outbox.hasten(MESSAGE.id, START), "nobody has deferred it"
    assert not outbox.hasten("msg_unknown", START)
    outbox.defer(lease(outbox), START + timedelta(minutes=2))
    done = lease(outbox, START + timedelta(minutes=2))
    outbox.finish(done, START + timedelta(minutes=2))
    assert not outbox.hasten(MESSAGE.id, START + timedelta(minutes=3))


def test_a_dead_message_is_not_hastened_B3(database: Database, policy: Policy) -> None:
    database.write(put(MESSAGE, START, patience=policy.outbox_patience))
    outbox = OutboxStore(database, replace(policy, outbox_attempts=1))
    assert outbox.postpone(lease(outbox), START)
    assert not outbox.hasten(MESSAGE.id, START)


def test_a_message_whose_worker_crashed_waits_for_its_time_B3(outbox: OutboxStore) -> None:
    lease(outbox)
    after_a_loss = lease(outbox, START + LEASE)
    outbox.defer(after_a_loss, START + timedelta(minutes=5))
    assert not outbox.hasten(MESSAGE.id, START + timedelta(minutes=2))
