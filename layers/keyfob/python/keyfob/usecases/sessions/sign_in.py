"""Signing in with a password, setting a new one, and signing out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from keyfob.domain import ids
from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account, normalized_user_id
from keyfob.domain.holds.errors import AccountFrozen
from keyfob.domain.policy import Policy
from keyfob.domain.sessions import notifications
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import (
    NotAuthenticated,
    PasswordResetPending,
    WeakPassword,
    WrongCredentials,
)
from keyfob.domain.sessions.lanes import Lane
from keyfob.domain.sessions.password import (
    PasswordCheck,
    is_long_enough,
    normalized,
    require_usable,
)
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sessions.session import (
    CHALLENGE,
    PASSWORD,
    Session,
    Sessions,
    Token,
    crowded_out,
    hashed,
)
from keyfob.domain.sessions.sign_in_options import SignInOption, sign_in_options
from keyfob.storage.database import Conflict
from keyfob.storage.directory.store import Directory
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.sessions.guessing import NOBODY, Guessing


class Identity(Protocol):
    """The password store. No answer raises `IdentityUnavailable`: sign-in fails closed."""

    def check(self, account: str, password: str) -> PasswordCheck:
        """Whether this is the account's password, and whether it must be changed."""

    def set_password(self, account: str, password: str) -> None:
        """Make this the account's permanent password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A new session and its session token; a challenge if its strength is 0.

    `credential` is the id of the live credential, `device` a new device value for the client, empty
    if it has a good one.
    """

    token: Token
    session: Session
    sign_in_options: Sequence[SignInOption] = ()
    credential: str | None = None
    device: str = ""


