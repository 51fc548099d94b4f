"""A holder manages a credential: suspends, re-enables, revokes it (D4, F3, F5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.credentials.errors import NotConfirmed
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.transaction import NOTHING, TransactionPart, joined
from keyfob.usecases.credentials.revocation import Revocation
from keyfob.usecases.credentials.service import CredentialService


class Management:
    """A holder's acts; a password is enough for each, as people who lost their token need it (F3).

    Each takes a recent one, so that an open session isn't enough (S58). If no recent code was
    given, either, the end of an authenticator or a credential begins a hold (S54).
    Re-enabling brings back no elevation: that takes a code. A holder who lost the token revokes it.
    """

    def __init__(
        self, *, service: CredentialService, revocation: Revocation, clock: Clock, policy: Policy
    ) -> None:
        self._service = service
        self._revocation = revocation
        self._clock = clock
        self._policy = policy

    def upgrade(
        self, credential_id: str, claim: tuple[str, str], proof: SessionProof, by: Actor
    ) -> Credential:
        """Begin the unused upgrade, with this legal name and country (ISO 3166 alpha-2).

        Raises:
            NotFound; ElevationRequired; NoUpgrade, NotApproved, NotActivated, Suspended, Expired.
        """
        name, country = claim
        return self._decide(
            credential_id,
            lambda seen: lifecycle.begin_upgrade(seen, name, country, self._now()),
            proof,
            by,
        )

    def suspend(self, credential_id: str, proof: SessionProof, by: Actor) -> Credential:
        """Suspend the credential until its holder re-enables it; repeating it changes nothing.

        Raises:
            NotFound; RecentPasswordRequired; NotApproved, NotActivated.
            IllegalTransition: its revocation is due.
        """
        return self._decide(
            credential_id,
            lambda seen: lifecycle.suspend(seen, Suspender.HOLDER, self._now(), self._policy),
            proof,
            by,
        )

    def lift(self, credential_id: str, proof: SessionProof, by: Actor) -> Credential:
        """Re-enable the credential; repeating it changes nothing.

        Raises:
            NotFound; RecentPasswordRequired; SuspendedByOthers, NotApproved, NotActivated.
            IllegalTransition: its revocation is due.
        """
        return self._decide(
            credential_id,
            lambda seen: lifecycle.lift(seen, Suspender.HOLDER, self._now(), self._policy),
            proof,
            by,
        )

    def revoke_token(self, credential_id: str, proof: SessionProof, by: Actor) -> Credential:
        """Remove the credential's lost, broken or stolen token.

        Raises:
            NotFound; RecentPasswordRequired; NoToken: there is none.
            KeysUnavailable: the key service did not answer.
        """

        def part(seen: Credential) -> TransactionPart:
            retired = self._revocation.of_token(seen, by=by)
            if seen.phones:
                return retired
            proven = self._proven(seen, proof)
            held = self._revocation.of_last_authenticator(seen, by=by, proven=proven)
            return joined(retired, held)

        return self._decide(credential_id, tokens.revoke_token, proof, by, part)

    def revoke(
        self, credential_id: str, proof: SessionProof, by: Actor, *, confirmed: bool
    ) -> Credential:
        """Revoke the credential for good.

        The same transaction ends every session of the account, and nobody can sign in until the
        password has been reset, too (F3, S22).

        Raises:
            NotConfirmed: nothing changed. NotFound; RecentPasswordRequired.
            KeysUnavailable: the key service did not answer.
        """
        if not confirmed:
            raise NotConfirmed

        return self._decide(
            credential_id,
            lambda seen: lifecycle.revoke(seen, self._now()),
            proof,
            by,
            lambda seen: self._revocation.by_holder(seen, by=by, proven=self._proven(seen, proof)),
        )

    def _decide(
        self,
        credential_id: str,
        decision: Callable[[Credential], Transition],
        proof: SessionProof,
        by: Actor,
        part: Callable[[Credential], TransactionPart] = lambda _seen: NOTHING,
    ) -> Credential:
        def proven(seen: Credential) -> Transition:
            proof.require(seen, self._now(), self._policy)
            return decision(seen)

        return self._service.decide(credential_id, proven, by=by, part=part)

    def _proven(self, seen: Credential, proof: SessionProof) -> bool:
        return proof.has_recent_code(seen, self._now(), self._policy)

    def _now(self) -> datetime:
        return in_seconds(self._clock)
