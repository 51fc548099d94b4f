"""Finds a person's next step (A10): reads the rows that decide about it, and writes nothing.

Every request reads the account, its sessions row, the subscriptions of its organization, its
requests for access and its newest orders. The rest is read only where the decision may ask for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyfob.domain.access.access import AccessState
from keyfob.domain.access.subscription import (
    Subscription,
    SubscriptionState,
    is_open,
    terms_outstanding,
)
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.lifecycle import needs_proofing
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import NotFound
from keyfob.domain.next_step.decision import next_step
from keyfob.domain.next_step.life import Life, Offered
from keyfob.domain.next_step.step import NextStep
from keyfob.domain.orders.order import Order
from keyfob.domain.policy import Policy
from keyfob.storage.access.store import AccessStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.holds.store import HoldStore
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.storage.sessions.store import SessionStore
from keyfob.usecases.sponsorships.offers import Offers
from keyfob.usecases.sponsorships.terms import SponsoredTerms

_ADMINISTRATORS = frozenset({Role.ORGANIZATION_ADMINISTRATOR, Role.APPLICATION_ADMINISTRATOR})
_ORDERS = 20
_INDEXED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rights:
    """What the account may use, ask for, and has to accept terms of."""

    terms: tuple[str, ...]
    applications: tuple[str, ...]
    offered: tuple[str, ...]
    requested: datetime | None
    needs_credential: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parent:
    """The account whose credential another one uses."""

    account: Account | None
    frozen: bool

    @property
    def user_id(self) -> str:
        """Its user id; empty if its row is gone."""
        return self.account.user_id if self.account else ""


class Finding:
    """Finds next steps."""

    def __init__(
        self,
        *,
        directory: Directory,
        access: AccessStore,
        sessions: SessionStore,
        holds: HoldStore,
        cases: CaseStore,
        orders: OrderStore,
        offers: Offers,
        terms: SponsoredTerms,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._access = access
        self._sessions = sessions
        self._holds = holds
        self._cases = cases
        self._orders = orders
        self._offers = offers
        self._terms = terms
        self._clock = clock
        self._policy = policy

    def of(self, account_id: str, roles: Sequence[Role], credential: Credential | None) -> NextStep:
        """The account's next step; `credential` is the live one that it uses.

        Raises:
            NotFound: there is no such account.
        """
        account = self._directory.account(account_id)
        if account is None:
            raise NotFound
        now = self._clock()
        live = credential if credential and not credential.is_over(now, self._policy) else None
        rights, parent = self._rights(account, roles, live), self._parent(account_id)
        orders = tuple(self._orders.of_account(account_id, limit=_ORDERS, before=None))
        theirs = tuple(self._orders.of_colleagues(account_id, limit=_ORDERS))
        first = live is not None and live.token is None and not live.phones
        sold = self._sold(live, (*orders, *theirs)) if live and first else None
        life = Life(
            terms=rights.terms,
            applications=rights.applications,
            offered=rights.offered,
            requested=rights.requested,
            needs_credential=rights.needs_credential,
            own_identity=live is None and self._own_identity(account),
            account=account_id,
            orders=orders,
            offer=self._offer(account, parent, rights) if live is None else None,
            of_colleagues=theirs,
            redeemed=self._redeemed((*orders, *theirs), now) if live is None else frozenset(),
            credential=credential,
            sold=sold,
            terms_wait=live is not None and self._terms.are_outstanding(live, sold),
            case=self._cases.current(live.account) if live and needs_proofing(live) else None,
            hold=self._holds.get(live.account) if live and first else None,
            parent=parent.user_id if parent else None,
            parent_frozen=parent is not None and parent.frozen,
        )
        return next_step(life, now, self._policy)

    def _rights(self, account: Account, roles: Sequence[Role], live: Credential | None) -> _Rights:
        found = self._access.subscriptions(account.organization)
        subscribed = [one for one in found if one.state is not SubscriptionState.ENDED]
        ended = {one.application for one in found} - {one.application for one in subscribed}
        names = {one.application for one in subscribed}
        asked = [one for one in self._access.access_of(account.id) if one.application in names]
        waiting = [one for one in asked if one.state is AccessState.REQUESTED]
        usable = tuple(one for one in account.applications if one not in ended)
        administers = not _ADMINISTRATORS.isdisjoint(roles)
        # The partners' rows are long: they have the terms.
        wanted = administers or not usable or live is None
        offered = self._offered(subscribed) if wanted else []
        levels = {one.id: one for _, one in offered}
        return _Rights(
            terms=tuple(
                application.id
                for one, application in offered
                if administers and terms_outstanding(one, application)
            ),
            applications=usable,
            offered=tuple(
                application.id for one, application in offered if is_open(one, application)
            ),
            requested=min((one.at for one in waiting), default=None),
            needs_credential=any(
                one not in levels or levels[one].needs_credential for one in usable
            ),
        )

    def _offered(
        self, subscribed: Sequence[Subscription]
    ) -> list[tuple[Subscription, Application]]:
        partners = {
            id_: self._directory.partner(id_) for id_ in {one.partner for one in subscribed}
        }
        return [
            (one, application)
            for one in subscribed
            if (partner := partners[one.partner])
            and (application := partner.application(one.application))
        ]

    def _parent(self, account: str) -> _Parent | None:
        seen = self._sessions.get(account)
        if seen is None or seen.parent is None:
            return None
        parent, above = self._directory.account(seen.parent), self._sessions.get(seen.parent)
        return _Parent(account=parent, frozen=above is not None and above.frozen)

    def _offer(self, account: Account, parent: _Parent | None, rights: _Rights) -> Offered | None:
        """The offer that it can accept, or that its parent can: a child accepts none itself."""
        holder = parent.account if parent else account
        if holder is None or not rights.needs_credential:
            return None
        found = self._offers.acceptable(holder)
        campaign = found.campaign if found else None
        return Offered(sponsorship=campaign.id, until=campaign.until) if campaign else None

    def _own_identity(self, account: Account) -> bool:
        home = self._directory.organization(account.organization)
        return home is not None and home.identity_provider

    def _redeemed(self, orders: Sequence[Order], now: datetime) -> frozenset[tuple[str, int]]:
        """The units whose keys can't be redeemed any more, by whomever they were."""
        # A key that was minted just now may not be in the index yet.
        known = [one for one in orders if one.paid_at and now >= one.paid_at + _INDEXED]
        left = {one.number: self._orders.keys.redeemable_units(one) for one in known if one.minted}
        return frozenset(
            (one.number, unit)
            for one in known
            for unit in range(one.minted)
            if unit not in left[one.number]
        )

    def _sold(self, live: Credential, orders: Sequence[Order]) -> Order | None:
        """The order of a credential: it says what was shipped, and whether a partner paid."""
        known = next((one for one in orders if one.number == live.order), None)
        return known or self._orders.get(live.order)
