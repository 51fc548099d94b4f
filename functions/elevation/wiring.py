"""Builds the verification of codes from the settings."""

from functools import cache

from keyfob.credentials.store import CredentialStore
from keyfob.credentials.verification import Verification
from keyfob.sessions.store import SessionStore
from keyfob.wiring.credentials import credential_desk_of, seeds_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("elevation", "sessions", "credentials", "outbox", "audit")


@cache
def verification() -> Verification:
    base = runtime()
    return Verification(
        sessions=SessionStore(base.database),
        credentials=CredentialStore(base.database),
        desk=credential_desk_of(base),
        seeds=seeds_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
