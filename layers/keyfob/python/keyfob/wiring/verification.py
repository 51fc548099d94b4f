"""Signing in with codes, put together: the hot path."""

from __future__ import annotations

from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.credentials.token_check import TokenCheck
from keyfob.usecases.credentials.verification import Verification
from keyfob.wiring.credentials import credential_changes_of, phone_check_of, seeds_of
from keyfob.wiring.runtime import Runtime


def verification_of(base: Runtime) -> Verification:
    """Checks codes of tokens and of phones."""
    service = credential_changes_of(base)
    token = TokenCheck(
        credentials=CredentialStore(base.database),
        service=service,
        seeds=base.outside(seeds_of),
        clock=base.clock,
        policy=base.policy,
    )
    return Verification(
        sessions=SessionStore(base.database),
        service=service,
        checks={"token": token, "phone": phone_check_of(base)},
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
