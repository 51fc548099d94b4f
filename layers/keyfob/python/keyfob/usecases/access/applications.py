"""The applications of an account, and what it is missing for each of them (A7, A9)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from keyfob.domain.access.access import AccessState
from keyfob.domain.access.errors import StatementRefused
from keyfob.domain.access.judgement import Judgement, Standing, judge, products_that_help
from keyfob.domain.access.subscription import Subscription
from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.account import Account
from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.errors import NotFound
from keyfob.domain.orders.product import Product
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Session
from keyfob.storage.access.store import AccessStore
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderStore
from keyfob.usecases.audit.foreign_ids import ForeignIds

_ID = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An account with its session, at its present strength, and the live credential it uses."""

    account: str
    organization: str
    session: Session
    credential: Credential | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An application as an account sees it; `products` supply something that is missing."""

    partner: Partner
    application: Application
    subscription: Subscription | None
    access: AccessState | None
    judgement: Judgement
    products: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An account's applications; `no_purchase`: its organization needs no credentials of ours."""

    applications: tuple[Seen, ...]
    no_purchase: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the directory holds of an account."""

    account: Account
    partners: tuple[Partner, ...]
    subscriptions: Mapping[str, Subscription]
    access: Mapping[str, AccessState]


class Applications:
    """Reads what decides about an account's applications, and judges it."""

    def __init__(
        self,
        *,
        directory: Directory,
        access: AccessStore,
        credentials: CredentialStore,
        orders: OrderStore,
        catalog: Catalog,
        foreign: ForeignIds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._directory = directory
        self._access = access
        self._credentials = credentials
        self._orders = orders
        self._catalog = catalog
        self._foreign = foreign
        self._clock = clock
        self._policy = policy

    def overview(self, holder: Holder) -> Overview:
        """Every application that the account sees, by partner and name.

        Raises:
            NotFound: the account's row is gone.
        """
        known = self._known(holder)
        no_purchase = self._needs_no_purchase(holder)
        visible = [
            (partner, one)
            for partner in known.partners
            for one in sorted(partner.applications, key=lambda one: (one.name, one.id))
            if _is_visible(partner, one, known)
        ]
        approving = self._approving(holder, (partner for partner, _ in visible))
        seen = [
            self._seen(holder, known, partner, one, approved=partner.id in approving)
            for partner, one in visible
        ]
        if not no_purchase:
            seen = self._with_products(holder, seen)
        return Overview(applications=tuple(seen), no_purchase=no_purchase)

    def ready(self, holder: Holder, application: str, by: Actor) -> Seen:
        """The application, if the account may use it in this session.

        Raises:
            NotFound: unknown, or none that the account sees; recorded (S23).
            StatementRefused: something is missing.
        """
        known = self._known(holder)
        for partner in known.partners:
            found = partner.application(application)
            if found and _is_visible(partner, found, known):
                approved = partner.id in self._approving(holder, [partner])
                seen = self._seen(holder, known, partner, found, approved=approved)
                if seen.judgement.is_ready:
                    return seen
                no_purchase = self._needs_no_purchase(holder)
                raise StatementRefused(seen.judgement.missing, no_purchase=no_purchase)
        raise self._foreign.refused(
            "application", application, _ID, otherwise="no application", by=by
        )

    def _known(self, holder: Holder) -> _Known:
        account = self._directory.account(holder.account)
        if account is None:
            raise NotFound
        approved = dict.fromkeys(account.applications, AccessState.APPROVED)
        asked = {one.application: one.state for one in self._access.access_of(holder.account)}
        # The account's own list decides; a row says more about what isn't in it.
        return _Known(
            account=account,
            partners=tuple(self._directory.partners()),
            subscriptions={
                one.application: one for one in self._access.subscriptions(holder.organization)
            },
            access={**asked, **approved},
        )

    def _needs_no_purchase(self, holder: Holder) -> bool:
        found = self._directory.organization(holder.organization)
        return found is not None and found.identity_provider

    def _approving(self, holder: Holder, partners: Iterable[Partner]) -> frozenset[str]:
        """Those of the partners that approve none, or have approved the credential."""
        distinct = {one.id: one for one in partners}
        asked = [one.id for one in distinct.values() if one.approves_credentials]
        given: frozenset[str] = frozenset()
        if asked and holder.credential:
            given = self._credentials.approved_by(holder.credential, asked)
        return frozenset(distinct) - frozenset(asked) | given

    def _seen(
        self,
        holder: Holder,
        known: _Known,
        partner: Partner,
        application: Application,
        *,
        approved: bool,
    ) -> Seen:
        subscription = known.subscriptions.get(application.id)
        standing = Standing(
            application=application,
            subscription=subscription,
            has_access=application.id in known.account.applications,
            credential=holder.credential,
            approved=approved,
            session=holder.session,
        )
        return Seen(
            partner=partner,
            application=application,
            subscription=subscription,
            access=known.access.get(application.id),
            judgement=judge(standing, self._clock(), self._policy),
        )

    def _with_products(self, holder: Holder, seen: list[Seen]) -> list[Seen]:
        """The same with the products that help; only catalogs that may have some are read."""
        lacking = {one.partner.id for one in seen if not one.judgement.credential_is_enough}
        if not lacking:
            return seen
        seller = self._seller(holder.credential)
        catalogs = {one: self._catalog.of_partner(one) for one in sorted({*lacking, seller} - {""})}
        return [self._helped(one, holder.credential, catalogs, seller) for one in seen]

    def _helped(
        self,
        seen: Seen,
        credential: Credential | None,
        catalogs: Mapping[str, list[Product]],
        seller: str,
    ) -> Seen:
        asked = dict.fromkeys((seen.partner.id, seller))
        found = products_that_help(
            seen.judgement.missing,
            seen.application,
            credential,
            [product for one in asked for product in catalogs.get(one, ())],
            seller=seller,
        )
        return replace(seen, products=tuple(found))

    def _seller(self, credential: Credential | None) -> str:
        """The partner that the credential was bought from; empty without one."""
        order = self._orders.get(credential.order) if credential else None
        return order.partner if order else ""


def _is_visible(partner: Partner, application: Application, known: _Known) -> bool:
    """Whether it is public, or the account's, or of a partner that the organization has."""
    subscribed = any(one.partner == partner.id for one in known.subscriptions.values())
    return subscribed or application.public or application.id in known.access
