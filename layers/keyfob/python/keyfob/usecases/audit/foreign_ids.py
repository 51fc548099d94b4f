"""Records requests for ids that aren't the account's (S23), at most twenty a day an account (S62).

Somebody who tries ids must be found, but must not fill the trail: its entries are kept for ever.

    request 1 … 20      the counter ⊕ an entry with the id
    request 21          a counter of this window ⊕ an entry that says that no more are recorded
    request 22 …        a metric

The answer is the same, after the same work for a foreign id and for an unknown one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry, foreign
from keyfob.domain.clock import Clock
from keyfob.domain.due_index import instant
from keyfob.domain.errors import NotFound, TooManyTries
from keyfob.domain.ids import ORDER_NUMBER
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.policy import Policy
from keyfob.storage.limits import Limits
from keyfob.storage.transaction import Transactions


class ForeignIds:
    """Refuses ids that aren't the account's."""

    def __init__(
        self,
        *,
        limits: Limits,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        count: Callable[[str, float], None],
    ) -> None:
        self._limits = limits
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._count = count

    def refused(
        self, what: str, asked: str, form: re.Pattern[str], *, otherwise: str, by: Actor
    ) -> NotFound:
        """The refusal of this id, recorded; the arguments are those of the entry (`foreign`)."""
        self.note(lambda now: foreign(what, asked, form, otherwise=otherwise, by=by, at=now), by)
        refusal = NotFound()
        refusal.recorded = True
        return refusal

    def order_refused(self, number: str, by: Actor) -> NotFound:
        """The refusal of this order's number, recorded."""
        return self.refused("order", number, ORDER_NUMBER, otherwise="no order number", by=by)

    def note(self, entry: Callable[[datetime], Entry], by: Actor) -> None:
        """Record the entry about a refusal, made for this instant, within the same bound."""

        def attempt() -> bool:
            now = self._clock()
            return self._record(entry(now), by, now)

        if not self._transactions.retry_on_conflict(attempt):
            self._count("ForeignIdUnrecorded", 1)

    def _record(self, entry: Entry, by: Actor, now: datetime) -> bool:
        limit = a_day("foreign-ids", self._policy.foreign_ids_a_day)
        try:
            counted = self._limits.reserve([Quota(limit=limit, subject=by.id)], now)
        except TooManyTries as used_up:
            self._say_so(by, now, until=instant(now + used_up.retry_after))
            return False
        self._transactions.commit(*counted.writes, audit=[entry])
        return True

    def _say_so(self, by: Actor, now: datetime, *, until: str) -> None:
        """Record once in this window that its further requests aren't."""
        once = a_day("foreign-ids-unrecorded", 1)
        try:
            counted = self._limits.reserve([Quota(limit=once, subject=f"{by.id} {until}")], now)
        except TooManyTries:
            return
        entry = Entry(action="foreign_ids.unrecorded", actor=by, at=now, facts={"until": until})
        self._transactions.commit(*counted.writes, audit=[entry])
