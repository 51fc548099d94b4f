"""What the clock does to cases (C3, C5, S42, S44).

    sweep ──▶ queue ──▶ read the case ──▶ its credential was revoked,
                                          or its account deactivated ──▶ withdrawn, its time freed
                                      ──▶ what is due NOW? ──▶ one transaction

The queue's message names only the account: an old, duplicate or late one does no harm.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.proofing import case as decisions
from keyfob.domain.proofing.case import Case, Change, Transition
from keyfob.domain.proofing.milestones import due, next_due, perform
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.proofing import calendar as calendar_rows
from keyfob.storage.proofing import letters as letter_rows
from keyfob.storage.proofing import store as rows
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.proofing.cases import CaseChanges


class CaseJobs:
    """Reminders, missing results, the end of cases whose credential or account is out of use."""

    def __init__(
        self,
        *,
        cases: CaseStore,
        credentials: CredentialStore,
        sessions: SessionStore,
        changes: CaseChanges,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._cases = cases
        self._credentials = credentials
        self._sessions = sessions
        self._changes = changes
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, account: str, *, by: Actor) -> Change | None:
        """Do what is due for the account's case; None if nothing is.

        Raises:
            Busy, StorageUnavailable: nothing was done; it is due again when the lease ends.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(account, by))

    def _attempt(self, account: str, by: Actor) -> Change | None:
        seen = self._cases.current(account)
        if seen is None:
            return None
        now = in_seconds(self._clock)
        to = self._due(seen, now)
        if to is None:
            self._cases.write(rows.replan(seen, next_due(seen, self._policy, now)))
            return None
        self._changes.commit(seen, to, by=by, writes=freed_by(seen, to))
        return to.change

    def _due(self, seen: Case, now: datetime) -> Transition | None:
        if not seen.is_over and self._is_obsolete(seen):
            return decisions.withdraw(seen, now)
        milestone = due(seen, now, self._policy)
        return perform(milestone, seen) if milestone else None

    def _is_obsolete(self, seen: Case) -> bool:
        credential = self._credentials.live(seen.account)
        if credential is None or credential.id != seen.credential:
            return True
        sessions = self._sessions.get(seen.account)
        return sessions is None or not sessions.active


def freed_by(seen: Case, to: Transition) -> list[Write]:
    """The writes that free what the case has no longer: an appointment's time, a letter's data."""
    booked = seen.appointment if to.case.appointment is None else None
    freed = calendar_rows.give_back(booked) if booked else []
    if seen.letter and to.case.letter is None:
        # Its sealed data go with it, if no batch has them.
        freed.append(letter_rows.remove(seen.letter.id, seen.account))
    return freed
