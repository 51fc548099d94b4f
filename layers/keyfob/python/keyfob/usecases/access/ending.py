"""A partner sees who has subscribed to its applications, and ends subscriptions (A6).

An ended subscription is not deleted. Accounts keep the application in their rows, where it counts
no more: access is judged together with the subscription's state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from keyfob.domain.access.notifications import about_end
from keyfob.domain.access.subscription import Subscription, SubscriptionState, ended
from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.storage.access import store as rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.transaction import Transactions
from keyfob.usecases.access.staff import Staff
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.administration.roles import HeldRoles
from keyfob.usecases.audit.foreign_ids import ForeignIds

_NAMED = re.compile(r"[a-z0-9-]{1,64}/[a-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A subscription to one of the partner's applications, and the organization's name."""

    subscription: Subscription
    organization: str


class Subscriptions:
    """The use cases of a partner's administrators."""

    def __init__(
        self,
        *,
        access: AccessStore,
        directory: Directory,
        staff: Staff,
        roles: HeldRoles,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._access = access
        self._directory = directory
        self._staff = staff
        self._roles = roles
        self._foreign = foreign
        self._refusals = Refusals(foreign)
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def of_partner(
        self, administrator: Administrator, *, after: str = ""
    ) -> tuple[list[Subscriber], str]:
        """A page of the subscriptions to the partner's applications, and where it ends.

        Raises:
            ElevationRequired. RoleRequired: the administrator acts for no partner.
        """
        administrator.require_proof(self._clock(), self._policy)
        found, end = self._access.of_partner(_partner_of(administrator), after=after)
        homes = self._directory.organizations(
            list(dict.fromkeys(one.organization for one in found))
        )
        names = {one.id: one.name for one in homes}
        return [
            Subscriber(subscription=one, organization=names.get(one.organization, one.organization))
            for one in found
        ], end

    def end(self, organization: str, application: str, administrator: Administrator) -> Subscriber:
        """End a subscription; its administrators are notified. Again, it changes nothing.

        Raises:
            NotFound: no subscription to an application of this partner's (S23).
            ElevationRequired. RoleRequired: the administrator acts for no partner, or not any more.
        """
        asked = f"{organization}/{application}"
        with self._refusals.recorded("subscription", asked, _NAMED, administrator.by):
            administrator.require_proof(self._clock(), self._policy)
            return self._transactions.retry_on_conflict(
                lambda: self._end(organization, application, administrator)
            )

    def _end(self, organization: str, application: str, administrator: Administrator) -> Subscriber:
        by, partner_id = administrator.by, _partner_of(administrator)
        found = self._access.subscription(organization, application)
        if found is None or found[0].partner != partner_id:
            asked = f"{organization}/{application}"
            raise self._foreign.refused(
                "subscription", asked, _NAMED, otherwise="no subscription", by=by
            )
        still = self._roles.of_partner(by, administrator.proof, partner_id)
        seen, subject = found
        if seen.state is not SubscriptionState.ENDED:
            now, partner = in_seconds(self._clock), self._directory.partner(seen.partner)
            offered = partner.application(application) if partner else None
            entry = Entry(action="subscription.ended", actor=by, at=now, subject=subject.id)
            told = about_end(
                seen,
                offered.name if offered else application,
                partner.name if partner else seen.partner,
                [one.id for one in self._staff.of_subscription(seen)],
                now,
                version=subject.number + 1,
                correlation=by.correlation,
            )
            change = rows.change_subscription(seen, ended(seen), subject)
            self._transactions.commit(change, still, audit=[entry], messages=told)
        return Subscriber(subscription=ended(seen), organization=self._name(organization))

    def _name(self, organization: str) -> str:
        found = self._directory.organization(organization)
        return found.name if found else organization


def _partner_of(administrator: Administrator) -> str:
    if administrator.partner is None:
        raise RoleRequired
    return administrator.partner
