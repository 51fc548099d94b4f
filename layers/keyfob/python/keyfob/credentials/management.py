"""What a holder does with a credential: activate, suspend, re-enable, give up (C1, D4, F3, F5)."""

from __future__ import annotations

from datetime import datetime

from keyfob.audit.entry import Actor, Entry
from keyfob.clock import Clock
from keyfob.credentials import lifecycle, tokens
from keyfob.credentials.credential import Credential, Suspender
from keyfob.credentials.desk import Along, CredentialDesk
from keyfob.errors import NotConfirmed, NotFound
from keyfob.inventory.store import Inventory, retire_token
from keyfob.inventory.token import masked
from keyfob.rows import Write
from keyfob.sessions import store as session_rows
from keyfob.sessions.reset import reset_promise
from keyfob.sessions.store import SessionStore


class Management:
    """A holder's acts; a password is enough for each, as people who lost their token need it (F3).

    Re-enabling brings back no elevation: that takes a code. Whoever lost the token gives it up.
    """

    def __init__(
        self,
        *,
        desk: CredentialDesk,
        inventory: Inventory,
        sessions: SessionStore,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._inventory = inventory
        self._sessions = sessions
        self._clock = clock

    def activate(self, credential_id: str, by: Actor) -> Credential:
        """The credential in use. Again it changes nothing.

        Raises:
            NotFound; NotApproved, ProofingRequired, Suspended, Expired.
        """
        return self._desk.decide(
            by.id, credential_id, lambda seen: lifecycle.activate(seen, self._now()), by=by
        )

    def suspend(self, credential_id: str, by: Actor) -> Credential:
        """The credential out of use until its holder re-enables it. Again it changes nothing.

        Raises:
            NotFound; NotApproved, NotActivated, Expired.
        """
        return self._desk.decide(
            by.id,
            credential_id,
            lambda seen: lifecycle.suspend(seen, Suspender.HOLDER, self._now()),
            by=by,
        )

    def lift(self, credential_id: str, by: Actor) -> Credential:
        """The credential in use again. Again it changes nothing.

        Raises:
            NotFound; SuspendedByOthers, NotApproved, NotActivated.
        """
        return self._desk.decide(
            by.id, credential_id, lambda seen: lifecycle.lift(seen, Suspender.HOLDER), by=by
        )

    def revoke_token(self, credential_id: str, by: Actor) -> Credential:
        """The credential without its lost, broken or stolen token.

        Raises:
            NotFound; NoToken: there is none.
        """

        def along(seen: Credential) -> Along:
            writes, audit = self._retired(seen, by)
            return Along(writes=writes, audit=audit)

        return self._desk.decide(by.id, credential_id, tokens.revoke_token, by=by, along=along)

    def revoke(self, credential_id: str, by: Actor, *, confirmed: bool) -> Credential:
        """The credential, ended for good.

        Every session of the account ends in the same transaction, and nobody signs in until the
        password, too, has been reset (F3, S22).

        Raises:
            NotConfirmed: nothing changed. NotFound.
        """
        if not confirmed:
            raise NotConfirmed

        def along(seen: Credential) -> Along:
            sessions = self._sessions.get(by.id)
            if sessions is None:
                raise NotFound
            reset = reset_promise(by.id, sessions.epoch + 1, by.correlation)
            writes, audit = self._retired(seen, by)
            ended = session_rows.restart(sessions, pending_reset=reset.id)
            return Along(writes=[*writes, ended], audit=audit, messages=[reset])

        return self._desk.decide(
            by.id,
            credential_id,
            lambda seen: lifecycle.revoke(seen, self._now()),
            by=by,
            along=along,
        )

    def _now(self) -> datetime:
        """In whole seconds, as rows keep it."""
        return self._clock().replace(microsecond=0)

    def _retired(self, seen: Credential, by: Actor) -> tuple[list[Write], list[Entry]]:
        """The writes that take the credential's token out of circulation: nobody gets it again."""
        if seen.token is None:
            return [], []
        stored = self._inventory.stored([seen.token.serial])[seen.token.serial]
        entry = Entry(
            action="token.retired",
            actor=by,
            at=self._clock(),
            subject=stored.subject.id,
            facts={"serial": masked(stored.serial)},
        )
        return [retire_token(stored)], [entry]
