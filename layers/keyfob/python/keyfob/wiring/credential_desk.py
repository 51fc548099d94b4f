"""The service of people's credentials, put together; the hot path needs none of it."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.usecases.credentials.service import CredentialService
from keyfob.wiring.foreign_ids import foreign_ids_of
from keyfob.wiring.runtime import Runtime


def credential_desk_of(base: Runtime) -> CredentialService:
    """The service that finds and changes credentials."""
    return CredentialService(
        CredentialStore(base.database),
        foreign_ids_of(base),
        base.transactions,
        base.clock,
        base.policy,
    )
