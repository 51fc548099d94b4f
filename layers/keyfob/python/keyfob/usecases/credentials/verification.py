"""Signing in with a code: the hot path, two round trips for a hardware token's code.

read    sessions row + live credential, one consistent BatchGetItem
decide  open the seed with the data key at hand, compare the window
write   right   credential (version) + session re-keyed (secret, epoch) + entry, one transaction
        wrong   one conditional append; the one that reaches the limit: a transaction
answer  only then; a writer whose condition failed reads and decides again

A: code 123, v7                     B: code 123, v7
A: SET last = 901 IF version = 7    ✓ v8
                                    B: SET last = 901 IF version = 7    ✗ reads v8
                                    B: 901 is spent: refused, and not counted as a guess
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential, Transition
from keyfob.domain.errors import OutcomeUnknown
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import NotAuthenticated, SignInAgain
from keyfob.domain.sessions.permission import Permission
from keyfob.domain.sessions.session import (
    Session,
    Sessions,
    Token,
    elevated,
    recognize,
)
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import NOTHING, TransactionPart, Transactions
from keyfob.usecases.credentials.service import CredentialChanges


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The code that somebody signs in with, its `method`, and the id of the phone if given."""

    method: str
    code: str
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A code to check, the session it was typed in, and the id it is counted by."""

    session: str
    code: str
    trial: str
    by: Actor
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The result of a right code: the credential as `seen`, its transition, the authenticator.

    `spoken`: a call read the code out.
    """

    seen: Credential
    transition: Transition
    authenticator: str
    spoken: bool = False
    part: TransactionPart = NOTHING


class Check(Protocol):
    """Recognizes right codes of one kind of authenticator; counts a wrong one, then raises."""

    def judge(self, credential: Credential | None, guess: Guess) -> Judged:
        """The result of a right code; a `DomainError` for any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elevated:
    """The session as it is now, its session token, and the credential that elevated it."""

    token: Token
    session: Session
    credential: str


class Verification:
    """Elevates sessions by codes; `checks` by method."""

    def __init__(
        self,
        *,
        sessions: SessionStore,
        service: CredentialChanges,
        checks: Mapping[str, Check],
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._sessions = sessions
        self._service = service
        self._checks = checks
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def elevate(
        self, token: Token, read: Callable[[], Typed], permission: Permission, client: Client
    ) -> Elevated:
        """Elevate the session behind `token` by the code that `read` returns.

        `read` is called once the session is recognized: a stranger learns nothing about the form.

        Raises:
            NotAuthenticated: there is no such session, or only a challenge.
            NotApproved, NotActivated, Suspended, Expired: nothing was compared.
            NoToken, TokenLocked, ResetNeeded; NoLiveCode, PhoneBlocked, PhoneLocked: the same.
            WrongCode: counted. CodeAlreadyUsed: not counted. InvalidInput: no code at all.
            KeysUnavailable, StorageUnavailable, Busy: nothing was decided.
            SignInAgain: the session may have been re-keyed; the answer that says so was lost.
        """
        trial = ids.new_trial()
        return self._transactions.retry_on_conflict(
            lambda: self._try(token, read, trial, permission, client)
        )

    def _try(
        self,
        token: Token,
        read: Callable[[], Typed],
        trial: str,
        permission: Permission,
        client: Client,
    ) -> Elevated:
        now = self._clock()
        sessions, credential = self._sessions.with_credential(token.account)
        session = recognize(sessions, token, now, self._policy)
        if sessions is None:
            raise NotAuthenticated
        permission.admit(session, sessions.roles)
        typed = read()
        by = client.as_account(token.account)
        guess = Guess(session=session.id, code=typed.code, phone=typed.phone, trial=trial, by=by)
        judged = self._checks[typed.method].judge(credential, guess)
        return self._elevated(sessions, session, judged, by)

    def _elevated(
        self, sessions: Sessions, session: Session, judged: Judged, by: Actor
    ) -> Elevated:
        secret = ids.new_secret()
        now, to = self._clock(), judged.transition.credential
        stronger = elevated(session, to, secret, now, by=judged.authenticator, spoken=judged.spoken)
        writes = [session_rows.elevate(sessions, session, stronger), *judged.part.writes]
        part = TransactionPart(writes=writes, facts=judged.part.facts)
        try:
            self._service.commit(judged.seen, judged.transition, by=by, part=part)
        except OutcomeUnknown as lost:
            raise SignInAgain from lost  # "try again" would find a session that is gone
        token = Token(account=sessions.account, session=session.id, secret=secret)
        return Elevated(token=token, session=stronger, credential=to.id)
