"""A credential over tables in memory, at any second: people's acts, and the clock's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.credentials.milestones import Milestone, next_due
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.credentials import store as rows
from keyfob.storage.credentials.store import LIVE, CredentialRow, CredentialStore
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.transaction import Transactions
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.keys import seal_of
from keyfob.wiring.lifecycle import lifecycle_jobs_of
from tests.simulation.memory import Memory
from tests.support.builders import ACTOR, a_credential
from tests.support.fakes import FakeClock, fake_seal
from tests.support.runtime import HandedRuntime


class Timeline:
    """Ada's credential; every method does at `at` what its name says."""

    def __init__(self, **changes: Any) -> None:
        self.memory, self.clock, self.policy = Memory(), FakeClock(), Policy()
        self._credential = a_credential(**changes)
        self.clock.now = self._credential.paid_at
        self._store = CredentialStore(self.memory)
        base = HandedRuntime(
            self.memory,
            self.clock,
            self.policy,
            transactions=Transactions(
                self.memory, self.clock, patience=self.policy.outbox_patience, pause=lambda _: None
            ),
            outside={seal_of: fake_seal},
        )
        self._service, self._clockwork = credential_desk_of(base), lifecycle_jobs_of(base)
        self._begin(base.transactions)

    def _begin(self, transactions: Transactions) -> None:
        credential = self._credential
        sessions = Sessions(
            account=credential.account, organization="acme", roles=(), active=True, epoch=0
        )
        entry = Entry(
            action="credential.redeemed",
            actor=ACTOR,
            at=self.clock(),
            subject=credential.subject,
        )
        due = next_due(credential, self.clock(), self.policy)
        transactions.commit(session_rows.put(sessions), rows.put(credential, due), audit=[entry])

    @property
    def credential(self) -> Credential:
        """The credential, live or past."""
        found = self._store.get(self._credential.account, self._credential.id)
        assert found
        return found

    @property
    def due(self) -> datetime | None:
        """Its place in the due index."""
        row = self.memory.get(CredentialRow, f"ACCOUNT#{self._credential.account}", LIVE)
        return datetime.fromisoformat(row.g1sk.split("#")[0]) if row else None

    def tick(self, at: datetime) -> Milestone | None:
        """The clock processes it."""
        self.clock.now = at
        return self._clockwork.perform(
            self._credential.account, by=Actor(kind="system", id="clock")
        )

    def renew(self, at: datetime) -> Credential:
        return self._do(at, lambda seen: lifecycle.renew(seen, at, self.policy))

    def suspend(self, at: datetime, by: Suspender = Suspender.HOLDER) -> Credential:
        return self._do(at, lambda seen: lifecycle.suspend(seen, by, at, self.policy))

    def lift(self, at: datetime, by: Suspender = Suspender.HOLDER) -> Credential:
        return self._do(at, lambda seen: lifecycle.lift(seen, by, at, self.policy))

    def _do(self, at: datetime, decision: Callable[[Credential], Transition]) -> Credential:
        self.clock.now = at
        seen = self._credential
        return self._service.decide(seen.id, decision, by=ACTOR.acting_for(seen.account))
