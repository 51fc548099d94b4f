"""A holder's history and management of credentials, put together."""

from __future__ import annotations

from keyfob.storage.audit.store import AuditStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.usecases.credentials.history import History
from keyfob.usecases.credentials.management import Management
from keyfob.usecases.phones.help_desk import PhoneRelease
from keyfob.wiring.credential_desk import credential_desk_of
from keyfob.wiring.credentials import credential_changes_of
from keyfob.wiring.lifecycle import revocation_of
from keyfob.wiring.runtime import Runtime


def history_of(base: Runtime) -> History:
    """The history of a holder's credential, from the audit trail."""
    credentials, trail = CredentialStore(base.database), AuditStore(base.database)
    return History(credentials, credential_desk_of(base), trail)


def management_of(base: Runtime) -> Management:
    """The use cases that activate, suspend, re-enable and revoke."""
    return Management(
        service=credential_desk_of(base),
        revocation=revocation_of(base),
        clock=base.clock,
        policy=base.policy,
    )


def phone_release_of(base: Runtime) -> PhoneRelease:
    """Unblocks phones."""
    return PhoneRelease(
        CredentialStore(base.database),
        credential_changes_of(base),
        PhoneStore(base.database),
        base.transactions,
    )
