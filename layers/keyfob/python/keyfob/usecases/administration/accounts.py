"""An administrator freezes, thaws and releases accounts, and decides about names (S54, C4)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.directory.account import Account
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.case import Case, Correction
from keyfob.domain.proofing.errors import NoSuchStep
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.limits import Limits
from keyfob.storage.transaction import Guard
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.administration.second_person import Reopens
from keyfob.usecases.holds.freezing import Freezing, ReleaseCode, Reopening
from keyfob.usecases.proofing.correcting import Correcting, Names


@dataclass(frozen=True, slots=True, kw_only=True)
class NameInQuestion:
    """The account's name, and the one that an agent found on its holder's document."""

    account_name: str
    found: Correction


class HolderAccounts:
    """The accounts of an organization's holders, for its administrators."""

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        freezing: Freezing,
        reopening: Reopening,
        correcting: Correcting,
        limits: Limits,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._colleagues = colleagues
        self._freezing = freezing
        self._reopening = reopening
        self._correcting = correcting
        self._limits = limits
        self._clock = clock
        self._policy = policy

    def freeze(self, who: Administrator, account_id: str) -> None:
        """End the account's sessions and let nobody sign in; again, it changes nothing.

        Raises:
            ElevationRequired, NotOnOneself; NotFound. TooManyTries: so many a day (S62).
        """

        def act(account: Account, by: Actor, guard: Guard) -> None:
            with self._limited("freezes", self._policy.freezes_a_day, by):
                self._freezing.freeze(account.id, by, guard)

        self._colleagues.act(who, account_id, "freeze", act)

    def thaw(self, who: Administrator, account_id: str) -> None:
        """Thaw the account: its password is reset, its hold begins anew.

        Raises:
            ElevationRequired, NotOnOneself; NotFound. IllegalTransition: it isn't frozen.
            SecondPersonNeeded: `who` has just changed the account's address.
            TooManyTries: so many a day (S62). KeysUnavailable: the key service did not answer.
        """

        def act(account: Account, by: Actor, guard: Guard) -> None:
            with self._limited("thaws", self._policy.thaws_a_day, by):
                self._reopening.thaw_account(account.id, by, guard)

        self._colleagues.act(who, account_id, "thaw", act, reopens=Reopens.HOLD)

    def release(self, who: Administrator, account_id: str) -> ReleaseCode:
        """End the sessions, reset the password, and return a code that binds once within a day.

        The administrator hands it to the holder; an earlier code is void.

        Raises:
            ElevationRequired, NotOnOneself; NotFound. IllegalTransition: the account is frozen.
            SecondPersonNeeded: `who` has just changed the account's address.
            TooManyTries: so many a day (S62). KeysUnavailable: the key service did not answer.
        """

        def act(account: Account, by: Actor, guard: Guard) -> ReleaseCode:
            with self._limited("releases", self._policy.releases_a_day, by):
                return self._reopening.release_account(account.id, by, guard)

        return self._colleagues.act(who, account_id, "release", act, reopens=Reopens.HOLD)

    def name(self, who: Administrator, account_id: str) -> NameInQuestion:
        """The name that waits for a decision.

        Raises:
            ElevationRequired; NotFound: or the account has no proofing. NoSuchStep: none waits.
        """
        account = self._colleagues.seen(who, account_id)
        found = self._correcting.pending(account.id).correction
        if found is None:
            raise NoSuchStep
        return NameInQuestion(account_name=account.name, found=found)

    def decide_name(self, who: Administrator, account_id: str, names: Names | None) -> Case:
        """Take over the name on the document, with these names; or none, to keep the present ones.

        Raises:
            ElevationRequired, NotOnOneself, FoundByOneself; NotFound; NoSuchStep.
            InvalidInput: these aren't the names on the document.
        """

        def act(account: Account, by: Actor, guard: Guard) -> Case:
            if names is None:
                return self._correcting.refuse_of(account.id, by, guard)
            return self._correcting.confirm_of(account.id, names, by, guard)

        return self._colleagues.act(who, account_id, "decide_name", act)

    def _limited(self, name: str, tries: int, by: Actor) -> AbstractContextManager[None]:
        """Count an act of this administrator's; refused ones are given back.

        Each administrator has a limit of their own: none keeps the others from freezing an account.
        """
        quota = Quota(limit=a_day(name, tries), subject=by.id)
        return self._limits.request([quota], self._clock())
