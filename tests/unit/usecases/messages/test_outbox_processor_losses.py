"""A vanished worker may have sent its message: the next worker reports that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.storage.database import Database
from keyfob.storage.messages.store import OutboxStore, put
from keyfob.usecases.messages.outbox_processor import OutboxProcessor, Perform
from tests.support.fakes import START, Counts, FakeClock

MESSAGE = Message(kind=Kind.ORDER_CANCELED, subject="ORDER#1", version=1, recipient="acc_ada")


class Vanished(BaseException):
    """The process ends, as far as the outbox processor can tell."""


class Desk:
    """Workers, one after the other."""

    def __init__(self, outbox: OutboxStore, clock: FakeClock, counts: Counts) -> None:
        self.outbox, self.clock, self.counts = outbox, clock, counts

    def works(self, perform: Perform) -> None:
        """A worker that returns."""
        OutboxProcessor(self.outbox, self.clock, perform, self.counts).deliver(MESSAGE.id)

    def vanishes(self) -> None:
        """A worker that doesn't return; its lease runs out."""

        def gone(_claim: object) -> bool:
            raise Vanished

        with pytest.raises(Vanished):
            self.works(gone)
        self.clock.advance(minutes=2)

    def fails(self) -> None:
        """A worker that fails; the message is due again a while later."""

        def refused(_claim: object) -> bool:
            raise TimeoutError

        self.works(refused)
        self.clock.advance(hours=1)

    def is_early(self) -> None:
        """A worker that defers its message."""
        self.works(lambda _: self.clock.now + timedelta(minutes=30))
        self.clock.advance(hours=1)


@pytest.fixture
def desk(database: Database, clock: FakeClock, counts: Counts, policy: Policy) -> Desk:
    database.write(put(MESSAGE, START, patience=policy.outbox_patience))
    return Desk(OutboxStore(database, policy), clock, counts)


def test_a_message_sent_after_a_worker_vanished_is_counted_as_perhaps_sent_twice_S42(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.vanishes()
    desk.works(lambda _: True)
    assert desk.counts.seen == {"MessageDone": 1, "MessageDuplicate": 1}
    assert "message may have been sent twice" in caplog.messages


def test_a_failure_or_a_deferral_in_between_does_not_hide_a_vanished_worker_S42(desk: Desk) -> None:
    desk.vanishes()
    desk.fails()
    desk.is_early()
    desk.works(lambda _: True)
    assert desk.counts.seen["MessageDuplicate"] == 1


def test_a_message_that_failed_or_waited_is_sent_once_and_counted_so_S42(desk: Desk) -> None:
    desk.fails()
    desk.is_early()
    desk.works(lambda _: True)
    assert desk.counts.seen == {"MessageFailed": 1, "MessageDeferred": 1, "MessageDone": 1}


def test_a_message_obsolete_after_a_worker_vanished_is_not_sent_again_S44(desk: Desk) -> None:
    desk.vanishes()
    desk.works(lambda _: False)
    assert desk.counts.seen == {"MessageMoot": 1}
