"""The one way to change state.

A change, its audit entry and its messages are one `TransactWriteItems`: all of it or nothing,
wherever the process dies. Use cases get writes from stores and hand them here.

    A reads v3      B reads v3
    A: SET v4 IF version = 3      (committed, with audit entry 4)
                    B: SET v4 IF version = 3      (Conflict: entry 4 exists)
                    B reads v4, decides again
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from keyfob.domain import ids
from keyfob.domain.audit.entry import Entry, Facts, Recorded, alone, follow
from keyfob.domain.clock import Clock
from keyfob.domain.errors import Busy
from keyfob.domain.messages.outbox import Message
from keyfob.storage.audit import store as audit_store
from keyfob.storage.database import Conflict, Database
from keyfob.storage.messages import store as outbox_store
from keyfob.storage.rows import AuditedRow, Delete, Put, Update, Write

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionPart:
    """The other parts of a change's transaction."""

    writes: Sequence[Write] = ()
    audit: Sequence[Entry] = ()
    messages: Sequence[Message] = ()
    facts: Facts = field(default_factory=dict)


NOTHING = TransactionPart()

# Gives the conditions under which an act may be committed, or refuses it. Each attempt calls it
# after the act's own reads, and adds its condition checks to the transaction.
Guard = Callable[[], TransactionPart]


def unguarded() -> TransactionPart:
    """No condition: the act of somebody whose right can't end meanwhile."""
    return NOTHING


def joined(*parts: TransactionPart) -> TransactionPart:
    """The parts as one; of equal names of facts the last part's counts."""
    return TransactionPart(
        writes=[write for part in parts for write in part.writes],
        audit=[entry for part in parts for entry in part.audit],
        messages=[message for part in parts for message in part.messages],
        facts={name: value for part in parts for name, value in part.facts.items()},
    )


_ATTEMPTS = 12
_MAX_ITEMS = 100  # of one TransactWriteItems


def _unobserved(_entry: Entry) -> None:
    """Ignore the entry: no metrics."""


class Transactions:
    """Commits changes.

    Args:
        database: the tables.
        clock: stamps the queued messages.
        patience: how long a message may stay unsent before the sweep queues it again.
        observe: called with every committed entry (business metrics); it must not raise.
        pause: waits between two attempts, in seconds.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        patience: timedelta,
        observe: Callable[[Entry], None] = _unobserved,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._patience = patience
        self._observe = observe
        self._pause = pause

    def commit(
        self, *writes: Write, audit: Sequence[Entry], messages: Iterable[Message] = ()
    ) -> None:
        """Commit `writes` with their audit entries and messages, or nothing.

        Every write to an audited subject needs exactly one entry about it, and the other way
        round; the subject's version becomes that entry's number.

        Raises:
            Conflict: a row is no longer as it was read.
            ValueError: a subject without its entry, or more than 100 items.
        """
        audit = [entry.with_circumstances() for entry in audit]
        recorded = _recorded(writes, audit)
        by_subject = {one.entry.subject: one for one in recorded if one.entry.subject}
        now = self._clock()
        items: list[Write] = [_linked(write, by_subject) for write in writes]
        items += [audit_store.put(one) for one in recorded]
        items += [outbox_store.put(message, now, patience=self._patience) for message in messages]
        if len(items) > _MAX_ITEMS:
            raise ValueError(f"{len(items)} items don't fit into one transaction")
        self._database.transact(items, token=ids.ulid(now))
        for entry in audit:
            self._observe(entry)

    def retry_on_conflict(self, attempt: Callable[[], T]) -> T:
        """Run `attempt` (read, decide, commit), and again after each `Conflict`.

        Raises:
            Busy: every attempt conflicted.
        """
        for round_ in range(_ATTEMPTS):
            try:
                return attempt()
            except Conflict:
                # Jitter separates colliding writers.
                self._pause(random.uniform(0, 0.01 * (round_ + 1)))  # noqa: S311
        raise Busy


def _recorded(writes: Sequence[Write], audit: Sequence[Entry]) -> list[Recorded]:
    subjects = {write.subject.id: write.subject for write in writes if write.subject}
    about = [entry.subject for entry in audit if entry.subject]
    if sorted(about) != sorted(subjects):
        raise ValueError(f"entries about {about}, but changes of {list(subjects)}")
    return [
        follow(entry, number=subjects[entry.subject].number, head=subjects[entry.subject].head)
        if entry.subject
        else alone(entry)
        for entry in audit
    ]


def _linked(write: Write, entries: dict[str, Recorded]) -> Write:
    """`write` with its subject's version and head raised, conditioned on the version seen."""
    if write.subject is None:
        return write
    entry = entries[write.subject.id]
    if isinstance(write, Delete):
        return write
    if isinstance(write, Put):
        values = write.row.attribute_values | {"version": entry.number, "head": entry.hash}
        return replace(write, row=type(write.row)(**values))
    return _raised(write, entry)


def _raised(write: Update, entry: Recorded) -> Update:
    row = write.row
    if not issubclass(row, AuditedRow):
        raise TypeError(f"{row.__name__} is no audited row")
    as_seen = row.version == entry.number - 1
    return replace(
        write,
        actions=[*write.actions, row.version.set(entry.number), row.head.set(entry.hash)],
        condition=as_seen if write.condition is None else write.condition & as_seen,
    )
