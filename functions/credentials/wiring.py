"""Builds a holder's view of credentials and the acts upon them from the settings."""

from functools import cache

from keyfob.audit.store import AuditStore
from keyfob.credentials.history import History
from keyfob.credentials.management import Management
from keyfob.credentials.store import CredentialStore
from keyfob.phones.store import PhoneStore
from keyfob.wiring.credentials import credential_desk_of
from keyfob.wiring.lifecycle import ending_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("credentials", "sessions", "credentials", "outbox", "audit")


@cache
def credentials() -> CredentialStore:
    return CredentialStore(runtime().database)


@cache
def history() -> History:
    base = runtime()
    return History(credentials(), credential_desk_of(base), AuditStore(base.database))


@cache
def management() -> Management:
    base = runtime()
    return Management(
        desk=credential_desk_of(base), ending=ending_of(base), clock=base.clock, policy=base.policy
    )


@cache
def phones() -> PhoneStore:
    return PhoneStore(runtime().database)
