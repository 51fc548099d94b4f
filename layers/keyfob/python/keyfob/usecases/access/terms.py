"""Terms and conditions of the applications that an organization has subscribed to (A4).

    an administrator reads the terms: version 2
                                            the partner publishes version 3
    accepts version 2                       refused: these aren't the current terms

Any of the organization's administrators accepts for all its accounts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from keyfob.domain.access.errors import NotSubscribed, TermsChanged, TermsOutstanding
from keyfob.domain.access.subscription import (
    Subscription,
    SubscriptionState,
    accepted,
    terms_outstanding,
)
from keyfob.domain.audit.entry import Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.access import store as rows
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.rows import Subject
from keyfob.storage.transaction import Transactions
from keyfob.usecases.access.staff import Staff
from keyfob.usecases.audit.foreign_ids import ForeignIds

_APPLICATION = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTerms:
    """An application subscribed to, its partner's name, and who accepted its terms."""

    application: Application
    partner: str
    subscription: Subscription
    outstanding: bool
    accepted_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A subscription that hasn't ended, its audit chain, and its application."""

    subscription: Subscription
    subject: Subject
    application: Application


class AcceptedTerms:
    """Shows terms, accepts them, and refuses what waits for their acceptance."""

    def __init__(
        self,
        *,
        access: AccessStore,
        directory: Directory,
        staff: Staff,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._access = access
        self._directory = directory
        self._staff = staff
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def of_organization(self, administrator: Administrator) -> list[ShownTerms]:
        """The terms of every application subscribed to that has some; outstanding ones first.

        Raises:
            ElevationRequired.
        """
        administrator.require_proof(self._clock(), self._policy)
        subscriptions = self._access.subscriptions(administrator.organization)
        partners = {
            id_: self._directory.partner(id_) for id_ in {one.partner for one in subscriptions}
        }
        shown = [
            one for each in subscriptions if (one := self._shown(each, partners[each.partner]))
        ]
        return sorted(shown, key=lambda one: (not one.outstanding, one.application.name))

    def accept(self, application: str, version: str, administrator: Administrator) -> ShownTerms:
        """Accept this version of an application's terms; doing it again changes nothing.

        Raises:
            NotFound: the organization has no subscription to it, or an ended one (S23).
            TermsChanged: this isn't the current version.
            ElevationRequired, RecentPasswordRequired.
        """
        administrator.require_proof(self._clock(), self._policy)
        return self._transactions.retry_on_conflict(
            lambda: self._accept(application, version, administrator)
        )

    def subscribed(self, organization: str, application: str) -> Subscribed | None:
        """The organization's subscription to an application that its partner still offers."""
        found = self._access.subscription(organization, application)
        if found is None or found[0].state is SubscriptionState.ENDED:
            return None
        partner = self._directory.partner(found[0].partner)
        offered = partner.application(application) if partner else None
        if offered is None:
            return None
        return Subscribed(subscription=found[0], subject=found[1], application=offered)

    def require_accepted(self, organization: str, application: str) -> Subscription:
        """The organization's subscription, unless its administrators have to accept terms first.

        Raises:
            NotSubscribed: it has none, or an ended one.
            TermsOutstanding: names the administrators to ask.
        """
        found = self.subscribed(organization, application)
        if found is None:
            raise NotSubscribed
        self.require(found)
        return found.subscription

    def require(self, subscribed: Subscribed) -> None:
        """Refuse a subscription whose terms wait for their acceptance.

        Raises:
            TermsOutstanding: names the administrators to ask.
        """
        if terms_outstanding(subscribed.subscription, subscribed.application):
            staff = self._staff.of_subscription(subscribed.subscription)
            names = [one.name for one in staff]
            raise TermsOutstanding.of(subscribed.application.name, names)

    def _accept(self, application: str, version: str, administrator: Administrator) -> ShownTerms:
        by, now = administrator.by, in_seconds(self._clock)
        found = self.subscribed(administrator.organization, application)
        if found is None:
            raise self._foreign.refused(
                "subscription", application, _APPLICATION, otherwise="no application", by=by
            )
        seen, offered = found.subscription, found.application
        if offered.terms is None or offered.terms.version != version:
            raise TermsChanged
        to = seen
        if seen.accepted is None or seen.accepted.version != version:
            to = accepted(seen, offered, by.id, now)
            entry = Entry(
                action="terms.accepted",
                actor=by,
                at=now,
                subject=found.subject.id,
                facts={"version": version},
            )
            change = rows.change_subscription(seen, to, found.subject)
            self._transactions.commit(change, audit=[entry])
        shown = self._shown(to, self._directory.partner(to.partner))
        if shown is None:
            raise NotSubscribed
        return shown

    def _shown(self, subscription: Subscription, partner: Partner | None) -> ShownTerms | None:
        """The terms; None if the subscription has ended, or its application is without terms."""
        offered = partner.application(subscription.application) if partner else None
        ended = subscription.state is SubscriptionState.ENDED
        if ended or partner is None or offered is None or offered.terms is None:
            return None
        acceptance = subscription.accepted
        who = self._directory.account(acceptance.by) if acceptance else None
        return ShownTerms(
            application=offered,
            partner=partner.name,
            subscription=subscription,
            outstanding=terms_outstanding(subscription, offered),
            accepted_by=who.name if who else None,
        )
