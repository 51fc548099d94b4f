"""Freezes, thaws and releases accounts (S54).

    freeze    sessions {}, epoch + 1, frozen ⊕ hold frozen ⊕ entry ⊕ mails
    thaw      not frozen, pending reset ⊕ a new hold ⊕ entries ⊕ mails, texts, effect
    release   pending reset ⊕ hold with the code's keyed hash ⊕ entry ⊕ mails, texts, effect

Thawing and releasing reset the password: somebody else may know it. Nobody signs in while an
account is frozen, and the hold begins anew when it is thawed, since a hold that ran out while it
was frozen has protected nobody. Links from before the thaw freeze it no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.holds import hold as decisions
from keyfob.domain.holds.errors import UnknownFreezeLink
from keyfob.domain.holds.hold import PURPOSE, Ended, Hold, bound_release, generate_release, never
from keyfob.domain.holds.notifications import about, released_texts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds import store as rows
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Guard, Transactions, unguarded
from keyfob.usecases.holds.holding import Holding, readers_of
from keyfob.usecases.sessions.reset import reset_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeLink:
    """Whether the link's account is frozen, and the language of its page (BCP 47)."""

    frozen: bool
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCode:
    """A release code to hand to the holder, shown once; it is stored nowhere."""

    code: str
    until: datetime


