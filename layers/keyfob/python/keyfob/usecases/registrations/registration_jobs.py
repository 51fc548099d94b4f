"""What the clock does to registrations (A1, A3, S66).

a draft after 14 days        expired ⊕ content deleted, with the one-time passwords
an answer that is late       an entry and a metric with an alarm, every day until it is there
30 days after a rejection    content deleted
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.registrations import registration as decisions
from keyfob.domain.registrations.registration import Due, Registration
from keyfob.storage.registrations import registrations as rows
from keyfob.storage.registrations.registrations import Registrations
from keyfob.storage.rows import Write
from keyfob.storage.transaction import Transactions

# Each entry counts under its own metric; an alarm is on RegistrationOverdue.
_ACTIONS = {
    Due.EXPIRE: "registration.expired",
    Due.TELL: "registration.overdue",
    Due.ERASE: "registration.erased",
}


class RegistrationJobs:
    """Ends drafts, tells operators of late answers, erases what was rejected."""

    def __init__(
        self,
        *,
        registrations: Registrations,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._registrations = registrations
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, registration_id: str, *, by: Actor) -> Due | None:
        """Do what is due for this registration; None if nothing is.

        Raises:
            Busy, StorageUnavailable: nothing was done; it is due again when the lease ends.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(registration_id, by))

    def _attempt(self, registration_id: str, by: Actor) -> Due | None:
        seen, now = self._registrations.get(registration_id), in_seconds(self._clock)
        if seen is None:
            return None
        what = decisions.due(seen, now, self._policy)
        if what is None:
            planned = decisions.next_due(seen, self._policy)
            self._registrations.write(rows.replan(seen, planned))
            return None
        to = decisions.performed(seen, what, now)
        writes: list[Write] = [rows.change(seen, to, decisions.next_due(to, self._policy))]
        if not to.has_content:
            writes.append(rows.erase_content(seen))
        self._transactions.commit(*writes, audit=[self._entry(seen, what, by)])
        return what

    def _entry(self, seen: Registration, what: Due, by: Actor) -> Entry:
        return Entry(
            action=_ACTIONS[what], actor=by, at=in_seconds(self._clock), subject=seen.subject
        )
