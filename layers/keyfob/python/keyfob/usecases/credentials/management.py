"""A holder manages a credential: activates, suspends, re-enables, revokes it (C1, D4, F3, F5)."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.credential import Credential, Suspender
from keyfob.domain.credentials.errors import NotConfirmed
from keyfob.domain.policy import Policy
from keyfob.usecases.credentials.revocation import Revocation
from keyfob.usecases.credentials.service import CredentialService


class Management:
    """A holder's acts; a password is enough for each, as people who lost their token need it (F3).

    Re-enabling brings back no elevation: that takes a code. A holder who lost the token revokes it.
    """

    def __init__(
        self, *, service: CredentialService, revocation: Revocation, clock: Clock, policy: Policy
    ) -> None:
        self._service = service
        self._revocation = revocation
        self._clock = clock
        self._policy = policy

    def activate(self, credential_id: str, by: Actor) -> Credential:
        """Activate the credential; repeating it changes nothing.

        Raises:
            NotFound; NotApproved, ProofingRequired, Suspended, Expired.
        """
        return self._service.decide(
            credential_id,
            lambda seen: lifecycle.activate(seen, self._now()),
            by=by,
        )

    def suspend(self, credential_id: str, by: Actor) -> Credential:
        """Suspend the credential until its holder re-enables it; repeating it changes nothing.

        Raises:
            NotFound; NotApproved, NotActivated, Expired.
        """
        return self._service.decide(
            credential_id,
            lambda seen: lifecycle.suspend(seen, Suspender.HOLDER, self._now()),
            by=by,
        )

    def lift(self, credential_id: str, by: Actor) -> Credential:
        """Re-enable the credential; repeating it changes nothing.

        Raises:
            NotFound; SuspendedByOthers, NotApproved, NotActivated.
            IllegalTransition: its revocation is due.
        """
        return self._service.decide(
            credential_id,
            lambda seen: lifecycle.lift(seen, Suspender.HOLDER, self._now(), self._policy),
            by=by,
        )

    def revoke_token(self, credential_id: str, by: Actor) -> Credential:
        """Remove the credential's lost, broken or stolen token.

        Raises:
            NotFound; NoToken: there is none.
        """
        return self._service.decide(
            credential_id,
            tokens.revoke_token,
            by=by,
            part=lambda seen: self._revocation.of_token(seen, by=by),
        )

    def revoke(self, credential_id: str, by: Actor, *, confirmed: bool) -> Credential:
        """Revoke the credential for good.

        The same transaction ends every session of the account, and nobody can sign in until the
        password has been reset, too (F3, S22).

        Raises:
            NotConfirmed: nothing changed. NotFound.
        """
        if not confirmed:
            raise NotConfirmed

        return self._service.decide(
            credential_id,
            lambda seen: lifecycle.revoke(seen, self._now()),
            by=by,
            part=lambda seen: self._revocation.of(seen, by=by, reset_password=True),
        )

    def _now(self) -> datetime:
        return in_seconds(self._clock)
