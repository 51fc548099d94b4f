"""Judges an administrator's role again in the transaction of an act (S24).

    A: the gate reads the role                  an operator takes the role from A
    A: reads the role again, and commits
       IF A's roles are as they were read       ✗ reads again: refused

`Colleagues` does the same for acts about accounts of the own organization.
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.role import Role
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.rows import Check
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore


class HeldRoles:
    """Reads roles when an act is committed."""

    def __init__(self, *, sessions: SessionStore, clock: Clock, policy: Policy) -> None:
        self._sessions = sessions
        self._clock = clock
        self._policy = policy

    def of_partner(self, by: Actor, proof: SessionProof, partner: str) -> Check:
        """Condition check: `by` still administers this partner.

        Raises:
            RoleRequired: no administrator of it any more.
            ElevationRequired, RecentPasswordRequired.
        """
        return self._still(by, proof, Role.PARTNER_ADMINISTRATOR, partner)

    def of_organization(self, by: Actor, proof: SessionProof) -> Check:
        """Condition check: `by` still administers the own organization.

        Raises:
            As `of_partner`.
        """
        return self._still(by, proof, Role.ORGANIZATION_ADMINISTRATOR, None)

    def _still(self, by: Actor, proof: SessionProof, role: Role, partner: str | None) -> Check:
        seen, credential = self._sessions.with_credential(by.id)
        if seen is None or not seen.active or role not in seen.roles:
            raise RoleRequired
        if partner is not None and seen.partner != partner:
            raise RoleRequired
        proof.require(credential, in_seconds(self._clock), self._policy)
        return rows.same_roles(seen)
