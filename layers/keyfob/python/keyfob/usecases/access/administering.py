"""An administrator who acts for an organization or a partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """The caller of an administrators' route.

    Attributes:
        home: the id of the organization or partner whose things the caller may see and change.
        proof: the caller's session, with the proof that the route requires.
        credential: the live one that the session's codes are of, read with the session.
        by: the caller, with the reason for an act about somebody else.
    """

    home: str
    proof: SessionProof
    credential: Credential | None
    by: Actor

    def require_proof(self, now: datetime, policy: Policy) -> None:
        """Refuse a session without the proof (S24, S58).

        Raises:
            ElevationRequired, RecentPasswordRequired.
        """
        self.proof.require(self.credential, now, policy)
