"""Administrators make accounts of their own organization (A5, S24).

    reads    the user id is free, each application is subscribed to
    commits  the account and its login's effect (`accounts.py`), an approved access for each
             application, the subscriptions that it administers, the idempotency record;
             checks that no other subscription has changed since, and that the administrator is one

The answer tells whether a user id is taken, as it must: people choose it. What that tells is no
more than that somebody, somewhere, signs in with this name. Tries are counted with the accounts
made, a day and organization, so that nobody lists names this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.access.access import Access, AccessState
from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock
from keyfob.domain.directory import notifications
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.errors import UserIdTaken
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import InvalidInput, Unavailable
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage import idempotency
from keyfob.storage.access import store as access_rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import AccountIdempotencyRow, Directory
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.rows import Subject
from keyfob.storage.transaction import Guard, TransactionPart, Transactions, joined
from keyfob.usecases.administration.colleagues import Colleagues
from keyfob.usecases.directory.accounts import NewAccount, made, new_account_id

_NO_SUBSCRIPTION = "your organization isn't subscribed to {}"

Subscriptions = dict[str, tuple[Subscription, Subject]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An account to make; its id is not known yet.

    `applications` are those it may use, `administers` those whose access it decides about. As an
    `organization_administrator` it administers the whole organization.
    """

    account: Account
    administers: tuple[str, ...] = ()
    organization_administrator: bool = False

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles of its sessions."""
        return roles_of(
            (Role.HOLDER,),
            organization_administrator=self.organization_administrator,
            application_administrator=bool(self.administers),
        )


def roles_of(
    present: Sequence[Role], *, organization_administrator: bool, application_administrator: bool
) -> tuple[Role, ...]:
    """The present roles, with an administrator's as these say."""
    decided = {
        Role.ORGANIZATION_ADMINISTRATOR: organization_administrator,
        Role.APPLICATION_ADMINISTRATOR: application_administrator,
    }
    kept = [role for role in present if role not in decided]
    return (*kept, *(role for role, has in decided.items() if has))


class Creating:
    """Makes accounts for administrators."""

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        directory: Directory,
        access: AccessStore,
        limits: Limits,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._colleagues = colleagues
        self._directory = directory
        self._access = access
        self._limits = limits
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def create(self, who: Administrator, wanted: Wanted, record: IdempotencyRecord) -> str:
        """Make the account and return its id; idempotent. Its first password is mailed.

        Raises:
            ElevationRequired, RecentPasswordRequired: the route's proof.
            RoleRequired: no administrator any more.
            InvalidInput: an application that the organization has no active subscription to.
            UserIdTaken: counted. TooManyTries: the organization has made its accounts of the day.
            IdempotencyKeyReused.
        """
        with self._colleagues.acting(who, "create"):
            earlier = self._directory.idempotent_result(record)
            if earlier:
                return earlier
            limit = a_day("accounts", self._policy.accounts_a_day)
            quota = Quota(limit=limit, subject=wanted.account.organization)
            with self._limits.request([quota], self._clock(), failed=Unavailable):
                guard = self._colleagues.guard(who)
                return self._transactions.retry_on_conflict(
                    lambda: self._create(wanted, record, who.by, guard)
                )

    def _create(self, wanted: Wanted, record: IdempotencyRecord, by: Actor, guard: Guard) -> str:
        earlier = self._directory.idempotent_result(record)
        if earlier:
            return earlier
        subscribed = self._subscribed(wanted)
        if self._directory.account_of(wanted.account.user_id):
            raise UserIdTaken
        account, now = replace(wanted.account, id=new_account_id()), self._clock()
        acting = by.acting_for(account.id)
        new = NewAccount(account=account, roles=wanted.roles)
        kept = idempotency.put(
            AccountIdempotencyRow, record, account.id, until=now + self._policy.idempotency_kept
        )
        part = joined(
            made(new, by=acting, clock=self._clock),
            *(_approved(account, one, acting, now) for one in account.applications),
            *(
                administering(*subscribed[one], account.id, acting, now)
                for one in wanted.administers
            ),
            guard(),
            TransactionPart(
                messages=[notifications.made(account.id, now, correlation=by.correlation)],
                writes=[
                    kept,
                    *(
                        access_rows.unchanged(subscribed[one][1])
                        for one in account.applications
                        if one not in wanted.administers
                    ),
                ],
            ),
        )
        self._transactions.commit(*part.writes, audit=part.audit, messages=part.messages)
        return account.id

    def _subscribed(self, wanted: Wanted) -> Subscriptions:
        """The organization's subscriptions, by application.

        Raises:
            InvalidInput: there is none to an application that the account shall use or administer.
        """
        found = {
            one.application: (one, subject)
            for one, subject in self._access.audited(wanted.account.organization)
        }
        used = [name for name, (one, _) in found.items() if one.state is SubscriptionState.ACTIVE]
        require_all(wanted.account.applications, used, field="applications")
        require_all(wanted.administers, administrable(found), field="administers")
        return found


def administrable(subscriptions: Subscriptions) -> list[str]:
    """The applications that accounts can administer: somebody has to accept the terms first."""
    ended = SubscriptionState.ENDED
    return [name for name, (one, _) in subscriptions.items() if one.state is not ended]


def require_all(named: Sequence[str], known: Sequence[str], *, field: str) -> None:
    """Refuse applications that aren't among the `known` ones.

    Raises:
        InvalidInput.
    """
    missing = [one for one in named if one not in known]
    if missing:
        raise InvalidInput(fields={field: _NO_SUBSCRIPTION.format(", ".join(missing))})


def administering(
    seen: Subscription,
    subject: Subject,
    account: str,
    by: Actor,
    now: datetime,
    *,
    ends: bool = False,
) -> TransactionPart:
    """The part of a transaction that makes an account an administrator of an application.

    If it `ends`, it is one no longer.
    """
    left = tuple(one for one in seen.administrators if one != account)
    to = replace(seen, administrators=left if ends else (*left, account))
    action = "subscription.administrator_removed" if ends else "subscription.administrator_added"
    entry = Entry(action=action, actor=by, at=now, subject=seen.subject, facts={"account": account})
    return TransactionPart(
        writes=[access_rows.change_subscription(seen, to, subject)], audit=[entry]
    )


def _approved(account: Account, application: str, by: Actor, now: datetime) -> TransactionPart:
    access = Access(
        account=account.id,
        organization=account.organization,
        application=application,
        state=AccessState.APPROVED,
        at=now,
        reason=by.reason,
        decided_by=by.id,
    )
    entry = Entry(
        action="access.approved",
        actor=by,
        at=now,
        subject=access.subject,
        facts={"application": application},
    )
    return TransactionPart(writes=[access_rows.put_access(access)], audit=[entry])
