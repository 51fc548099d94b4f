"""Help desk: an operator acts for a holder who asks for help (D2, F2, F3, F5, G2)."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials import lifecycle, tokens
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.credentials.suspension import OPERATOR
from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.transaction import NOTHING, TransactionPart
from keyfob.usecases.credentials.revocation import Revocation
from keyfob.usecases.credentials.service import CredentialService


class HelpDesk:
    """Finds a holder's live credential by user id and changes it; the holder is notified."""

    def __init__(
        self,
        *,
        directory: Directory,
        credentials: CredentialStore,
        service: CredentialService,
        revocation: Revocation,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._credentials = credentials
        self._service = service
        self._revocation = revocation
        self._clock = clock
        self._policy = policy

    def reset_token(self, user_id: str, by: Actor) -> Credential:
        """Reopen registration and resynchronization after too many failures.

        Raises:
            NotFound: no such account, or no live credential.
        """
        return self._decide(user_id, tokens.reset, by)

    def suspend(self, user_id: str, by: Actor) -> Credential:
        """Add an operator's cause of suspension, which an operator lifts; the 60 days rest (F5).

        Raises:
            NotFound: no such account, or no live credential. IllegalTransition: its revocation is
                due.
        """
        return self._decide(
            user_id,
            lambda seen: lifecycle.suspend(seen, OPERATOR, in_seconds(self._clock), self._policy),
            by,
        )

    def lift(self, user_id: str, cause: str, by: Actor) -> Credential:
        """Lift a cause of the system's (`suspension.py`); people lift their own.

        Raises:
            NotFound: no such account, or no live credential.
            SuspendedByOthers: it has other causes only. IllegalTransition: its revocation is due.
        """
        return self._decide(
            user_id,
            lambda seen: lifecycle.lift(seen, cause, in_seconds(self._clock), self._policy),
            by,
        )

    def revoke(self, user_id: str, by: Actor) -> Credential:
        """Revoke the credential for good, with all that a holder's own revocation ends.

        No hold begins: the operator has verified the holder (S54).

        Raises:
            NotFound: no such account, or no live credential.
            KeysUnavailable: the key service did not answer.
        """
        return self._decide(
            user_id,
            lambda seen: lifecycle.revoke(seen, in_seconds(self._clock)),
            by,
            lambda seen: self._revocation.on_behalf(seen, by=by.acting_for(seen.account)),
        )

    def live(self, user_id: str) -> Credential:
        """The account's live credential.

        Raises:
            NotFound: no such account, or no live credential.
        """
        normalized = normalized_user_id(user_id)
        account = self._directory.account_of(normalized) if normalized else None
        live = self._credentials.live(account) if account else None
        if live is None:
            raise NotFound("There is no account with this user id that has a live credential.")
        return live

    def _decide(
        self,
        user_id: str,
        decision: Callable[[Credential], Transition],
        by: Actor,
        part: Callable[[Credential], TransactionPart] = lambda _seen: NOTHING,
    ) -> Credential:
        live = self.live(user_id)
        return self._service.decide(live.id, decision, by=by.acting_for(live.account), part=part)
