"""The judgement of administrators' roles, put together."""

from __future__ import annotations

from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.administration.roles import HeldRoles
from keyfob.wiring.runtime import Runtime


def held_roles_of(base: Runtime) -> HeldRoles:
    """Reads roles when an act is committed."""
    return HeldRoles(sessions=SessionStore(base.database), clock=base.clock, policy=base.policy)
