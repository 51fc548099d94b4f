"""Password reset: an effect that follows the commit which revokes a credential (F3, S22).

It also gives a new account its login and first password (A10). The password of an administrator
whom a registrant has entered comes sealed with the effect: exactly that one is set, and the mail
doesn't repeat it.

    the revocation commits: epoch 8, sessions {}, pending_reset = eff_1, eff_1 queued
    nobody signs in: earlier sign-ins fail on the epoch, later ones on the mark
    eff_1: a temporary password is set in the password store
    eff_1 commits: epoch 9, no mark, the mail with that password queued

The mailed password is always the one that counts. A mail is queued only by the commit that removes
the mark, which happens once. A worker that dies before it has set a password that nobody knows: the
effect is done again with another one. Nothing else writes to the password store between the last
write and that commit, or after it:

* another worker gets the effect when the lease has run out, longer than any worker may run;
* another effect finds its id not in the mark, since the first mark stays until it is done;
* the reset waits for a new password chosen before the revocation: until it has arrived, or can't
  arrive any more, a mark of its own stays in the row. None can be chosen afterwards: the challenge
  that this takes is gone, and there are no new ones; and a recovery's code is used up only under an
  epoch that was read without a pending reset (`recovery.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.errors import Busy
from keyfob.domain.messages.facts import UntilFacts, WelcomeFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id
from keyfob.domain.sessions.password import TEMPORARY_VALIDITY, generate_temporary
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.messages.store import Lease
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions


class TemporaryPasswords(Protocol):
    """The password store. No answer raises `IdentityUnavailable`."""

    def set_temporary(self, account: str, password: str) -> None:
        """Make this the account's password until the next sign-in, which must change it.

        An account without a login gets one.
        """


def reset_effect(
    account: str, version: int, correlation: str, *, sealed: bytes | None = None
) -> Message:
    """The effect that resets this account's password; `restart` marks the row with its id.

    `version` is the epoch that the same commit raises to: each raise can queue one reset. With
    `sealed` (under the effect's id) that password is set, else a new one is made and mailed.
    """
    return Message(
        kind=Kind.RESET_PASSWORD,
        subject=f"ACCOUNT#{account}",
        version=version,
        recipient=account,
        sealed=sealed,
        correlation=correlation,
    )


class PasswordReset:
    """Sets a temporary password and mails it. Idempotent.

    Args:
        sessions: where the mark is.
        identity: the password store.
        seal: encrypts the password for the notifier.
        unseal: decrypts a password that comes with the effect.
        transactions: the one way to write.
        clock: the time.
        generate: makes a password that the password store takes.
    """

    def __init__(
        self,
        *,
        sessions: SessionStore,
        identity: TemporaryPasswords,
        seal: Seal,
        unseal: Callable[[str, bytes], str],
        transactions: Transactions,
        clock: Clock,
        generate: Callable[[], str] = generate_temporary,
    ) -> None:
        self._sessions = sessions
        self._identity = identity
        self._seal = seal
        self._unseal = unseal
        self._transactions = transactions
        self._clock = clock
        self._generate = generate

    def perform(self, lease: Lease) -> bool:
        """Reset the password; False if this effect isn't the pending one (any more).

        Raises:
            Busy: a new password chosen earlier may still be on its way.
            KeysUnavailable, IdentityUnavailable: the key service or the password store did not
                answer; the mark stays and nobody signs in.
        """
        return self._transactions.retry_on_conflict(lambda: self._attempt(lease))

    def _attempt(self, lease: Lease) -> bool:
        seen, now = self._sessions.get(lease.message.recipient), self._clock()
        if seen is None or seen.pending_reset != lease.id:
            return False
        if seen.new_password_until and now < seen.new_password_until:
            raise Busy
        # The key service comes first: if it is silent, the password store stays untouched.
        password, mail = self._chosen(seen, lease, now)
        self._identity.set_temporary(seen.account, password)
        entry = Entry(
            action="password.reset",
            actor=Actor(kind="system", id="effects", correlation=lease.message.correlation),
            at=now,
            facts={"account": seen.account},
        )
        self._transactions.commit(rows.reset_done(seen), audit=[entry], messages=[mail])
        return True

    def _chosen(self, seen: Sessions, lease: Lease, now: datetime) -> tuple[str, Message]:
        """The password and its mail."""
        correlation = lease.message.correlation
        if lease.message.sealed is not None:
            password = self._unseal(lease.id, lease.message.sealed)
            return password, _welcome(seen, now, correlation)
        password = self._generate()
        return password, self._mail(seen, password, now, correlation)

    def _mail(self, seen: Sessions, password: str, now: datetime, correlation: str) -> Message:
        subject, version = f"ACCOUNT#{seen.account}", seen.epoch + 1
        name = message_id(Kind.TEMPORARY_PASSWORD, subject, version, seen.account)
        return Message(
            kind=Kind.TEMPORARY_PASSWORD,
            subject=subject,
            version=version,
            recipient=seen.account,
            facts=UntilFacts(until=(now + TEMPORARY_VALIDITY).isoformat(timespec="seconds")),
            sealed=self._seal(name, password),
            correlation=correlation,
        )


def _welcome(seen: Sessions, now: datetime, correlation: str) -> Message:
    """The mail to an administrator, who gets the one-time password from the registrant."""
    return Message(
        kind=Kind.ADMINISTRATOR_WELCOME,
        subject=f"ACCOUNT#{seen.account}",
        version=seen.epoch + 1,
        recipient=seen.account,
        facts=WelcomeFacts(
            account=seen.account,
            at=now.isoformat(timespec="seconds"),
            until=(now + TEMPORARY_VALIDITY).isoformat(timespec="seconds"),
        ),
        correlation=correlation,
    )
