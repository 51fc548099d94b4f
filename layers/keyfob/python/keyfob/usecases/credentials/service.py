"""Commits changes to a credential, in the same way for its holder, operators and the clock."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential, State, Transition
from keyfob.domain.credentials.lifecycle import loses_upgrade
from keyfob.domain.credentials.milestones import clock_facts, next_due
from keyfob.domain.credentials.notifications import notifications
from keyfob.domain.credentials.standing import standing_of
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.storage.credentials import standings
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.rows import Write
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions

if TYPE_CHECKING:
    from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"crd_[0-9a-z]{20}", re.ASCII)


class CredentialChanges:
    """Commits a change with its notifications, and what administrators' lists show of it."""

    def __init__(self, transactions: Transactions, clock: Clock, policy: Policy) -> None:
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def commit(
        self,
        seen: Credential,
        transition: Transition,
        *,
        by: Actor,
        part: TransactionPart = NOTHING,
    ) -> Credential:
        """Commit the change with its audit entry and messages; returns the changed credential.

        Raises:
            Conflict: somebody else was faster.
        """
        change = self.change(seen, transition, by=by, facts=part.facts)
        self._transactions.commit(
            *change.writes,
            *part.writes,
            audit=[*change.audit, *part.audit],
            messages=[*change.messages, *part.messages],
        )
        return transition.credential

    def change(
        self, seen: Credential, transition: Transition, *, by: Actor, facts: Facts
    ) -> TransactionPart:
        """The writes, audit entries and messages of the change, for one transaction."""
        now = self._clock()
        to = transition.credential
        entry = Entry(
            action=str(transition.change),
            actor=by,
            at=now,
            subject=seen.subject,
            facts={"state": to.state, **_causes(to), **facts},
        )
        return TransactionPart(
            writes=self._writes(seen, to, now),
            audit=[entry, *_unused(seen, to, by, now)],
            messages=notifications(
                seen, transition, now, self._policy, facts=facts, correlation=by.correlation
            ),
        )

    def _writes(self, seen: Credential, to: Credential, now: datetime) -> Sequence[Write]:
        before, after = (standing_of(one, self._policy) for one in (seen, to))
        listed = standings.follow(to, before, after, now)
        if to.state is State.REVOKED:
            return (*rows.archive(seen, to), *listed)
        moved = clock_facts(seen) != clock_facts(to)
        due = next_due(to, now, self._policy) if moved else None
        return (rows.change(seen, to, due), *listed)


def _unused(seen: Credential, to: Credential, by: Actor, now: datetime) -> Sequence[Entry]:
    """The entry about an upgrade that is lost with the credential; it raises an alarm (C6)."""
    if not loses_upgrade(seen, to):
        return ()
    facts = {"account": seen.account, "credential": seen.id, "order": seen.order}
    return (Entry(action="upgrade.unused", actor=by, at=now, facts=facts),)


def _causes(credential: Credential) -> Facts:
    """The causes of its suspension, in order; nothing if it isn't suspended."""
    causes = " ".join(sorted(credential.suspensions))
    return {"suspensions": causes} if causes else {}


class CredentialService(CredentialChanges):
    """Reads a credential, applies a decision and commits it with its notifications."""

    def __init__(
        self,
        credentials: CredentialStore,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        super().__init__(transactions, clock, policy)
        self._credentials = credentials
        self._foreign = foreign

    def get(self, credential_id: str, *, by: Actor) -> Credential:
        """The live credential of the account that `by` acts on, if it has this id.

        Raises:
            NotFound: unknown, past, or somebody else's: the same answer (S23).
        """
        credential = self._credentials.live(by.account)
        if credential is None or credential.id != credential_id:
            raise self.refused(credential_id, by=by)
        return credential

    def refused(self, credential_id: str, *, by: Actor) -> NotFound:
        """The refusal of an id that isn't this account's; the attempt is audited (S23)."""
        return self._foreign.refused(
            "credential", credential_id, _ID, otherwise="no credential", by=by
        )

    def decide(
        self,
        credential_id: str,
        decision: Callable[[Credential], Transition],
        *,
        by: Actor,
        part: Callable[[Credential], TransactionPart] = lambda _seen: NOTHING,
    ) -> Credential:
        """Apply `decision` to the current credential; decides again after a conflict.

        Raises:
            NotFound: it isn't the account's live credential.
            DomainError: what the decision refuses; nothing changed.
        """

        def attempt() -> Credential:
            seen = self.get(credential_id, by=by)
            transition = decision(seen)
            if transition.change is None:
                return seen
            return self.commit(seen, transition, by=by, part=part(seen))

        return self._transactions.retry_on_conflict(attempt)