class Freezing:
    """Freezes an account by its link, or for an operator or administrator."""

    def __init__(
        self,
        *,
        holds: HoldStore,
        directory: Directory,
        sessions: SessionStore,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._holds = holds
        self._directory = directory
        self._sessions = sessions
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def link(self, token: str) -> FreezeLink:
        """The link with this token, for its page. Changes nothing.

        Raises:
            UnknownFreezeLink.
        """
        account = self._account_of(token)
        reader = self._directory.account(account)
        return FreezeLink(
            frozen=self._found(account).frozen, language=reader.language if reader else ""
        )

    def by_link(self, token: str, client: Client) -> FreezeLink:
        """Freeze the account of the link with this token; repeating it changes nothing.

        Raises:
            UnknownFreezeLink.
        """
        account = self._account_of(token)
        by = Actor(
            kind="link",
            id="freeze",
            address=client.address,
            correlation=client.correlation,
            about=account,
        )
        self.freeze(account, by)
        return self.link(token)

    def by_operator(self, user_id: str, by: Actor) -> str:
        """Freeze the account with this user id; repeating it changes nothing. Returns its id.

        Raises:
            NotFound: no account has this user id.
        """
        account = account_of(self._directory, user_id)
        self.freeze(account, by.acting_for(account))
        return account

    def freeze(self, account: str, by: Actor, guard: Guard = unguarded) -> None:
        """Freeze the account: its sessions end, and nobody signs in until it is thawed."""

        def attempt() -> None:
            sessions, now = self._found(account), self._clock()
            if sessions.frozen:
                return
            seen = self._holds.get(account)
            hold = decisions.frozen(seen or never(account))
            kept = self._holds.numbers(account, now)
            until = now + self._policy.numbers_kept_frozen
            writes: list[Write] = [
                session_rows.freeze(sessions),
                rows.change(seen, hold),
            ]
            if kept.sealed:
                writes.append(rows.keep_numbers(account, kept, kept.sealed, until=until))
            told = about(
                Kind.ACCOUNT_FROZEN,
                hold,
                readers_of(account, self._directory),
                now,
                correlation=by.correlation,
            )
            entry = Entry(action="account.frozen", actor=by, at=now, facts={"account": account})
            self._transactions.commit(*writes, *guard().writes, audit=[entry], messages=told)

        self._transactions.retry_on_conflict(attempt)

    def _account_of(self, token: str) -> str:
        account = self._holds.frozen_by(token, self._clock())
        if account is None:
            raise UnknownFreezeLink
        return account

    def _found(self, account: str) -> Sessions:
        return _sessions_of(account, self._sessions)


class Reopening:
    """Thaws accounts, and releases the binding of their next first authenticator."""

    def __init__(
        self,
        *,
        holds: HoldStore,
        holding: Holding,
        directory: Directory,
        sessions: SessionStore,
        credentials: CredentialStore,
        phones: PhoneStore,
        mac: Mac,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
        generate: Callable[[], str] = generate_release,
    ) -> None:
        self._holds = holds
        self._holding = holding
        self._directory = directory
        self._sessions = sessions
        self._credentials = credentials
        self._phones = phones
        self._mac = mac
        self._transactions = transactions
        self._clock = clock
        self._policy = policy
        self._generate = generate

    def thaw(self, user_id: str, by: Actor) -> str:
        """Thaw the account with this user id and reset its password. Returns its id.

        Raises:
            NotFound: no account has this user id. IllegalTransition: it isn't frozen.
            KeysUnavailable: the key service did not answer.
        """
        account = account_of(self._directory, user_id)
        self.thaw_account(account, by.acting_for(account))
        return account

    def thaw_account(self, account: str, by: Actor, guard: Guard = unguarded) -> None:
        """The same, by the account's id.

        Raises:
            IllegalTransition: it isn't frozen. KeysUnavailable: the key service did not answer.
        """

        def attempt() -> None:
            sessions, now = self._found(account), self._clock()
            if not sessions.frozen:
                raise IllegalTransition("this account isn't frozen")
            # A second reader of the row finds the same: `begin` writes under the version read.
            seen = self._holds.get(account)
            thawed = decisions.begun(seen, account, Ended.FREEZE, now, self._policy, waits=True)
            phones = self._phones.confirmed(self._credentials.live(account))
            hold = self._holding.begin(account, Ended.FREEZE, phones, now, by=by, waits=True)
            reset = reset_effect(account, sessions.epoch + 1, by.correlation)
            entry = Entry(action="account.thawed", actor=by, at=now, facts={"account": account})
            readers = readers_of(account, self._directory)
            told = about(Kind.ACCOUNT_THAWED, thawed, readers, now, correlation=by.correlation)
            self._transactions.commit(
                session_rows.thaw(sessions, pending_reset=reset.id),
                *hold.writes,
                *guard().writes,
                audit=[entry, *hold.audit],
                messages=[reset, *told, *hold.messages],
            )

        self._transactions.retry_on_conflict(attempt)

    def release(self, user_id: str, by: Actor) -> ReleaseCode:
        """End the account's sessions, reset its password, and make a code that binds once.

        An earlier code is void.

        Raises:
            NotFound: no account has this user id. IllegalTransition: it is frozen.
            KeysUnavailable: the key service did not answer.
        """
        account = account_of(self._directory, user_id)
        return self.release_account(account, by.acting_for(account))

    def release_account(self, account: str, by: Actor, guard: Guard = unguarded) -> ReleaseCode:
        """The same, by the account's id.

        Raises:
            IllegalTransition: it is frozen. KeysUnavailable: the key service did not answer.
        """
        code = self._generate()
        mac = self._mac(PURPOSE, bound_release(account, code))

        def attempt() -> Hold:
            sessions, now = self._found(account), self._clock()
            if sessions.frozen:
                raise IllegalTransition("this account is frozen: thaw it first")
            seen = self._holds.get(account)
            hold = decisions.released(seen or never(account), mac, now, self._policy)
            reset = reset_effect(account, sessions.epoch + 1, by.correlation)
            phones = self._holds.numbers(account, now).sealed
            readers = readers_of(account, self._directory)
            told = about(Kind.CREDENTIAL_REOPENED, hold, readers, now, correlation=by.correlation)
            entry = Entry(action="binding.released", actor=by, at=now, facts={"account": account})
            self._transactions.commit(
                session_rows.restart(sessions, pending_reset=reset.id),
                rows.change(seen, hold),
                *guard().writes,
                audit=[entry],
                messages=[
                    reset,
                    *told,
                    *released_texts(hold, phones, correlation=by.correlation),
                ],
            )
            return hold

        hold = self._transactions.retry_on_conflict(attempt)
        return ReleaseCode(code=code, until=hold.release.until if hold.release else hold.until)

    def _found(self, account: str) -> Sessions:
        return _sessions_of(account, self._sessions)


def account_of(directory: Directory, user_id: str) -> str:
    """The id of the account with this user id.

    Raises:
        NotFound: there is none.
    """
    normalized = normalized_user_id(user_id)
    account = directory.account_of(normalized) if normalized else None
    if account is None:
        raise NotFound("There is no account with this user id.")
    return account


def _sessions_of(account: str, sessions: SessionStore) -> Sessions:
    found = sessions.get(account)
    if found is None:
        raise NotFound
    return found
