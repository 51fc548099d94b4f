"""Subscribing an existing organization to an application (A2, A6).

    by a partner's invitation, or for a public application without one:
    subscription ⊕ the role of its application administrator, where missing ⊕ entry

No operator has to approve it: the organization is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keyfob.domain.access.subscription import Subscription, SubscriptionState, subscribed
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.partner import Application
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import AlreadySubscribed, NotPublic
from keyfob.domain.sessions.permission import SessionProof
from keyfob.storage.access import store as rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory import members
from keyfob.storage.directory.store import Directory
from keyfob.storage.rows import Update, Write
from keyfob.storage.sessions import store as session_rows
from keyfob.storage.sessions.store import SessionsRow, SessionStore
from keyfob.storage.transaction import TransactionPart, Transactions, joined
from keyfob.usecases.access import subscribing as subscriptions
from keyfob.usecases.administration.roles import HeldRoles


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """The administrator who subscribes the organization, and the proof of the session."""

    by: Actor
    organization: str
    proof: SessionProof
    credential: Credential | None


class Subscribing:
    """Subscribes organizations."""

    def __init__(
        self,
        *,
        access: AccessStore,
        directory: Directory,
        sessions: SessionStore,
        roles: HeldRoles,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._access = access
        self._directory = directory
        self._sessions = sessions
        self._roles = roles
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def to_public(self, who: Subscriber, partner: str, application: str) -> Subscription:
        """Subscribe to a public application; at once, or once its terms are accepted.

        Raises:
            ElevationRequired, RecentPasswordRequired. RoleRequired: no administrator any more.
            NotPublic: no such application, or it takes an invitation. AlreadySubscribed.
        """
        who.proof.require(who.credential, in_seconds(self._clock), self._policy)
        found = self._directory.partner(partner)
        wanted = found.application(application) if found else None
        if wanted is None or not wanted.public:
            raise NotPublic

        def attempt() -> Subscription:
            new, part = self.part(who.organization, partner, wanted, who.by)
            # Read after the part has read: its write of the same row has the same condition.
            still = self._roles.of_organization(who.by, who.proof)
            checks = [] if _assigns_roles(part) else [still]
            self._transactions.commit(*part.writes, *checks, audit=part.audit)
            return new

        return self._transactions.retry_on_conflict(attempt)

    def part(
        self, organization: str, partner: str, application: Application, by: Actor
    ) -> tuple[Subscription, TransactionPart]:
        """The subscription, with the acting administrator as its application administrator.

        Raises:
            AlreadySubscribed: and it hasn't ended.
        """
        now = in_seconds(self._clock)
        found = self._access.subscription(organization, application.id)
        if found and found[0].state is not SubscriptionState.ENDED:
            raise AlreadySubscribed
        new = subscribed(organization, application, partner, now, administrators=(by.id,))
        role = TransactionPart(writes=self._role(by.id))
        if found is None:
            return new, joined(subscriptions.made(new, by=by), role)
        before, subject = found
        new = replace(new, administrators=(*dict.fromkeys((*before.administrators, by.id)),))
        entry = Entry(
            action="subscription.added",
            actor=by,
            at=now,
            subject=new.subject,
            facts={"partner": partner, "state": str(new.state)},
        )
        again = TransactionPart(
            writes=[rows.change_subscription(before, new, subject)], audit=[entry]
        )
        return new, joined(again, role)

    def _role(self, account: str) -> Sequence[Write]:
        """The writes that make the account an application administrator, if it is none."""
        seen, listed = self._sessions.get(account), self._directory.account(account)
        if seen is None or listed is None:
            raise NotFound
        if Role.APPLICATION_ADMINISTRATOR in seen.roles:
            return []
        roles = (*seen.roles, Role.APPLICATION_ADMINISTRATOR)
        return [session_rows.assign_roles(seen, roles), members.follow(listed, roles=roles)]


def _assigns_roles(part: TransactionPart) -> bool:
    return any(isinstance(one, Update) and one.row is SessionsRow for one in part.writes)
