"""The outbox table: queued messages, their leases and their outcomes.

pending ──lease──▶ pending + lease ──finish──▶ done (secret gone, kept for a while by TTL)
   ▲                     │ postpone (failed)       └─ or moot: obsolete
   └─────────────────────┘ after the last attempt ──▶ dead (alarm; secret kept for a redrive, until
                                                            the row is due to have it erased)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.update import Action

from keyfob.domain import due_index as index
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, secret_kept_until
from keyfob.domain.policy import Policy
from keyfob.storage.database import Conflict, Database
from keyfob.storage.rows import DueRow, Put, Update

SK = "-"


class OutboxRow(DueRow):
    """`pk` is the message's id; the table's stream notifies the relay of new ones.

    `finished_at`: when it was done, moot or dead. `secret_erased`: it died, and can't be revived.
    `taken`: a worker has the lease, or had it and crashed, perhaps after sending the message.
    """

    class Meta:
        table_name = "outbox"

    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    subject_version = NumberAttribute()
    recipient = UnicodeAttribute()
    facts = JSONAttribute()
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    correlation = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    created_at = UnicodeAttribute()
    lease_until = UnicodeAttribute(null=True)
    taken = BooleanAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    secret_erased = BooleanAttribute(null=True)
    expires = NumberAttribute(null=True)


def put(message: Message, now: datetime, *, patience: timedelta) -> Put:
    """The write that queues this message; unsent past `patience`, the sweep queues it again.

    Raises:
        TypeError: its facts aren't those of its kind.
    """
    message.require_facts()
    return Put(
        row=OutboxRow(
            message.id,
            SK,
            kind=message.kind,
            subject=message.subject,
            subject_version=message.version,
            recipient=message.recipient,
            facts=dict(message.facts),
            sealed=message.sealed,
            correlation=message.correlation or None,
            state="pending",
            attempts=0,
            created_at=index.instant(now),
            g1pk=index.shard_of(message.id),
            g1sk=index.sort_key(now + patience, message.id),
        )
    )


def revive(message_id: str, now: datetime) -> Update:
    """The update that makes a dead message pending and due at once (an operator's redrive).

    Its condition fails on a message that isn't dead, or has lost its secret.
    """
    return Update(
        row=OutboxRow,
        key=(message_id, SK),
        actions=[
            OutboxRow.state.set("pending"),
            OutboxRow.attempts.set(0),
            OutboxRow.g1pk.set(index.shard_of(message_id)),
            OutboxRow.g1sk.set(index.sort_key(now, message_id)),
            OutboxRow.finished_at.remove(),
        ],
        condition=(OutboxRow.state == "dead") & OutboxRow.secret_erased.does_not_exist(),
    )


_ERASED = (
    OutboxRow.sealed.remove(),
    OutboxRow.secret_erased.set(True),
    OutboxRow.g1pk.remove(),
    OutboxRow.g1sk.remove(),
)
# How long a failed message waits for its next attempt: eight attempts span most of a day.
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease of a message by one worker, for the `attempt`-th time.

    `after_a_loss`: an earlier worker crashed with its lease, perhaps after sending the message.
    """

    id: str
    message: Message
    attempt: int
    after_a_loss: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a message is; without what it says.

    `state` is pending, done, moot (obsolete) or dead.
    """

    id: str
    kind: str
    subject: str
    recipient: str
    state: str
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    secret_erased: bool


class OutboxStore:
    """Leases queued messages and records their outcomes."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    def progress(self, message_id: str) -> Progress | None:
        """How far the message with this id is; None if it is unknown, or gone after its time."""
        row = self._database.get(OutboxRow, message_id, SK)
        if row is None:
            return None
        return Progress(
            id=message_id,
            kind=row.kind,
            subject=row.subject,
            recipient=row.recipient,
            state=row.state,
            attempts=int(row.attempts),
            created_at=datetime.fromisoformat(row.created_at),
            finished_at=datetime.fromisoformat(row.finished_at) if row.finished_at else None,
            secret_erased=bool(row.secret_erased),
        )

    def lease(self, message_id: str, now: datetime) -> Lease | None:
        """Lease the message for longer than any worker's timeout.

        Returns:
            None if there is nothing to do now: done, obsolete or dead; leased by another worker,
            whose own queue message comes back if it crashes; or not yet due again.
        """
        row = self._database.get(OutboxRow, message_id, SK)
        if row is None or row.state != "pending" or (row.lease_until or "") > index.instant(now):
            return None
        attempts = int(row.attempts)
        taken = Update(
            row=OutboxRow,
            key=(message_id, SK),
            actions=[
                OutboxRow.lease_until.set(index.instant(now + self._policy.outbox_lease)),
                OutboxRow.attempts.set(attempts + 1),
                OutboxRow.taken.set(True),
            ],
            condition=(OutboxRow.state == "pending") & (OutboxRow.attempts == attempts),
        )
        try:
            self._database.write(taken)
        except Conflict:
            return None
        return Lease(
            id=message_id,
            message=_message(row),
            attempt=attempts + 1,
            after_a_loss=bool(row.taken),
        )

    def exhausted(self, lease: Lease) -> bool:
        """Whether crashed workers have used up every attempt."""
        return lease.attempt > self._policy.outbox_attempts

    def finish(self, lease: Lease, now: datetime, *, state: str = "done") -> None:
        """Record that the message was sent (`done`) or is obsolete (`moot`).

        Raises:
            Conflict: the lease ran out and another worker took over.
        """
        expires = int((now + self._policy.outbox_kept).timestamp())
        self._end(
            lease,
            OutboxRow.state.set(state),
            OutboxRow.finished_at.set(index.instant(now)),
            OutboxRow.expires.set(expires),
            OutboxRow.sealed.remove(),
            OutboxRow.lease_until.remove(),
            OutboxRow.taken.remove(),
            OutboxRow.g1pk.remove(),
            OutboxRow.g1sk.remove(),
        )

    def defer(self, lease: Lease, until: datetime) -> None:
        """Give the message back, due again at `until`, without counting an attempt.

        Raises:
            Conflict: the lease ran out and another worker took over.
        """
        self._end(
            lease,
            OutboxRow.attempts.set(lease.attempt - 1),
            OutboxRow.lease_until.set(index.instant(until)),
            OutboxRow.g1sk.set(index.sort_key(until, lease.id)),
            OutboxRow.taken.set(lease.after_a_loss),
        )

    def hasten(self, message_id: str, now: datetime) -> bool:
        """Make a message that waits due at once; False if it doesn't wait, or nobody waits for it.

        One that a worker has at this moment, or had when it crashed, isn't touched.
        """
        hastened = Update(
            row=OutboxRow,
            key=(message_id, SK),
            actions=[
                OutboxRow.lease_until.remove(),
                OutboxRow.g1sk.set(index.sort_key(now, message_id)),
            ],
            condition=(OutboxRow.state == "pending") & (OutboxRow.taken == False),  # noqa: E712 - an expression
        )
        try:
            self._database.write(hastened)
        except Conflict:
            return False
        return True

    def postpone(self, lease: Lease, now: datetime) -> bool:
        """Schedule a failed message again; after the last attempt it is dead.

        Returns:
            Whether it is dead.
        """
        if lease.attempt < self._policy.outbox_attempts:
            later = now + _WAITS[min(lease.attempt, len(_WAITS)) - 1]
            self._end(
                lease,
                OutboxRow.lease_until.set(index.instant(later)),
                OutboxRow.g1sk.set(index.sort_key(later, lease.id)),
                OutboxRow.taken.set(lease.after_a_loss),
            )
            return False
        self._end(
            lease,
            OutboxRow.state.set("dead"),
            OutboxRow.finished_at.set(index.instant(now)),
            OutboxRow.lease_until.remove(),
            OutboxRow.taken.set(lease.after_a_loss),
            *self._left_of(lease, now),
        )
        return True

    def erase_secret(self, message_id: str, now: datetime) -> bool:
        """Erase the secret of a dead message, if its time has come; False if nothing is to erase.

        An operator who revives the message at the same moment wins.
        """
        row = self._database.get(OutboxRow, message_id, SK)
        if row is None or row.state != "dead" or not row.finished_at:
            return False
        died_at = datetime.fromisoformat(row.finished_at)
        until = secret_kept_until(_message(row), died_at, self._policy)
        if until is None or now < until:
            return False
        erased = Update(
            row=OutboxRow,
            key=(message_id, SK),
            actions=_ERASED,
            condition=OutboxRow.state == "dead",
        )
        try:
            self._database.write(erased)
        except Conflict:
            return False
        return True

    def _left_of(self, lease: Lease, died_at: datetime) -> Sequence[Action]:
        """What remains to be done about a dead message: its secret must go, now or later."""
        until = secret_kept_until(lease.message, died_at, self._policy)
        if until is None:
            return (OutboxRow.g1pk.remove(), OutboxRow.g1sk.remove())
        if until <= died_at:
            return _ERASED
        return (OutboxRow.g1sk.set(index.sort_key(until, lease.id)),)

    def _end(self, lease: Lease, *actions: Action) -> None:
        mine = (OutboxRow.state == "pending") & (OutboxRow.attempts == lease.attempt)
        self._database.write(
            Update(row=OutboxRow, key=(lease.id, SK), actions=actions, condition=mine)
        )


def _message(row: OutboxRow) -> Message:
    return Message(
        # By its name in rows; mypy takes it for a new member.
        kind=Kind(row.kind),  # type: ignore[call-arg]
        subject=row.subject,
        version=int(row.subject_version),
        recipient=row.recipient,
        facts=row.facts,
        sealed=row.sealed,
        correlation=row.correlation or "",
    )
