"""A credential and what happened to it, for its holder (F1)."""

from __future__ import annotations

import re

from keyfob.audit.entry import Actor, Entry, Recorded
from keyfob.audit.store import AuditStore
from keyfob.clock import Clock
from keyfob.credentials.credential import Credential
from keyfob.credentials.store import CredentialStore
from keyfob.errors import NotFound
from keyfob.transaction import Transactions

_ID = re.compile(r"crd_[0-9a-z]{20}", re.ASCII)


class History:
    """Reads one's own credentials; whoever asks for another leaves a trace (S23)."""

    def __init__(
        self,
        credentials: CredentialStore,
        trail: AuditStore,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._credentials = credentials
        self._trail = trail
        self._transactions = transactions
        self._clock = clock

    def of(self, by: Actor, credential_id: str) -> Credential:
        """The account's credential with this id, live or past.

        Raises:
            NotFound: unknown, or somebody else's: the same answer after the same work.
        """
        credential = self._credentials.get(by.id, credential_id)
        if credential is None:
            # Only what can be an id: whatever else a client sends has no place in the trail.
            asked = credential_id if _ID.fullmatch(credential_id) else "no credential"
            entry = Entry(
                action="credential.refused", actor=by, at=self._clock(), facts={"asked": asked}
            )
            self._transactions.commit(audit=[entry])
            raise NotFound
        return credential

    def entries(
        self, by: Actor, credential_id: str, *, limit: int, before: str | None
    ) -> list[Recorded]:
        """At most `limit` of its audit entries, newest first, from number `before` on.

        Raises:
            NotFound: as `of`.
        """
        credential = self.of(by, credential_id)
        return self._trail.of_subject(credential.subject, limit=limit, before=before)
