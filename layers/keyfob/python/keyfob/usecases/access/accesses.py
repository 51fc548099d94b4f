"""Access of accounts to applications: asked for, decided, removed (A6, S23, S24).

    two administrators read the request v1
    A: approved, v2 ⊕ the account's applications ⊕ entries of both ⊕ mail
                                    B: denied IF version = 1   ✗ reads v2: approved, nothing waits

An account's applications change only here, in the transaction that approves or removes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from keyfob.domain.access import access as decisions
from keyfob.domain.access.access import Access, Change
from keyfob.domain.access.errors import NotSubscribed
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import IllegalTransition, NotFound
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.limits import Limits
from keyfob.storage.transaction import TransactionPart, Transactions
from keyfob.usecases.access.changes import AccessChanges, Seen
from keyfob.usecases.access.terms import AcceptedTerms, Subscribed
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.audit.foreign_ids import ForeignIds

_APPLICATION = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_ACCOUNT = re.compile(r"acc_[0-9a-z]{20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for access, and whose it is."""

    access: Access
    account: Account


class Accesses:
    """The use cases of a holder who asks, and of the administrators who decide."""

    def __init__(
        self,
        *,
        access: AccessStore,
        directory: Directory,
        terms: AcceptedTerms,
        changes: AccessChanges,
        colleagues: Colleagues,
        limits: Limits,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._access = access
        self._directory = directory
        self._terms = terms
        self._changes = changes
        self._colleagues = colleagues
        self._limits = limits
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def request(self, application: str, reason: str, by: Actor) -> Access:
        """Ask for access to an application; while a request waits, another changes nothing.

        Its administrators are notified; the organization's, if it has none.

        Raises:
            NotSubscribed: the organization has no subscription to it.
            TermsOutstanding: names whom to ask to accept its terms.
            TooManyTries: so many requests a day.
        """
        return self._transactions.retry_on_conflict(lambda: self._request(application, reason, by))

    def waiting(
        self, application: str, administrator: Administrator, *, after: str = ""
    ) -> tuple[list[Request], str]:
        """A page of the requests that wait, and where it ends; those of active accounts.

        Raises:
            NotFound: it isn't an application of this administrator's. ElevationRequired.
        """
        administrator.require_proof(self._clock(), self._policy)
        self._administered(application, administrator)
        found, end = self._access.requests(administrator.organization, application, after=after)
        accounts = {one.id: one for one in self._directory.accounts([one.account for one in found])}
        shown = [
            Request(access=one, account=account)
            for one in found
            if (account := accounts.get(one.account)) and account.active
        ]
        return shown, end

    def decide(
        self, application: str, account: str, administrator: Administrator, *, approve: bool
    ) -> Access:
        """Approve or deny a request; the holder is notified. Again, it changes nothing.

        Raises:
            NotOnOneself: it is of the administrator's own person.
            NotFound: no application of this administrator's, no account of the organization, or
                one that never asked.
            IllegalTransition: no request waits, or the account is deactivated.
            TermsOutstanding, ElevationRequired.
        """

        def attempt(acting: Actor) -> Access:
            seen = self._seen(application, account, administrator)
            if approve:
                self._terms.require(seen.subscribed)
            present, now = self._present(seen), in_seconds(self._clock)
            to = decisions.decide(
                present, approve=approve, by=acting.id, reason=acting.reason, now=now
            )
            if to.change is Change.APPROVED and not seen.account.active:
                raise IllegalTransition("This account is deactivated.")
            return self._changes.commit(seen, to, acting)

        return self._act(application, account, administrator, attempt)

    def remove(self, application: str, account: str, administrator: Administrator) -> Access:
        """Take access away; the holder is notified. Again, it changes nothing.

        Raises:
            NotOnOneself, NotFound, ElevationRequired: as for `decide`.
            IllegalTransition: the account has no access.
        """

        def attempt(acting: Actor) -> Access:
            seen = self._seen(application, account, administrator)
            present, now = self._present(seen), in_seconds(self._clock)
            to = decisions.remove(present, by=acting.id, reason=acting.reason, now=now)
            return self._changes.commit(seen, to, acting)

        return self._act(application, account, administrator, attempt)

    def _act(
        self,
        application: str,
        account: str,
        administrator: Administrator,
        attempt: Callable[[Actor], Access],
    ) -> Access:
        """The application comes first: who doesn't administer it learns nothing of accounts."""
        with self._refusals.recorded("access", account, _ACCOUNT, administrator.by):
            administrator.require_proof(self._clock(), self._policy)
            self._administered(application, administrator)
            return self._colleagues.about(
                administrator,
                account,
                "access",
                lambda _seen, acting: self._transactions.retry_on_conflict(lambda: attempt(acting)),
            )

    def _request(self, application: str, reason: str, by: Actor) -> Access:
        found = self._directory.audited(by.account)
        if found is None:
            raise NotFound
        account, subject = found
        subscribed = self._terms.subscribed(account.organization, application)
        if subscribed is None:
            raise NotSubscribed
        self._terms.require(subscribed)
        seen = Seen(
            account=account,
            account_subject=subject,
            subscribed=subscribed,
            stored=self._access.access(account.id, application),
        )
        stored, now = seen.stored[0] if seen.stored else None, in_seconds(self._clock)
        to = decisions.request(account, application, stored, reason=reason, now=now)
        if to.change is None:
            return to.access
        limit = a_day("access-requests", self._policy.access_requests_a_day)
        counted = self._limits.reserve([Quota(limit=limit, subject=account.id)], now)
        return self._changes.commit(seen, to, by, TransactionPart(writes=counted.writes))

    def _seen(self, application: str, account: str, administrator: Administrator) -> Seen:
        subscribed = self._administered(application, administrator)
        found = self._directory.audited(account)
        if found is None:
            raise NotFound
        return Seen(
            account=found[0],
            account_subject=found[1],
            subscribed=subscribed,
            stored=self._access.access(account, application),
        )

    def _administered(self, application: str, administrator: Administrator) -> Subscribed:
        """The organization's subscription, if the caller is one of its administrators."""
        found = self._terms.subscribed(administrator.organization, application)
        if found is None or administrator.by.id not in found.subscription.administrators:
            raise self._foreign.refused(
                "application",
                application,
                _APPLICATION,
                otherwise="no application",
                by=administrator.by,
            )
        return found

    def _present(self, seen: Seen) -> Access:
        stored = seen.stored[0] if seen.stored else None
        application = seen.subscribed.application.id
        present = decisions.as_it_is(seen.account, application, stored, in_seconds(self._clock))
        if present is None:
            raise NotFound("This account hasn't asked for access.")
        return present
