"""Forgotten user ids are mailed to the mailbox of their accounts (A4, S25).

    asked: the same calls for any address; one mail an account, or one that nobody gets
    after three requests in a quarter of an hour for a mailbox none, and the same answer

An address of several accounts takes more rows in the one transaction; of one or none, the same.
"""

from __future__ import annotations

from contextlib import suppress

from keyfob.domain import ids
from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock
from keyfob.domain.directory.mailbox import normalized_email
from keyfob.domain.directory.member import mailbox
from keyfob.domain.errors import TooManyTries
from keyfob.domain.limits import Limit, Quota
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client, network_of
from keyfob.domain.sessions.notifications import user_id_reminder
from keyfob.storage.directory.members import Members
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.transaction import Transactions
from keyfob.usecases.sessions.guessing import NOBODY

_MOST = 10


class UserIdReminders:
    """The use case of somebody who has forgotten a user id."""

    def __init__(
        self,
        *,
        members: Members,
        directory: Directory,
        limits: Limits,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._members = members
        self._directory = directory
        self._limits = limits
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def request(self, email: str, client: Client) -> None:
        """Mail the user id of each active account with this address; at most ten.

        An unknown or impossible address takes the same calls, for a placeholder (S25).

        Raises:
            TooManyTries: from this network address.
        """
        name, now = mailbox(normalized_email(email) or email), self._clock()
        with (
            self._limits.request([self._by_address(client)], now),
            suppress(TooManyTries),
            self._limits.request([self._by_mailbox(name)], now),
        ):
            self._transactions.retry_on_conflict(lambda: self._attempt(name, client))

    def _attempt(self, name: str, client: Client) -> None:
        now = self._clock()
        messages = [
            user_id_reminder(account, ids.ulid(now), now, client) for account in self._of(name)
        ]
        entries = [
            Entry(action="user_ids.requested", actor=client.as_account(one.recipient), at=now)
            for one in messages
        ]
        self._transactions.commit(audit=entries, messages=messages)

    def _of(self, name: str) -> list[str]:
        """The active accounts with this mailbox; a placeholder if there are none."""
        listed = self._members.with_mailbox(name, limit=_MOST)
        found = self._directory.accounts(listed or [NOBODY])
        active = [one.id for one in found if one.active and mailbox(one.email) == name]
        return active or [NOBODY]

    def _by_address(self, client: Client) -> Quota:
        limit = Limit(
            name="user-ids-address",
            tries=self._policy.recovery_requests_per_address,
            period=self._policy.recovery_requests_per_address_period,
        )
        return Quota(limit=limit, subject=network_of(client.address))

    def _by_mailbox(self, name: str) -> Quota:
        limit = Limit(
            name="user-ids",
            tries=self._policy.recovery_mails,
            period=self._policy.recovery_mails_period,
        )
        return Quota(limit=limit, subject=name)
