"""The one place that admits an administrator to an account (S23, S24).

    proof of the route        else 403, before anything is looked up
    the own organization      else 404, the same for an unknown id, and one entry
    not the own person        else 403, for acts: neither the own account nor another one with the
                              same names and e-mail address, which connected accounts have (A8)

Refusals of acts are recorded, of reads only foreign ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.connections.connection import require_other
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sessions.session import Sessions
from keyfob.storage.directory.store import Directory, is_administrator
from keyfob.storage.rows import Check, Subject, Write
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Guard, TransactionPart, Transactions, joined
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.administration.second_person import Reopens, SecondPerson
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ROLE = Role.ORGANIZATION_ADMINISTRATOR
_ID = re.compile(r"acc_[0-9a-z]{20}", re.ASCII)

T = TypeVar("T")

# An act of an administrator about an account; its transactions include the guard's checks.
Act = Callable[[Account, Actor, Guard], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """An account as it was found: with its audit subject and its sessions."""

    account: Account
    subject: Subject
    sessions: Sessions


# The part of a transaction that changes an account; empty if there is nothing to change.
Change = Callable[[Colleague, Actor, datetime], TransactionPart]


class Colleagues:
    """Finds accounts of an administrator's organization."""

    def __init__(
        self,
        *,
        directory: Directory,
        sessions: SessionStore,
        foreign: ForeignIds,
        second: SecondPerson,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._sessions = sessions
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._second = second
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def seen(self, who: Administrator, asked: str) -> Account:
        """The account with this id, for reading; the own one, too.

        Raises:
            ElevationRequired. NotFound: unknown, or of another organization.
        """
        who.require_proof(self._clock(), self._policy)
        return self._own(who, asked)

    def find(self, who: Administrator, asked: str) -> Colleague:
        """The same with audit subject and sessions, for somebody whose proof was judged.

        Raises:
            NotFound: unknown, or of another organization: the same answer after the same work.
        """
        found, sessions = self._directory.audited(asked), self._sessions.get(asked)
        if found is None or sessions is None or not _belongs(found[0], who):
            raise self._foreign_account(who, asked)
        return Colleague(account=found[0], subject=found[1], sessions=sessions)

    def require(self, who: Administrator) -> datetime:
        """The time, if `who` still administers the organization and has given the route's proof.

        Role and credential are read again: an act that lost a race may have lost the role, too.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: no administrator any more.
        """
        now = in_seconds(self._clock)
        sessions, credential = self._sessions.with_credential(who.by.id)
        if sessions is None or not sessions.active or _ROLE not in sessions.roles:
            raise RoleRequired
        replace(who, credential=credential).require_proof(now, self._policy)
        return now

    def still(self, who: Administrator) -> Check:
        """Condition check: `who` still is an active administrator of the organization.

        Nobody takes the role from the own account, and whoever takes it from another one has it at
        that moment. So one administrator is left, whoever does so at once.
        """
        return is_administrator(who.organization, who.by.id)

    @contextmanager
    def acting(self, who: Administrator, what: str) -> Iterator[datetime]:
        """A block with an act about no account that exists; gives the time.

        `what` names the act in the entry about a refusal.

        Raises:
            As `require`.
        """
        with self._refusals.recorded(what, "", _ID, who.by):
            yield self.require(who)

    def about(
        self, who: Administrator, asked: str, what: str, act: Callable[[Account, Actor], T]
    ) -> T:
        """Do `act` about the account with this id; the actor acts for it, with the reason.

        For somebody whose right `act` itself judges in its transaction. `what` names the act in the
        entry about a refusal.

        Raises:
            ElevationRequired; NotOnOneself; and what `act` refuses.
            NotFound: unknown, or of another organization.
        """
        with self._refusals.recorded(what, asked, _ID, who.by):
            who.require_proof(self._clock(), self._policy)
            account = self._own(who, asked)
        acting = who.by.acting_for(account.id)
        with self._refusals.recorded(what, asked, _ID, acting):
            require_other(self._directory.account(who.by.id), account)
            return act(account, acting)

    def act(
        self,
        who: Administrator,
        asked: str,
        what: str,
        act: Act[T],
        *,
        reopens: Reopens | None = None,
    ) -> T:
        """The same for an administrator of the organization, who must be one when it is committed.

        Raises:
            As `about`, `require` and, if it `reopens` the account, SecondPersonNeeded.
        """

        def guarded(account: Account, by: Actor) -> T:
            guard = self.guard(who, account.id, reopens=reopens)
            guard()  # refuses an act that would change nothing, too
            return act(account, by, guard)

        return self.about(who, asked, what, guarded)

    def change(
        self,
        who: Administrator,
        asked: str,
        what: str,
        change: Change,
        *,
        reopens: Reopens | None = None,
    ) -> None:
        """Commit a change of the account with this id, if `who` administers it at that moment.

        `change` decides by what was just read, again after a lost race.

        Raises:
            As `act`.
        """

        def attempt() -> None:
            with self._refusals.recorded(what, asked, _ID, who.by):
                now = self.require(who)
                found = self.find(who, asked)
            acting = who.by.acting_for(found.account.id)
            with self._refusals.recorded(what, asked, _ID, acting):
                require_other(self._directory.account(who.by.id), found.account)
                guard = self._checks(who, [found.account.id], reopens)
                part = joined(guard, change(found, acting, now))
            if part.audit:
                self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)

        self._transactions.retry_on_conflict(attempt)

    def guard(self, who: Administrator, *accounts: str, reopens: Reopens | None = None) -> Guard:
        """The guard of an act about these accounts; each transaction judges it anew.

        It raises:
            As `require`, and SecondPersonNeeded.
        """

        def guard() -> TransactionPart:
            self.require(who)
            return self._checks(who, accounts, reopens)

        return guard

    def _checks(
        self, who: Administrator, accounts: Sequence[str], reopens: Reopens | None
    ) -> TransactionPart:
        """The condition checks: `who` still administers, and no second person is needed."""
        second: list[Write] = []
        for one in accounts:
            if reopens and one != who.by.id:
                second += self._second.require(who, one, reopens)
        return TransactionPart(writes=[self.still(who), *second])

    def _own(self, who: Administrator, asked: str) -> Account:
        account = self._directory.account(asked)
        if account is None or not _belongs(account, who):
            raise self._foreign_account(who, asked)
        return account

    def _foreign_account(self, who: Administrator, asked: str) -> NotFound:
        return self._foreign.refused("account", asked, _ID, otherwise="no account", by=who.by)


def _belongs(account: Account, who: Administrator) -> bool:
    """Whether it is an account of the administrator's organization that somebody may still have."""
    return account.organization == who.organization and not account.is_erased
