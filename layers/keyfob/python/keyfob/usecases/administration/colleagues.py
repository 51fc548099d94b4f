"""The one place that admits an administrator to an account (S23, S24).

    proof of the route        else 403, before anything is looked up
    the own organization      else 404, the same for an unknown id, and one entry
    not the own person        else 403, for acts: neither the own account nor another one with the
                              same names and e-mail address, which connected accounts have (A8)

Refusals of acts are recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.connections.connection import is_same_person
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import NotOnOneself
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.directory.store import Directory
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"acc_[0-9a-z]{20}", re.ASCII)

T = TypeVar("T")


class Colleagues:
    """Finds accounts of an administrator's organization."""

    def __init__(
        self, *, directory: Directory, foreign: ForeignIds, clock: Clock, policy: Policy
    ) -> None:
        self._directory = directory
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._clock = clock
        self._policy = policy

    def seen(self, who: Administrator, asked: str) -> Account:
        """The account with this id, for reading; the own one, too.

        Raises:
            ElevationRequired. NotFound: unknown, or of another organization.
        """
        who.require_proof(self._clock(), self._policy)
        return self._own(who, asked)

    def act(
        self, who: Administrator, asked: str, what: str, act: Callable[[Account, Actor], T]
    ) -> T:
        """Do `act` about the account with this id; the actor acts for it, with the reason.

        `what` names the act in the entry about a refusal.

        Raises:
            ElevationRequired; NotOnOneself; and what `act` refuses.
            NotFound: unknown, or of another organization.
        """
        with self._refusals.recorded(what, asked, _ID, who.by):
            who.require_proof(self._clock(), self._policy)
        account = self._own(who, asked)
        acting = who.by.acting_for(account.id)
        with self._refusals.recorded(what, asked, _ID, acting):
            self._require_other(who, account)
            return act(account, acting)

    def _own(self, who: Administrator, asked: str) -> Account:
        account = self._directory.account(asked)
        if account is None or account.organization != who.organization:
            raise self._foreign.refused("account", asked, _ID, otherwise="no account", by=who.by)
        return account

    def _require_other(self, who: Administrator, account: Account) -> None:
        own = self._directory.account(who.by.id)
        if own is None or own.id == account.id or is_same_person(own, account):
            raise NotOnOneself
