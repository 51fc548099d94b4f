"""Operators decide about cases in review (C4)."""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import live
from keyfob.domain.proofing.case import Absence, Case
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.holds.freezing import account_of
from keyfob.usecases.proofing.cases import CaseChanges


class Reviewing:
    """Moves cases on that only an operator moves."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        directory: Directory,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._cases = cases
        self._directory = directory
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def reopen(self, user_id: str, by: Actor, *, missed_by: Absence | None = None) -> Case:
        """Let the account's holder book again.

        After failures, failures and absences are counted anew. Where each side says that the other
        one didn't come, `missed_by` decides whether the appointment is counted.

        Raises:
            NotFound: no account has this user id, or it has no case. NoSuchStep: not in review.
            IllegalTransition: `missed_by` is missing, or there is nothing to decide.
        """
        account = account_of(self._directory, user_id)

        def attempt() -> Case:
            seen = self._cases.current(account)
            if seen is None:
                raise NotFound("This account has no proofing.")
            now = in_seconds(self._clock)
            to = live.reopen(seen, now, self._policy, missed_by=missed_by)
            facts = {"missed_by": str(missed_by)} if missed_by else {}
            return self._changes.commit(seen, to, by=by.acting_for(account), facts=facts)

        return self._transactions.retry_on_conflict(attempt)
