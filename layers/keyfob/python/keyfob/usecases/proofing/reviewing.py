"""Operators decide about cases in review (C4)."""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import NotFound
from keyfob.domain.proofing import live
from keyfob.domain.proofing.case import Case
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
    ) -> None:
        self._cases = cases
        self._directory = directory
        self._changes = changes
        self._transactions = transactions

    def reopen(self, user_id: str, by: Actor) -> Case:
        """Let the account's holder book again; failures and absences are counted anew.

        Raises:
            NotFound: no account has this user id, or it has no case. NoSuchStep: not in review.
        """
        account = account_of(self._directory, user_id)

        def attempt() -> Case:
            seen = self._cases.current(account)
            if seen is None:
                raise NotFound("This account has no proofing.")
            return self._changes.commit(seen, live.reopen(seen), by=by.acting_for(account))

        return self._transactions.retry_on_conflict(attempt)
