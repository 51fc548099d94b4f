"""An administrator sees, suspends, re-enables and revokes the credentials of holders (F4, F5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from keyfob.domain.audit.entry import Actor, Recorded
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.connections.connection import State
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.credentials.errors import (
    CredentialOfAnotherAccount,
    NoCredential,
    NotConfirmed,
    SuspendedByOthers,
)
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.account import Account
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.transaction import NOTHING, Guard, TransactionPart, joined
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.administration.second_person import Reopens
from keyfob.usecases.credentials.revocation import Revocation
from keyfob.usecases.credentials.service import CredentialService
from keyfob.usecases.phones.help_desk import PhoneRelease


class HolderCredentials:
    """The credentials of an organization's accounts, for its administrators.

    A connected account has none of its own (A8): its parent's isn't its organization's to manage.
    """

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        credentials: CredentialStore,
        connections: ConnectionStore,
        trail: AuditStore,
        service: CredentialService,
        revocation: Revocation,
        phones: PhoneRelease,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._colleagues = colleagues
        self._credentials = credentials
        self._connections = connections
        self._trail = trail
        self._service = service
        self._revocation = revocation
        self._phones = phones
        self._clock = clock
        self._policy = policy

    def newest(self, who: Administrator, account_id: str) -> Credential:
        """The account's live credential, or else the one that was revoked last.

        Raises:
            ElevationRequired; NotFound, NoCredential; CredentialOfAnotherAccount.
        """
        account = self._colleagues.seen(who, account_id)
        found = self._credentials.of_account(account.id)
        return found[0] if found else self._none(account)

    def history(
        self, who: Administrator, account_id: str, *, limit: int, before: str | None
    ) -> list[Recorded]:
        """At most `limit` of the newest credential's entries, newest first, from `before` on.

        Raises:
            As `newest`.
        """
        subject = self.newest(who, account_id).subject
        return self._trail.of_subject(subject, limit=limit, before=before)

    def suspend(self, who: Administrator, account_id: str) -> Credential:
        """Suspend the credential until an administrator re-enables it; again, it changes nothing.

        Raises:
            ElevationRequired, NotOnOneself; NotFound, NoCredential; CredentialOfAnotherAccount.
            NotApproved, NotActivated. IllegalTransition: its revocation is due.
        """
        return self._decide(
            who,
            account_id,
            "suspend",
            lambda seen: lifecycle.suspend(
                seen, Suspender.ADMINISTRATOR, in_seconds(self._clock), self._policy
            ),
        )

    def lift(self, who: Administrator, account_id: str) -> Credential:
        """Lift an administrator's suspension, whoever of them it was; again, it changes nothing.

        The holder's own stays: only the holder knows whether what made it necessary is over.

        Raises:
            As `suspend`. SuspendedByOthers: no administrator suspended it.
        """
        return self._decide(who, account_id, "lift", self._lifted)

    def revoke(self, who: Administrator, account_id: str, *, confirmed: bool) -> Credential:
        """Revoke the credential for good, with all that its holder's own revocation ends (F4).

        No hold begins: the administrator has verified the holder (S54).

        Raises:
            NotConfirmed: nothing changed. ElevationRequired, NotOnOneself; NotFound, NoCredential;
            CredentialOfAnotherAccount. KeysUnavailable: the key service did not answer.
            SecondPersonNeeded: `who` has just changed the account's address.
        """
        if not confirmed:
            raise NotConfirmed
        return self._decide(
            who,
            account_id,
            "revoke",
            lambda seen: lifecycle.revoke(seen, in_seconds(self._clock)),
            lambda seen, by: self._revocation.on_behalf(seen, by=by),
            # It resets the password, and begins no hold.
            reopens=Reopens.HOLD,
        )

    def free_phones(self, who: Administrator, account_id: str) -> Credential:
        """Reset the wrong codes of each phone (F2); without any, it changes nothing.

        Raises:
            ElevationRequired, NotOnOneself; NotFound, NoCredential; CredentialOfAnotherAccount.
            SecondPersonNeeded: `who` has just changed the account's address.
        """

        def act(account: Account, by: Actor, guard: Guard) -> Credential:
            self._live(account)
            return self._phones.of(account.id, by, guard)

        return self._colleagues.act(who, account_id, "free_phones", act, reopens=Reopens.ACCOUNT)

    def _decide(
        self,
        who: Administrator,
        account_id: str,
        what: str,
        decision: Callable[[Credential], Transition],
        part: Callable[[Credential, Actor], TransactionPart] = lambda _seen, _by: NOTHING,
        *,
        reopens: Reopens | None = None,
    ) -> Credential:
        def act(account: Account, by: Actor, guard: Guard) -> Credential:
            live = self._live(account)
            return self._service.decide(
                live.id, decision, by=by, part=lambda one: joined(part(one, by), guard())
            )

        return self._colleagues.act(who, account_id, what, act, reopens=reopens)

    def _lifted(self, seen: Credential) -> Transition:
        now = in_seconds(self._clock)
        try:
            return lifecycle.lift(seen, Suspender.ADMINISTRATOR, now, self._policy)
        except SuspendedByOthers as refusal:
            raise SuspendedByOthers(
                "No administrator suspended this credential. Its holder re-enables what the "
                "holder suspended; otherwise write to support."
            ) from refusal

    def _live(self, account: Account) -> Credential:
        return self._credentials.live(account.id) or self._none(account)

    def _none(self, account: Account) -> NoReturn:
        connection = self._connections.of_child(account.id)
        if connection and connection.state is State.CONNECTED:
            raise CredentialOfAnotherAccount
        raise NoCredential
