"""The caller of an administrator's route. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """An administrator's session in a request.

    `by` has the reason of the act; `credential` is the administrator's own, which gives the codes.
    `partner` is the one that a partner administrator acts for.
    """

    by: Actor
    organization: str
    partner: str | None
    credential: Credential | None
    proof: SessionProof

    def require_proof(self, now: datetime, policy: Policy) -> None:
        """Refuse a session without the route's proof (S24).

        Raises:
            ElevationRequired, RecentPasswordRequired.
        """
        self.proof.require(self.credential, now, policy)
