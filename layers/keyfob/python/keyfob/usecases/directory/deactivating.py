"""Administrators deactivate accounts and reactivate them (A5, S22, S24).

    deactivation   account, list: not active ⊕ sessions {}, epoch + 1, not active
                   ⊕ credential suspended by an administrator ⊕ a recovery code, used up
                   ⊕ an open case: due now, so that the clock withdraws it ⊕ entries ⊕ mails
                   ⊕ off the lists of application administrators, without that role
                   then each unpaid order is canceled in its own transaction
    reactivation   account, list: active ⊕ sessions {}, epoch + 1, active, pending reset
                   ⊕ that suspension lifted, if it still stands ⊕ entries ⊕ mails, effect

Whatever runs at the same moment decides by what it reads, and one of the two finds it changed:

    sign-in, elevation     the sessions row's epoch       the later one is refused
    renewal, sweep         the credential's version       the later one reads and decides again
    connection, child      the parent's sessions row      the child has no credential from then on

A reactivated account administers no application: an administrator names it again, if it shall. An
application that has lost its last one is looked after by the organization's administrators, who
hear of requests and name another one (`usecases/access/staff.py`).

A process that dies between the deactivation and its orders leaves orders that close unpaid within
a day; deactivating the account again cancels them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.credentials import lifecycle
from keyfob.domain.credentials.credential import Credential, State
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory import notifications
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.decisions import cancel
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory import members
from keyfob.storage.directory import store as rows
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.proofing import store as case_rows
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.rows import Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.recoveries import Recoveries
from keyfob.storage.transaction import NOTHING, TransactionPart, joined
from keyfob.usecases.administration.colleagues import Colleague, Colleagues
from keyfob.usecases.administration.second_person import Reopens
from keyfob.usecases.credentials.service import CredentialChanges
from keyfob.usecases.directory.changing import used_up
from keyfob.usecases.directory.creating import administering
from keyfob.usecases.orders.service import OrderService
from keyfob.usecases.sessions.reset import reset_effect


class Deactivating:
    """Takes accounts out of use, and back."""

    def __init__(
        self,
        *,
        colleagues: Colleagues,
        access: AccessStore,
        credentials: CredentialStore,
        changes: CredentialChanges,
        cases: CaseStore,
        recoveries: Recoveries,
        orders: OrderStore,
        order_service: OrderService,
        policy: Policy,
    ) -> None:
        self._colleagues = colleagues
        self._access = access
        self._credentials = credentials
        self._changes = changes
        self._cases = cases
        self._recoveries = recoveries
        self._orders = orders
        self._order_service = order_service
        self._policy = policy

    def deactivate(self, who: Administrator, account_id: str) -> None:
        """Let nobody use the account; of one that isn't active only open orders are canceled.

        Raises:
            ElevationRequired. NotOnOneself. NotFound: unknown, or of another organization.
            RoleRequired: another administrator has just taken the role from `who`.
        """

        def change(found: Colleague, by: Actor, now: datetime) -> TransactionPart:
            return self._out(found, now, by) if found.account.active else NOTHING

        self._colleagues.change(who, account_id, "deactivate", change)
        acting = who.by.acting_for(account_id)
        for number in self._orders.unpaid(account_id):
            # Paid a moment ago: it stays the person's.
            with suppress(IllegalTransition):
                self._order_service.decide(number, cancel, by=acting)

    def reactivate(self, who: Administrator, account_id: str) -> None:
        """Let the account be used again, by a password that is mailed; repeating changes nothing.

        Raises:
            As `deactivate`. SecondPersonNeeded: `who` has just changed the account's address.
        """

        def change(found: Colleague, by: Actor, now: datetime) -> TransactionPart:
            return NOTHING if found.account.active else self._back(found, now, by)

        self._colleagues.change(who, account_id, "reactivate", change, reopens=Reopens.ACCOUNT)

    def _out(self, found: Colleague, now: datetime, by: Actor) -> TransactionPart:
        seen = found.account
        suspended, part = self._suspended(seen, now, by)
        to = replace(seen, active=False, suspended=suspended)
        roles = [one for one in found.sessions.roles if one is not Role.APPLICATION_ADMINISTRATOR]
        writes = [session_rows.deactivate(found.sessions, roles), *self._case(seen, now)]
        if _administers(found):
            writes.append(rows.unlist_administrator(seen))
        own = _changed(found, to, now, by, roles=roles)
        used = used_up(self._recoveries, seen, now)
        unlisted = self._unlisted(seen, now, by)
        return joined(own, TransactionPart(writes=writes), part, used, *unlisted)

    def _unlisted(self, account: Account, now: datetime, by: Actor) -> Iterator[TransactionPart]:
        for one, subject in self._access.audited(account.organization):
            if account.id in one.administrators:
                yield administering(one, subject, account.id, by, now, ends=True)

    def _suspended(
        self, account: Account, now: datetime, by: Actor
    ) -> tuple[str | None, TransactionPart]:
        """The credential that this suspends, if any, and the part that does so."""
        seen = self._credentials.live(account.id)
        # What was never in use grants nothing without a session.
        if seen is None or seen.state is not State.ACTIVE or seen.is_over(now, self._policy):
            return None, NOTHING
        to = lifecycle.suspend(seen, Suspender.ADMINISTRATOR, now, self._policy)
        if to.change is None:
            return None, NOTHING
        return seen.id, self._changes.change(seen, to, by=by, facts={})

    def _case(self, account: Account, now: datetime) -> Iterator[Write]:
        case = self._cases.current(account.id)
        if case and not case.is_over:
            yield case_rows.replan(case, now)

    def _back(self, found: Colleague, now: datetime, by: Actor) -> TransactionPart:
        seen, sessions = found.account, found.sessions
        reset = reset_effect(seen.id, sessions.epoch + 1, by.correlation)
        to = replace(seen, active=True, suspended=None)
        writes: list[Write] = [session_rows.reactivate(sessions, pending_reset=reset.id)]
        if _administers(found):
            writes.append(rows.list_administrator(seen, now))
        own = _changed(found, to, now, by)
        effect = TransactionPart(writes=writes, messages=[reset])
        return joined(own, effect, self._lifted(seen, now, by))

    def _lifted(self, account: Account, now: datetime, by: Actor) -> TransactionPart:
        seen = self._credentials.live(account.id)
        if seen is None or not self._is_liftable(seen, account, now):
            return NOTHING
        to = lifecycle.lift(seen, Suspender.ADMINISTRATOR, now, self._policy)
        return self._changes.change(seen, to, by=by, facts={})

    def _is_liftable(self, seen: Credential, account: Account, now: datetime) -> bool:
        """Whether the deactivation's suspension stands; the 60 days may have run out meanwhile."""
        if seen.id != account.suspended or seen.is_over(now, self._policy):
            return False
        return Suspender.ADMINISTRATOR in seen.suspensions


def _administers(found: Colleague) -> bool:
    return Role.ORGANIZATION_ADMINISTRATOR in found.sessions.roles


def _changed(
    found: Colleague, to: Account, now: datetime, by: Actor, *, roles: Sequence[Role] | None = None
) -> TransactionPart:
    subject = found.subject
    action = "account.reactivated" if to.active else "account.deactivated"
    kind = Kind.ACCOUNT_REACTIVATED if to.active else Kind.ACCOUNT_DEACTIVATED
    entry = Entry(action=action, actor=by, at=now, subject=subject.id)
    told = notifications.changed(kind, to.id, subject.number + 1, now, correlation=by.correlation)
    return TransactionPart(
        writes=[rows.change_account(found.account, to, subject), members.follow(to, roles=roles)],
        audit=[entry],
        messages=[told],
    )
