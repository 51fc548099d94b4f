"""Password recovery: a mailed code, then a new password (A4, S17, S25).

    asked: the same calls for any user id; one row a user id, the code's mail queued
    asked again while it is good: the same code, mailed again, good for longer; after three mails
        in a quarter of an hour none, and the same answer: the mailbox has a good code
    confirmed: the code is right
    commit: the code used, epoch 8, sessions {}, new_password_until = now + 60 s
    the new password is set in the password store
    commit: epoch 9, sessions {}, no mark, every address of the account notified

The epoch rises twice: a session that begins between the two with the old password ends with the
second. Recovery begins no session; the person signs in with the new password, at strength 1.

The mark of `reset.py` still holds: after a revocation no new password can be chosen, since the
first commit is conditioned on the epoch and isn't tried while a reset is pending; the reset waits
for one chosen before, since that commit sets `new_password_until` in the same way. A recovery waits
for that mark, too: the password that it reports as set is the last one in the password store.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import normalized_user_id
from keyfob.domain.errors import Busy, KeysUnavailable, TooManyTries
from keyfob.domain.holds.errors import AccountFrozen
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.messages.outbox import Seal
from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.sessions import notifications
from keyfob.domain.sessions import password as passwords
from keyfob.domain.sessions.client import Client, network_of
from keyfob.domain.sessions.errors import (
    IdentityUnavailable,
    PasswordResetPending,
    WrongRecoveryCode,
)
from keyfob.domain.sessions.recovery_code import (
    PURPOSE,
    Recovery,
    bound,
    generate,
    name_of,
    normalized,
)
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.phones.store import PhoneStore
from keyfob.storage.sessions import recoveries
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.recoveries import Recoveries
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.sessions.guessing import NOBODY, Guessing
from keyfob.usecases.sessions.sign_in import words_of

_NO_MAC = "0" * 64
_ASK_ANEW = (
    "The code is used, but the new password may not have arrived. "
    "Ask for a new code in a minute and choose the password again."
)


class NewPasswords(Protocol):
    """The password store. No answer raises `IdentityUnavailable`."""

    def set_password(self, account: str, password: str) -> None:
        """Make this the account's permanent password."""