class SignIn:
    """The use cases of a session of strength 1."""

    def __init__(
        self,
        *,
        directory: Directory,
        sessions: SessionStore,
        phones: PhoneStore,
        identity: Identity,
        guessing: Guessing,
        service: str,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._sessions = sessions
        self._phones = phones
        self._identity = identity
        self._guessing = guessing
        self._service = service
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def sign_in(self, user_id: str, password: str, client: Client, *, device: str = "") -> SignedIn:
        """Begin a session for the right password; a challenge if it must be changed first.

        A password shorter than a new one may be must be changed, too. `device` is the device value
        that the client shows.

        Raises:
            WrongCredentials: alike for a wrong password and for an unknown user (S25).
            AccountFrozen, PasswordResetPending: the password is right, but doesn't count.
            TooManyTries, RecoveryRequired: too many wrong ones; nothing was checked.
            PasswordStoreLocked: the password store refuses for a while; not counted.
        """
        wanted, typed = normalized_user_id(user_id), normalized(password)
        # A right password is never counted as a guess, whatever comes of it.
        with self._guessing.by_address(client.address):
            account = (self._directory.account_of(wanted) if wanted else None) or NOBODY
            # The epoch is read before the password is checked: anything that ends the sessions in
            # between ends this sign-in too.
            seen = self._sessions.get(account)
            lane = self._guessing.lane_of(device, seen)
            with self._guessing.in_lane(lane, wanted or user_id):
                check = self._identity.check(account, typed)
                if check is PasswordCheck.WRONG or seen is None or not seen.active:
                    raise WrongCredentials
        good = check is PasswordCheck.RIGHT and is_long_enough(typed, self._policy)
        begun = self._begin(seen, PASSWORD if good else CHALLENGE, client)
        if lane is Lane.KNOWN:
            return begun
        return replace(begun, device=self._guessing.new_device(account, seen.epoch))

    def set_password(
        self, account: str, challenge: Session, password: str, client: Client
    ) -> SignedIn:
        """Set the permanent password; ends every session and begins one of strength 1 (A4).

        The challenge is spent and every session ended before the password store is changed. If the
        process dies after that, the trail shows `password.change_begun`, and signing in with the
        password that counts resumes from there.

        Raises:
            WeakPassword: it can't be used; the challenge stays.
            NotAuthenticated: the challenge was used already.
            PasswordStoreLocked: the password store refuses for a while; the challenge stays.
            IdentityUnavailable: the password store did not answer; sign in again.
        """
        holder = self._directory.account(account)
        if holder is None:
            raise NotAuthenticated
        chosen = normalized(password)
        words = words_of(holder, self._directory, self._service)
        require_usable(chosen, user_id=holder.user_id, words=words, policy=self._policy)
        if self._identity.check(account, chosen) is not PasswordCheck.WRONG:
            raise WeakPassword("Choose another password than the present one.")
        before = self._spend(account, challenge, client)
        self._identity.set_password(account, chosen)
        done = self._transactions.retry_on_conflict(lambda: self._restart(before, client))
        return replace(done, device=self._guessing.new_device(account, before.epoch + 2))

    def sign_out(self, account: str, session: Session, client: Client) -> None:
        """End this session. Ending one that is gone already changes nothing."""
        entry = self._entry("session.ended", account, client)
        try:
            self._transactions.commit(rows.remove(account, session), audit=[entry])
        except Conflict:
            return

    def sign_out_everywhere(self, account: str, proof: SessionProof, client: Client) -> None:
        """End every session of the account and every sign-in under way.

        Raises:
            RecentPasswordRequired.
        """
        proof.require(None, self._clock(), self._policy)

        def attempt() -> None:
            seen = self._sessions.get(account)
            if seen is None:
                raise NotAuthenticated
            entry = self._entry("session.all_ended", account, client)
            self._transactions.commit(rows.restart(seen), audit=[entry])

        self._transactions.retry_on_conflict(attempt)

    def _begin(self, seen: Sessions, strength: int, client: Client) -> SignedIn:
        token, session = self._new_session(seen.account, strength)
        action = "session.begun" if strength else "session.challenged"

        def attempt() -> SignedIn:
            present, credential = self._sessions.with_credential(seen.account)
            if present and present.active and present.frozen:
                raise AccountFrozen
            if present and present.active and present.pending_reset:
                raise PasswordResetPending
            if present is None or present.epoch != seen.epoch or not present.active:
                raise NotAuthenticated(
                    "The sessions of this account were just ended. Sign in again."
                )
            crowded = crowded_out(present, self._clock(), self._policy)
            limit = self._policy.sessions_per_account
            added = rows.add(present, session, without=crowded, limit=limit)
            self._transactions.commit(added, audit=[self._entry(action, seen.account, client)])
            return self._signed_in(token, session, credential)

        return self._transactions.retry_on_conflict(attempt)

    def _spend(self, account: str, challenge: Session, client: Client) -> Sessions:
        def attempt() -> Sessions:
            seen = self._sessions.get(account)
            if seen is None or not seen.active or challenge.id not in seen.live:
                raise NotAuthenticated
            entry = self._entry("password.change_begun", account, client)
            until = self._clock() + self._policy.new_password_lease
            self._transactions.commit(rows.begin_new_password(seen, until), audit=[entry])
            return seen

        return self._transactions.retry_on_conflict(attempt)

    def _restart(self, before: Sessions, client: Client) -> SignedIn:
        account = before.account
        seen, credential = self._sessions.with_credential(account)
        # Anything that ended the sessions after the challenge was spent ends this one, too (S22).
        if seen is None or not seen.active or seen.epoch != before.epoch + 1:
            raise NotAuthenticated
        token, session = self._new_session(account, PASSWORD)
        told = notifications.chosen(seen, self._clock(), client)
        self._transactions.commit(
            rows.end_new_password(seen, session, left=before.new_password_until),
            audit=[self._entry("password.changed", account, client)],
            messages=[told],
        )
        return self._signed_in(token, session, credential)

    def _signed_in(self, token: Token, session: Session, credential: Credential | None) -> SignedIn:
        offered = self.sign_in_options(credential) if session.strength else []
        live = None
        if session.strength and credential and not credential.is_over(self._clock(), self._policy):
            live = credential.id
        return SignedIn(token=token, session=session, sign_in_options=offered, credential=live)

    def sign_in_options(self, credential: Credential | None) -> list[SignInOption]:
        """The sign-in options of this credential."""
        confirmed = self._phones.confirmed(credential)
        return sign_in_options(credential, confirmed, self._clock(), self._policy)

    def _new_session(self, account: str, strength: int) -> tuple[Token, Session]:
        now, policy = self._clock(), self._policy
        token = Token(account=account, session=ids.ulid(now).lower(), secret=ids.new_secret())
        lifetime = policy.session_lifetime if strength else policy.challenge_lifetime
        session = Session(
            id=token.session,
            secret_hash=hashed(token.secret),
            strength=strength,
            created=now,
            seen=now,
            expires=now + lifetime,
        )
        return token, session

    def _entry(self, action: str, account: str, client: Client) -> Entry:
        return Entry(action=action, actor=client.as_account(account), at=self._clock())


def words_of(holder: Account, directory: Directory, service: str) -> list[str]:
    """The words that a password of this person must not rely on."""
    home = directory.organization(holder.organization)
    return [
        service,
        holder.first_name,
        holder.middle_name,
        holder.last_name,
        *holder.email.split("@"),
        home.name if home else holder.organization,
    ]
