"""Help desk: an operator acts for a holder who asks for help (D2, F2, G2)."""

from __future__ import annotations

from collections.abc import Callable

from keyfob.domain.audit.entry import Actor
from keyfob.domain.credentials import tokens
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.errors import NotFound
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.usecases.credentials.service import CredentialService


class HelpDesk:
    """Finds a holder's live credential by user id and changes it; the holder is notified."""

    def __init__(
        self, directory: Directory, credentials: CredentialStore, service: CredentialService
    ) -> None:
        self._directory = directory
        self._credentials = credentials
        self._service = service

    def reset_token(self, user_id: str, by: Actor) -> Credential:
        """Reopen registration and resynchronization after too many failures.

        Raises:
            NotFound: no such account, or no live credential.
        """
        return self._decide(user_id, tokens.reset, by)

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
        self, user_id: str, decision: Callable[[Credential], Transition], by: Actor
    ) -> Credential:
        live = self.live(user_id)
        return self._service.decide(live.id, decision, by=by.acting_for(live.account))
