"""The beginning of credentials, put together."""

from __future__ import annotations

from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.beginning import Beginning
from keyfob.wiring.runtime import Runtime


def beginning_of(base: Runtime) -> Beginning:
    """Begins credentials."""
    return Beginning(
        directory=Directory(base.database),
        access=AccessStore(base.database),
        credentials=CredentialStore(base.database),
        sessions=SessionStore(base.database),
        clock=base.clock,
        policy=base.policy,
    )
