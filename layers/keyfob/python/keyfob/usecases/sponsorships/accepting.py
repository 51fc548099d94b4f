"""Accepting a sponsorship: a credential without a license key, and an order that is paid (B6, A4).

A: one left, open                   B: one left, open
A: USE 1 of 1 IF 0 < 1              ✓ + sponsorship, order and credential, one transaction
                                    B: USE IF 1 < 1   ✗ reads: used up, refused

The order costs nothing. It is what the token is shipped for and registered by, as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Change as CredentialChange
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.dates import one_year_after
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import InvalidInput
from keyfob.domain.orders.address import Address
from keyfob.domain.orders.errors import NoFittingApplication
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.product_kind import ProductKind
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.permission import SessionProof
from keyfob.domain.sponsorships import sponsorship as decisions
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.domain.sponsorships.fulfilment import (
    new_credential,
    sponsored_order,
    without_shipping,
)
from keyfob.domain.sponsorships.notifications import about_acceptance
from keyfob.domain.sponsorships.sponsorship import Change, Sponsorship
from keyfob.storage.access import store as access_rows
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.orders import order_row
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.rows import Put, Update
from keyfob.storage.sponsorships import campaigns as campaign_rows
from keyfob.storage.sponsorships import sponsorships as rows
from keyfob.storage.transaction import Transactions
from keyfob.usecases.access.terms import Subscribed
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.credentials.beginning import Approval, Beginning
from keyfob.usecases.orders.service import placement
from keyfob.usecases.sponsorships.offers import Offer, Offers
from keyfob.usecases.sponsorships.partners import CAMPAIGN_ID
from keyfob.usecases.sponsorships.terms import SponsoredTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptor:
    """The holder's session in a request; `credential` is what the account uses already, if any."""

    by: Actor
    proof: SessionProof
    credential: Credential | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The holder's data; `country` is ISO 3166 alpha-2. Only a hardware token is shipped."""

    legal_name: str
    country: str
    shipping: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The new credential, and the order by which its token is shipped."""

    credential: Credential
    order: str


class Accepting:
    """Turns an offer into a credential."""

    def __init__(
        self,
        *,
        offers: Offers,
        terms: SponsoredTerms,
        orders: OrderStore,
        beginning: Beginning,
        foreign: ForeignIds,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._offers = offers
        self._terms = terms
        self._orders = orders
        self._beginning = beginning
        self._foreign = foreign
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def accept(
        self,
        campaign_id: str,
        acceptance: Acceptance,
        record: IdempotencyRecord,
        holder: Acceptor,
    ) -> Accepted:
        """Accept what this campaign offers to the account; idempotent.

        Raises:
            ElevationRequired, RecentPasswordRequired.
            NotFound: no such campaign, or not for this account: the same answer (S23).
            SponsorshipAccepted, SponsorshipLapsed, SponsorshipsUsedUp: nothing is left to accept.
            InvalidInput: no address for a token, or one for nothing.
            NoFittingApplication: the account has no use for it (B2).
            TermsOutstanding: of one of the applications that it is for (A4).
            CredentialExists: the account has one. Connected: it uses another account's.
            IdempotencyKeyReused.
        """
        holder.proof.require(holder.credential, in_seconds(self._clock), self._policy)
        return self._transactions.retry_on_conflict(
            lambda: self._attempt(campaign_id, acceptance, record, holder.by)
        )

    def _attempt(
        self, campaign_id: str, acceptance: Acceptance, record: IdempotencyRecord, by: Actor
    ) -> Accepted:
        earlier = self._beginning.earlier(by.account, record)
        if earlier:
            return Accepted(credential=earlier, order=earlier.order)
        now = in_seconds(self._clock)
        known = CAMPAIGN_ID.fullmatch(campaign_id)
        found = self._offers.of_campaign(by.account, campaign_id) if known else None
        if found is None:
            raise self._foreign.refused(
                "sponsorship", campaign_id, CAMPAIGN_ID, otherwise="no sponsorship", by=by
            )
        holder, offer = found
        campaign, used = offer.campaign, offer.campaign.number - offer.left
        decisions.require_acceptable(offer.sponsorship, campaign, used, now)
        shipping = _shipping(campaign, acceptance)
        subscribed = self._accepted_terms(holder, campaign)
        order = self._order(holder, campaign, shipping, now)
        begun = self._beginning.begin(
            _credential(holder, campaign, order, acceptance),
            record,
            seller=campaign.partner,
            # The sponsor has approved what it pays for.
            approval=Approval(partner=campaign.partner, by=campaign.by),
        )
        seen = offer.sponsorship or _new(offer, holder, now)
        to = decisions.accepted(seen, credential=begun.credential.id, order=order.number, now=now)
        self._transactions.commit(
            campaign_rows.use_one(campaign),
            _change(offer, to),
            order_row.place(order, now),
            *begun.writes,
            *(access_rows.unchanged(one.subject) for one in subscribed),
            audit=self._entries(to, order, begun.credential, by),
            messages=[about_acceptance(seen, order.number, self._policy, by.correlation)],
        )
        return Accepted(credential=begun.credential, order=order.number)

    def _accepted_terms(self, holder: Account, campaign: Campaign) -> list[Subscribed]:
        """The subscriptions to the applications that the credential is for; all terms accepted."""
        found = self._terms.accepted(holder, campaign.partner, campaign.product)
        if not found:
            raise NoFittingApplication
        return found

    def _order(self, holder: Account, campaign: Campaign, to: Address, now: datetime) -> Order:
        return sponsored_order(
            new_credential(campaign.product),
            holder,
            campaign.product,
            to,
            number=self._orders.next_number(),
            reference=ids.new_id("ord"),
            now=now,
        )

    def _entries(
        self, to: Sponsorship, order: Order, credential: Credential, by: Actor
    ) -> list[Entry]:
        now = order.placed_at
        facts: dict[tuple[str, str], Facts] = {
            (Change.ACCEPTED, to.subject): {"credential": credential.id, "order": order.number},
            (CredentialChange.SPONSORED, credential.subject): {
                "state": credential.state,
                "order": order.number,
                "campaign": to.campaign,
            },
        }
        entries = [
            Entry(action=action, actor=by, at=now, subject=subject, facts=told)
            for (action, subject), told in facts.items()
        ]
        return [placement(order, by, campaign=to.campaign), *entries]


def _shipping(campaign: Campaign, acceptance: Acceptance) -> Address:
    """The address of the token; without one, name and country alone.

    Raises:
        InvalidInput: a token without address, or an address without token.
    """
    shipped = campaign.product.kind is ProductKind.HARDWARE_TOKEN
    if shipped and acceptance.shipping is None:
        raise InvalidInput(fields={"shipping_address": "is needed to ship the hardware token"})
    if not shipped and acceptance.shipping is not None:
        raise InvalidInput(fields={"shipping_address": "nothing is shipped: leave it out"})
    return acceptance.shipping or without_shipping(acceptance.legal_name, acceptance.country)


def _credential(
    holder: Account, campaign: Campaign, order: Order, acceptance: Acceptance
) -> Credential:
    return Credential(
        id=ids.new_id("crd"),
        account=holder.id,
        organization=holder.organization,
        order=order.number,
        unit=0,
        kind=campaign.product.kind,
        proofing=campaign.product.proofing,
        legal_name=acceptance.legal_name,
        country=acceptance.country,
        paid_at=order.placed_at,
        expires_at=one_year_after(order.placed_at),
        upgrade=campaign.product.upgrade_included,
    )


def _new(offer: Offer, holder: Account, now: datetime) -> Sponsorship:
    return Sponsorship(
        campaign=offer.campaign.id,
        account=holder.id,
        organization=holder.organization,
        offered_at=now,
    )


def _change(offer: Offer, to: Sponsorship) -> Put | Update:
    return rows.change(offer.sponsorship, to) if offer.sponsorship else rows.put(to)