class PasswordRecovery:
    """The use cases of a forgotten password."""

    def __init__(
        self,
        *,
        directory: Directory,
        sessions: SessionStore,
        phones: PhoneStore,
        recoveries: Recoveries,
        identity: NewPasswords,
        limits: Limits,
        guessing: Guessing,
        service: str,
        mac: Mac,
        seal: Seal,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._sessions = sessions
        self._phones = phones
        self._recoveries = recoveries
        self._identity = identity
        self._limits = limits
        self._guessing = guessing
        self._service = service
        self._mac = mac
        self._seal = seal
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def request(self, user_id: str, client: Client) -> None:
        """Mail the code that is good, or a new one.

        An unknown, deactivated or frozen account takes the same calls, under a placeholder (S25).
        The user id has had enough mails: nothing is done, since its mailbox has a good code.

        Raises:
            TooManyTries: from this address.
            KeysUnavailable: the key service did not answer; the request isn't counted.
        """
        name, now = _name(user_id), self._clock()
        with (
            self._limits.request([_requests(client, self._policy)], now, failed=KeysUnavailable),
            suppress(TooManyTries),
            self._limits.request([_mails(name, self._policy)], now, failed=KeysUnavailable),
        ):
            found = self._directory.account_of(name) or NOBODY
            sessions = self._sessions.get(found)
            reachable = sessions is not None and sessions.active and not sessions.frozen
            account = found if reachable else NOBODY
            self._transactions.retry_on_conflict(lambda: self._ask(name, account, client))

    def confirm(self, user_id: str, code: str, password: str, client: Client) -> str:
        """Set this password if the code is right; ends every session and begins none.

        It opens the lanes that wrong passwords have closed. Returns a device value for the client,
        so that it isn't among the strangers when it signs in; empty if there is none.

        If the process dies or the password store is silent after the code was used, every session
        has ended, the trail shows `password.recovery_begun`, and either password may count. A new
        code resumes from there, once `new_password_until` has passed.

        Raises:
            WeakPassword, InvalidInput: no account can use it; nothing was counted.
            WeakPassword: the code is right, but the password is easy to guess; it stays good.
            TooManyTries: from this address; nothing was looked at.
            WrongRecoveryCode: alike for a wrong, expired or used code and an unknown user id (S25).
            AccountFrozen: the code is right, but the account is frozen.
            PasswordResetPending: the code is right, but the password is being reset; it stays good.
            Busy: another new password is on its way; the code stays good unless `detail` says else.
            IdentityUnavailable: the password store did not answer; the code is used up.
        """
        name, chosen = _name(user_id), passwords.normalized(password)
        passwords.require_form(chosen, user_id=name, policy=self._policy)
        typed = normalized(code)
        tries = [_tries(client, self._policy)]
        with self._limits.guess(tries, self._clock(), wrong=WrongRecoveryCode):
            before = self._transactions.retry_on_conflict(
                lambda: self._begin(name, typed, chosen, client)
            )
        # The mailbox has no good code any more: the next one must not wait.
        self._limits.clear([_mails(name, self._policy)])
        try:
            self._identity.set_password(before.account, chosen)
        except IdentityUnavailable as silent:
            raise IdentityUnavailable(_ASK_ANEW) from silent
        alone, epoch = self._transactions.retry_on_conflict(lambda: self._finish(before, client))
        if not alone:
            raise Busy(_ASK_ANEW)
        self._guessing.open_lanes(name)
        return self._guessing.new_device(before.account, epoch)

    def _ask(self, name: str, account: str, client: Client) -> None:
        now, seen = self._clock(), self._recoveries.get(name)
        same = seen.extended(now, self._policy) if seen and seen.account == account else None
        sent = same or self._new(name, account, now)
        self._transactions.commit(
            recoveries.replace(seen, sent),
            audit=[self._entry("password.recovery_requested", account, client)],
            messages=[notifications.recovery_code(sent, now, client)],
        )

    def _new(self, name: str, account: str, now: datetime) -> Recovery:
        code, key = generate(), recoveries.key_of(name)
        return Recovery(
            key=key,
            account=account,
            mac=self._mac(PURPOSE, bound(key, account, code)),
            sealed=self._seal(name_of(key, now), code),
            made=now,
            until=now + self._policy.recovery_code_lifetime,
        )

    def _begin(self, name: str, code: str, password: str, client: Client) -> Sessions:
        """Use the code up; returns the sessions row from before."""
        now, asked = self._clock(), self._recoveries.get(name)
        account = asked.account if asked else NOBODY
        mac = self._mac(PURPOSE, bound(recoveries.key_of(name), account, code))
        right = hmac.compare_digest(mac, asked.mac if asked else _NO_MAC)
        if asked is None or not right or not asked.is_good(now):
            raise WrongRecoveryCode
        seen = self._sessions.get(account)
        if seen is None or not seen.active:
            raise WrongRecoveryCode
        if seen.frozen:
            raise AccountFrozen
        if seen.pending_reset:
            raise PasswordResetPending
        if seen.new_password_until and now < seen.new_password_until:
            raise Busy("A new password is on its way already. Try again in a minute.")
        self._require_usable(account, password)
        self._transactions.commit(
            recoveries.spend(asked, now),
            rows.begin_new_password(seen, now + self._policy.new_password_lease),
            audit=[self._entry("password.recovery_begun", account, client)],
        )
        return seen

    def _require_usable(self, account: str, password: str) -> None:
        """Judge the password by the person's names, now that the code has proved who asks."""
        holder = self._directory.account(account)
        if holder is None:
            raise WrongRecoveryCode
        words = words_of(holder, self._directory, self._service)
        passwords.require_usable(password, user_id=holder.user_id, words=words, policy=self._policy)

    def _finish(self, before: Sessions, client: Client) -> tuple[bool, int]:
        """End every session again and notify.

        Returns whether this password is surely the last one, and the sessions' epoch.
        """
        account = before.account
        seen, credential = self._sessions.with_credential(account)
        if seen and seen.frozen:
            raise AccountFrozen
        if seen is None or seen.pending_reset:
            raise PasswordResetPending
        # If anything else has raised the epoch, it may have been another new password.
        alone = seen.epoch == before.epoch + 1
        left = None if alone else seen.new_password_until
        self._transactions.commit(
            rows.end_new_password(seen, left=left),
            audit=[self._entry("password.recovered", account, client)],
            messages=notifications.recovered(
                seen,
                self._phones.confirmed(credential),
                self._clock(),
                client,
                seal=self._seal,
            ),
        )
        return alone, seen.epoch + 1

    def _entry(self, action: str, account: str, client: Client) -> Entry:
        return Entry(action=action, actor=client.as_account(account), at=self._clock())


def _name(user_id: str) -> str:
    """The key of limits and row; an impossible user id is looked up like an unknown one."""
    return normalized_user_id(user_id) or user_id


def _requests(client: Client, policy: Policy) -> Quota:
    by_address = Limit(
        name="recovery-address",
        tries=policy.recovery_requests_per_address,
        period=policy.recovery_requests_per_address_period,
    )
    return Quota(limit=by_address, subject=network_of(client.address))


def _mails(name: str, policy: Policy) -> Quota:
    by_user_id = Limit(
        name="recovery", tries=policy.recovery_mails, period=policy.recovery_mails_period
    )
    return Quota(limit=by_user_id, subject=name)


def _tries(client: Client, policy: Policy) -> Quota:
    by_address = Limit(
        name="recovery-code-address",
        tries=policy.recovery_tries_per_address,
        period=policy.recovery_tries_per_address_period,
    )
    return Quota(limit=by_address, subject=network_of(client.address))
