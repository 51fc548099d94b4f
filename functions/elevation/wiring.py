"""Builds the verification of codes from the settings."""

from functools import cache

from keyfob.credentials.store import CredentialStore
from keyfob.credentials.token_check import TokenCheck
from keyfob.credentials.verification import Verification
from keyfob.sessions.store import SessionStore
from keyfob.wiring.credentials import credential_desk_of, phone_check_of, seeds_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("elevation", "sessions", "credentials", "outbox", "audit")


@cache
def verification() -> Verification:
    base = runtime()
    desk = credential_desk_of(base)
    token = TokenCheck(
        credentials=CredentialStore(base.database),
        desk=desk,
        seeds=seeds_of(base),
        clock=base.clock,
        policy=base.policy,
    )
    return Verification(
        sessions=SessionStore(base.database),
        desk=desk,
        checks={"token": token, "phone": phone_check_of(base)},
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
