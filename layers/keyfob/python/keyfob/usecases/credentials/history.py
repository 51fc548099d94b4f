"""A credential and its history, for its holder (F1)."""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Recorded
from keyfob.domain.credentials.credential import Credential
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.usecases.credentials.service import CredentialService


class History:
    """Reads an account's own credentials, live and past."""

    def __init__(
        self, credentials: CredentialStore, service: CredentialService, trail: AuditStore
    ) -> None:
        self._credentials = credentials
        self._service = service
        self._trail = trail

    def of(self, by: Actor, credential_id: str) -> Credential:
        """The account's credential with this id.

        Raises:
            NotFound: unknown, or somebody else's: the same answer after the same work.
        """
        credential = self._credentials.get(by.account, credential_id)
        if credential is None:
            raise self._service.refused(credential_id, by=by)
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
