"""An account lists its own sessions and ends one of them."""

from __future__ import annotations

import re

from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sessions.session import CHALLENGE, Session, as_of
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"[0-9a-z]{26}", re.ASCII)


class OwnSessions:
    """An account's own sessions, on all its devices."""

    def __init__(
        self,
        *,
        sessions: SessionStore,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._sessions = sessions
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def live(self, account: str) -> list[Session]:
        """The signed-in sessions with their current strength, newest first."""
        now = self._clock()
        sessions, credential = self._sessions.with_credential(account)
        found = [
            as_of(one, credential, now, self._policy)
            for one in (sessions.live.values() if sessions else ())
            if one.is_live(now, self._policy) and one.strength != CHALLENGE
        ]
        return sorted(found, key=lambda one: (one.created, one.id), reverse=True)

    def end(self, account: str, session_id: str, proof: SessionProof, client: Client) -> None:
        """End one of them.

        Raises:
            NotFound: unknown, ended, or somebody else's; the attempt is audited (S23).
            RecentPasswordRequired.
        """

        def attempt() -> None:
            found = next((one for one in self.live(account) if one.id == session_id), None)
            if found is None:
                raise self._refused(account, session_id, client)
            proof.require(None, self._clock(), self._policy)
            entry = self._entry("session.ended", account, client, {"session": session_id})
            self._transactions.commit(rows.remove(account, found), audit=[entry])

        self._transactions.retry_on_conflict(attempt)

    def _refused(self, account: str, session_id: str, client: Client) -> NotFound:
        by = client.as_account(account)
        return self._foreign.refused("session", session_id, _ID, otherwise="no session", by=by)

    def _entry(self, action: str, account: str, client: Client, facts: dict[str, str]) -> Entry:
        return Entry(action=action, actor=client.as_account(account), at=self._clock(), facts=facts)
