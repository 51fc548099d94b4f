"""Signing in with a code: the hot path, two round trips.

read    sessions row + live credential, one consistent BatchGetItem
decide  open the seed with the data key at hand, compare the window
write   right   credential (version) + session re-keyed (secret, epoch) + entry, one transaction
        wrong   one conditional append; the one that reaches the limit: a transaction
answer  only then; whoever lost a condition reads and decides again

A: code 123, v7                     B: code 123, v7
A: SET last = 901 IF version = 7    ✓ v8
                                    B: SET last = 901 IF version = 7    ✗ reads v8
                                    B: 901 is spent: refused, and not counted as a guess
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keyfob import ids
from keyfob.audit.entry import Actor
from keyfob.clock import Clock
from keyfob.credentials import tokens
from keyfob.credentials.credential import TOKEN, Credential, Transition
from keyfob.credentials.desk import CredentialDesk
from keyfob.credentials.otp import require_code
from keyfob.credentials.store import CredentialStore
from keyfob.errors import NotAuthenticated, NoToken, TokenLocked, WrongCode
from keyfob.inventory.seeds import Seeds
from keyfob.policy import Policy
from keyfob.sessions import store as session_rows
from keyfob.sessions.client import Client
from keyfob.sessions.session import (
    CHALLENGE,
    Session,
    Sessions,
    Token,
    elevated,
    recognize,
)
from keyfob.sessions.store import SessionStore
from keyfob.transaction import Along, Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Elevated:
    """The session as it is now, the token that opens it, and whose code elevated it."""

    token: Token
    session: Session
    credential: str


class Verification:
    """Elevates sessions by codes of the hardware token."""

    def __init__(
        self,
        *,
        sessions: SessionStore,
        credentials: CredentialStore,
        desk: CredentialDesk,
        seeds: Seeds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._sessions = sessions
        self._credentials = credentials
        self._desk = desk
        self._seeds = seeds
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def elevate(self, token: Token, read_code: Callable[[], str], client: Client) -> Elevated:
        """The session behind `token`, elevated by the code that `read_code` gives.

        The code is read once the session is recognized: a stranger learns nothing about its form.

        Raises:
            NotAuthenticated: there is no such session, or only a challenge.
            NotApproved, NotActivated, Suspended, Expired, NoToken, TokenLocked, ResetNeeded:
                nothing was compared.
            WrongCode: counted. CodeAlreadyUsed: not counted. InvalidInput: no code at all.
            KeysUnavailable, StorageUnavailable, Busy: nothing was decided.
        """
        trial = ids.new_trial()
        return self._transactions.settle(lambda: self._try(token, read_code, trial, client))

    def _try(
        self, token: Token, read_code: Callable[[], str], trial: str, client: Client
    ) -> Elevated:
        now = self._clock()
        sessions, credential = self._sessions.with_credential(token.account)
        session = recognize(sessions, token, now, self._policy)
        if sessions is None or session.strength == CHALLENGE:
            raise NotAuthenticated
        typed = read_code()
        by = client.as_account(token.account)
        if credential is None:
            raise NoToken
        held = tokens.require_token(credential, now)
        if trial in held.failed:
            # It was counted; only the answer to that got lost on the way to us.
            raise TokenLocked if held.is_locked(self._policy) else WrongCode
        code = require_code(typed, "code", digits=held.digits)
        tokens.require_unlocked(credential, now, self._policy)
        codes = held.opened(self._seeds.open(held.serial, held.sealed))
        try:
            accepted = tokens.accept(credential, codes, code, now, self._policy)
        except WrongCode:
            self._count(credential, trial, by)
            raise
        return self._elevated(sessions, session, credential, accepted, by)

    def _elevated(
        self,
        sessions: Sessions,
        session: Session,
        credential: Credential,
        accepted: Transition,
        by: Actor,
    ) -> Elevated:
        secret = ids.new_secret()
        now = self._clock()
        stronger = elevated(session, accepted.credential, secret, now, self._policy, by=TOKEN)
        along = Along(writes=[session_rows.elevate(sessions, session, stronger)])
        self._desk.commit(credential, accepted, by=by, along=along)
        token = Token(account=sessions.account, session=session.id, secret=secret)
        return Elevated(token=token, session=stronger, credential=credential.id)

    def _count(self, credential: Credential, trial: str, by: Actor) -> None:
        counted = tokens.count_failure(credential, trial, self._policy)
        if counted.change is None:
            limit = self._policy.otp_failures
            self._credentials.append_failure(credential, trial, limit=limit)
            return
        self._desk.commit(credential, counted, by=by)
        raise TokenLocked
