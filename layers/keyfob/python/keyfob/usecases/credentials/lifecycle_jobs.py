"""The lifecycle steps that the clock takes when a credential is due (F5, F6, F7, S42, S44).

    sweep ──▶ queue ──▶ read the live row ──▶ what is due NOW? ──▶ one transaction:
                                                                    the change, its entry, the
                                                                    message, what is due next
    nothing is (renewed, re-enabled, done before) ──▶ only scheduled again

The queue's message names only the account to look at: an old, duplicate or late message does no
harm. Two workers at once conflict on the row's version.
"""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.audit.entry import Actor, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.credentials.milestones import Milestone, MilestoneKind, due, next_due
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.transaction import NOTHING, Transactions
from keyfob.usecases.credentials.revocation import Revocation
from keyfob.usecases.credentials.service import CredentialChanges


class LifecycleJobs:
    """Notices, reminders, and revocations at the deadline."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        service: CredentialChanges,
        revocation: Revocation,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._credentials = credentials
        self._service = service
        self._revocation = revocation
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, account: str, *, by: Actor) -> Milestone | None:
        """Do what is due for the account's live credential; None if nothing is.

        Raises:
            Busy, StorageUnavailable: nothing was done; it is due again when the lease ends.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(account, by))

    def _attempt(self, account: str, by: Actor) -> Milestone | None:
        seen = self._credentials.live(account)
        if seen is None:
            return None
        now = in_seconds(self._clock)
        milestone = due(seen, now, self._policy)
        if milestone is None:
            self._credentials.replan(seen, next_due(seen, now, self._policy))
            return None
        part = NOTHING
        if milestone.kind is MilestoneKind.REVOCATION:
            after_suspension = milestone.at < one_year_after(seen.expires_at)
            part = self._revocation.by_clock(seen, by=by, suspended=after_suspension)
        self._service.commit(
            seen,
            lifecycle.perform(milestone, seen, now),
            by=by,
            part=replace(part, facts=_facts(milestone)),
        )
        return milestone


def _facts(milestone: Milestone) -> Facts:
    facts = {"due": milestone.at.isoformat(timespec="seconds")}
    return facts if milestone.days is None else facts | {"days": milestone.days}
