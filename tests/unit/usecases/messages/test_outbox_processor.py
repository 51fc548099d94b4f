"""A message is kept once, and every end is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keyfob.domain.messages.errors import MailUnavailable
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.storage.database import Conflict, Database
from keyfob.storage.messages.store import Lease, OutboxRow, OutboxStore, put
from keyfob.usecases.messages.outbox_processor import OutboxProcessor, Perform
from tests.support.fakes import START, Counts, FakeClock

MESSAGE = Message(kind=Kind.ORDER_CANCELED, subject="ORDER#1", version=1, recipient="acc_ada")


@pytest.fixture
def outbox(database: Database, policy: Policy) -> OutboxStore:
    database.write(put(MESSAGE, START, patience=policy.outbox_patience))
    return OutboxStore(database, policy)


@pytest.fixture
def deliver(outbox: OutboxStore, clock: FakeClock, counts: Counts) -> Callable[[Perform], None]:
    def deliver(perform: Perform) -> None:
        OutboxProcessor(outbox, clock, perform, counts).deliver(MESSAGE.id)

    return deliver


Deliver = Callable[[Perform], None]


def state(database: Database) -> str:
    row = database.get(OutboxRow, MESSAGE.id, "-")
    assert row
    return str(row.state)


def never(_claim: Lease) -> bool:
    # Not an `Exception`, which the outbox processor would take for a failed attempt.
    pytest.fail("nobody asked for it")


def test_a_message_is_kept_once_however_often_it_is_delivered_S42(
    deliver: Deliver, database: Database, counts: Counts
) -> None:
    kept: list[Lease] = []

    def keep(lease: Lease) -> bool:
        kept.append(lease)
        return True

    for _ in range(3):
        deliver(keep)
    assert len(kept) == 1
    assert (state(database), counts.seen) == ("done", {"MessageDone": 1})


def test_the_clock_erases_a_dead_messages_secret_S17(
    database: Database, policy: Policy, clock: FakeClock, counts: Counts
) -> None:
    secret = Message(
        kind=Kind.LICENSE_KEY,
        subject="KEY#1",
        version=1,
        recipient="acc_ada",
        facts={"order": "SO-1", "unit": 0},
        sealed=b"sealed",
    )
    database.write(put(secret, START, patience=policy.outbox_patience))
    outbox = OutboxStore(database, replace(policy, outbox_attempts=1))

    def failing(_lease: Lease) -> bool:
        raise MailUnavailable

    processor = OutboxProcessor(outbox, clock, failing, counts)
    processor.deliver(secret.id)
    for days, kept in ((29, True), (1, False), (1, False)):
        clock.advance(days=days)
        processor.deliver(secret.id)
        row = database.get(OutboxRow, secret.id, "-")
        assert row
        assert bool(row.sealed) is kept
    assert counts.seen == {"MessageDead": 1, "SecretErased": 1}


def test_an_obsolete_message_is_never_sent_S44(
    deliver: Deliver, database: Database, counts: Counts
) -> None:
    deliver(lambda _: False)
    deliver(never)
    assert (state(database), counts.seen) == ("moot", {"MessageMoot": 1})


@pytest.mark.parametrize("error", [MailUnavailable(), KeyError("a bug")])
def test_a_failure_is_counted_and_comes_back_by_the_clock_S50(
    error: Exception, deliver: Deliver, database: Database, clock: FakeClock, counts: Counts
) -> None:
    def fail(_claim: Lease) -> bool:
        raise error

    deliver(fail)
    assert (state(database), counts.seen) == ("pending", {"MessageFailed": 1})
    deliver(never)  # not yet
    clock.advance(minutes=1)
    deliver(lambda _: True)
    assert state(database) == "done"


def test_a_failure_is_logged_without_the_quotes_of_the_error_S47(
    deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_claim: Lease) -> bool:
        raise KeyError("00000-11111-22222-33333")

    deliver(fail)
    [record] = [one for one in caplog.records if one.levelname == "WARNING"]
    assert "KeyError" in str(record.__dict__)
    assert "11111" not in str(record.__dict__)


def test_after_the_last_attempt_it_ends_with_an_alarm_and_not_in_a_loop_S43(
    deliver: Deliver, database: Database, clock: FakeClock, counts: Counts, policy: Policy
) -> None:
    def fail(_claim: Lease) -> bool:
        raise MailUnavailable

    for _ in range(policy.outbox_attempts):
        deliver(fail)
        clock.advance(hours=12)
    deliver(never)
    assert state(database) == "dead"
    assert counts.seen == {"MessageFailed": policy.outbox_attempts - 1, "MessageDead": 1}


def test_a_message_whose_workers_all_vanish_dies_too_instead_of_circling_S43(
    deliver: Deliver, outbox: OutboxStore, clock: FakeClock, database: Database, counts: Counts
) -> None:
    policy = Policy()
    for _ in range(policy.outbox_attempts):
        assert outbox.lease(MESSAGE.id, clock.now)
        clock.advance(seconds=policy.outbox_lease.total_seconds())
    deliver(never)
    assert (state(database), counts.seen) == ("dead", {"MessageDead": 1})


def test_a_message_under_way_is_left_to_its_worker_S42(
    deliver: Deliver, outbox: OutboxStore
) -> None:
    outbox.lease(MESSAGE.id, START)
    deliver(never)


def test_a_worker_that_finishes_too_late_says_so_S42(
    deliver: Deliver, outbox: OutboxStore, clock: FakeClock, counts: Counts, database: Database
) -> None:
    def slow(_claim: Lease) -> bool:
        another = outbox.lease(MESSAGE.id, clock.advance(seconds=61))
        assert another
        outbox.finish(another, clock.now)
        return True

    deliver(slow)
    assert (state(database), counts.seen) == ("done", {"MessageDuplicate": 1})


def test_a_deferred_message_is_done_when_due_and_counted_as_deferred_S44(
    deliver: Deliver, database: Database, clock: FakeClock, counts: Counts
) -> None:
    deliver(lambda _: START + timedelta(hours=5))
    assert (state(database), counts.seen) == ("pending", {"MessageDeferred": 1})
    clock.advance(hours=4)
    deliver(never)
    clock.advance(hours=1)
    deliver(lambda _: True)
    assert (state(database), counts.seen) == ("done", {"MessageDeferred": 1, "MessageDone": 1})


def test_a_message_to_defer_that_another_worker_has_is_left_to_it_S42(
    deliver: Deliver, outbox: OutboxStore, clock: FakeClock, database: Database
) -> None:
    def slow(_claim: Lease) -> datetime:
        another = outbox.lease(MESSAGE.id, clock.advance(seconds=61))
        assert another
        outbox.finish(another, clock.now)
        return START + timedelta(hours=5)

    with pytest.raises(Conflict):
        deliver(slow)
    assert state(database) == "done"
