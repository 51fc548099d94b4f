"""An operator's redrive of a dead message or effect."""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.storage.database import Conflict
from keyfob.storage.messages import store as rows
from keyfob.storage.transaction import Transactions


class Reviving:
    """Makes dead messages pending, each with an audit entry in the same transaction."""

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    def revive(self, message_id: str, *, by: Actor) -> bool:
        """Have this message tried again at once; False if there is no dead one to try."""
        now = self._clock()
        entry = Entry(
            action="message.revived",
            actor=by,
            at=now,
            facts={"message": message_id},
        )
        try:
            self._transactions.commit(rows.revive(message_id, now), audit=[entry])
        except Conflict:
            return False
        return True
