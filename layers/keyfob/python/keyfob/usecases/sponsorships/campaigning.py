"""A partner's administrators make campaigns, extend them and end them (B6, S23, S24).

    make     campaign ⊕ its use ⊕ where organizations find it
    offer    the campaign without some of the pending accounts ⊕ their sponsorships ⊕ mails
    extend   a later end, more credentials, more accounts
    end      the campaign and its use closed; the clock tells the holders of open offers

Each act that names accounts or organizations is counted, whatever becomes of it: its refusal tells
which of them are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Facts
from keyfob.domain.audit.facts import added, changed
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.directory.partner import Partner
from keyfob.domain.errors import InvalidInput
from keyfob.domain.limits import Quota, a_day
from keyfob.domain.orders.errors import UnknownProduct
from keyfob.domain.orders.product import Product, offered
from keyfob.domain.orders.product_kind import NEW_CREDENTIAL
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sponsorships import campaign as decisions
from keyfob.domain.sponsorships.campaign import Campaign, Change, Extension, Target
from keyfob.storage import idempotency
from keyfob.storage.idempotency import IdempotencyRecord
from keyfob.storage.limits import Limits
from keyfob.storage.orders.catalog import Catalog
from keyfob.storage.orders.store import OrderIdempotencyRow
from keyfob.storage.sponsorships import campaigns as rows
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.transaction import Transactions
from keyfob.usecases.administration.refusals import Refusals
from keyfob.usecases.sponsorships.offering import Offering
from keyfob.usecases.sponsorships.partners import CAMPAIGN_ID, OwnCampaigns
from keyfob.usecases.sponsorships.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign as its maker wants it; `accounts` are user ids.

    It has one of `number` and `budget`, and one of `accounts`, `organizations` and `domain`.
    """

    name: str
    product: str
    accounts: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    domain: str = ""
    number: int | None = None
    budget: int | None = None
    until: datetime | None = None


class Campaigning:
    """The acts of a partner's administrators about campaigns."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        own: OwnCampaigns,
        catalog: Catalog,
        targets: Targets,
        offering: Offering,
        limits: Limits,
        refusals: Refusals,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._campaigns = campaigns
        self._own = own
        self._catalog = catalog
        self._targets = targets
        self._offering = offering
        self._limits = limits
        self._refusals = refusals
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def make(self, who: Administrator, plan: Plan, record: IdempotencyRecord) -> Campaign:
        """Make a campaign and offer its sponsorships; the same request again changes nothing.

        Raises:
            ElevationRequired. RoleRequired: of no partner. NotOnOneself: an own account is named.
            UnknownProduct: none of the partner's for a new credential.
            InvalidInput: accounts or organizations that don't subscribe to the partner; a number
                or budget for no credential or too many; an end that has passed.
            TooManyTries: by this account today. IdempotencyKeyReused.
        """
        with self._refusals.recorded("make_campaign", "", CAMPAIGN_ID, who.by):
            partner = self._own.require(who)
            earlier = self._campaigns.idempotent_result(record)
            if earlier is None:
                self._limits.take([self._quota(who)], self._clock())
                new = self._planned(who, partner, plan)
                earlier = self._transactions.retry_on_conflict(
                    lambda: self._made(new, who.by, record)
                )
        return self._offering.offer_all(earlier, by=who.by)

    def extend(self, who: Administrator, campaign_id: str, more: Extension) -> Campaign:
        """Extend a campaign and offer it to more accounts, named by their user ids.

        Raises:
            ElevationRequired. RoleRequired. NotOnOneself. NotFound: none of the partner's.
            IllegalTransition: it is over.
            InvalidInput: less than before, or accounts that don't subscribe to the partner.
            TooManyTries: by this account today.
        """
        with self._refusals.recorded("extend_campaign", campaign_id, CAMPAIGN_ID, who.by):
            self._own.require(who)
            self._own.get(who, campaign_id)
            if more.accounts:
                self._limits.take([self._quota(who)], self._clock())
                named = self._targets.accounts(who, self._few(more.accounts, "accounts"))
                more = replace(more, accounts=named)
            self._transactions.retry_on_conflict(lambda: self._extended(who, campaign_id, more))
        return self._offering.offer_all(campaign_id, by=who.by)

    def end(self, who: Administrator, campaign_id: str) -> Campaign:
        """End a campaign; ending it again changes nothing. What was accepted stays.

        Raises:
            ElevationRequired. RoleRequired. NotFound: none of the partner's.
        """
        with self._refusals.recorded("end_campaign", campaign_id, CAMPAIGN_ID, who.by):
            self._own.require(who)
            return self._transactions.retry_on_conflict(lambda: self._ended(who, campaign_id))

    def _planned(self, who: Administrator, partner: Partner, plan: Plan) -> Campaign:
        now = in_seconds(self._clock)
        product = self._product(partner, plan.product)
        number = decisions.number_for(
            product, number=plan.number, budget=plan.budget, policy=self._policy
        )
        decisions.require_later(plan.until, now)
        target = _target(plan)
        new = Campaign(
            id=ids.new_id("cam"),
            partner=partner.id,
            name=plan.name,
            product=product,
            target=target,
            number=number,
            budget=plan.budget,
            until=plan.until,
            made_at=now,
            by=who.by.id,
        )
        if target is Target.ACCOUNTS:
            named = self._targets.accounts(who, self._few(plan.accounts, "accounts"))
            return replace(new, pending=named)
        if target is Target.DOMAIN:
            return replace(new, domain=self._targets.domain(who, plan.domain))
        few = self._few(plan.organizations, "organizations")
        return replace(new, organizations=self._targets.organizations(who, few))

    def _product(self, partner: Partner, product_id: str) -> Product:
        catalog = offered(self._catalog.of_partner(partner.id), partner.applications)
        for one in catalog:
            if one.id == product_id and one.kind in NEW_CREDENTIAL:
                return one
        raise UnknownProduct

    def _few(self, named: Sequence[str], field: str) -> Sequence[str]:
        policy = self._policy
        most = policy.campaign_accounts if field == "accounts" else policy.campaign_organizations
        if len(named) > most:
            raise InvalidInput(fields={field: f"at most {most}"})
        return named

    def _made(self, new: Campaign, by: Actor, record: IdempotencyRecord) -> str:
        earlier = self._campaigns.idempotent_result(record)
        if earlier:
            return earlier
        until = new.made_at + self._policy.idempotency_kept
        self._transactions.commit(
            *rows.put(new, decisions.next_due(new, new.made_at, self._policy)),
            idempotency.put(OrderIdempotencyRow, record, new.id, until=until),
            audit=[self._entry(Change.MADE, new, by, added(_facts(new)))],
        )
        return new.id

    def _extended(self, who: Administrator, campaign_id: str, more: Extension) -> None:
        seen, now = self._own.get(who, campaign_id), in_seconds(self._clock)
        to = decisions.extended(seen, more, now, self._policy)
        if to != seen:
            facts = {**changed(_facts(seen), _facts(to)), "accounts": len(more.accounts)}
            self._commit(seen, to, self._entry(Change.EXTENDED, seen, who.by, facts))

    def _ended(self, who: Administrator, campaign_id: str) -> Campaign:
        seen, now = self._own.get(who, campaign_id), in_seconds(self._clock)
        to = decisions.ended(seen, now)
        if to != seen:
            self._commit(seen, to, self._entry(Change.ENDED, seen, who.by, {}))
        return to

    def _commit(self, seen: Campaign, to: Campaign, entry: Entry) -> None:
        due = decisions.next_due(to, in_seconds(self._clock), self._policy)
        self._transactions.commit(*rows.change(seen, to, due), audit=[entry])

    def _entry(self, change: Change, campaign: Campaign, by: Actor, facts: Facts) -> Entry:
        now = in_seconds(self._clock)
        return Entry(action=change, actor=by, at=now, subject=campaign.subject, facts=facts)

    def _quota(self, who: Administrator) -> Quota:
        limit = a_day("campaigns", self._policy.campaigns_a_day)
        return Quota(limit=limit, subject=who.by.id)


def _target(plan: Plan) -> Target:
    named = {
        Target.ACCOUNTS: bool(plan.accounts),
        Target.ORGANIZATIONS: bool(plan.organizations),
        Target.DOMAIN: bool(plan.domain),
    }
    found = [target for target, given in named.items() if given]
    if len(found) != 1:
        raise InvalidInput(
            fields={"accounts": "give either accounts, or organizations, or a mail domain"}
        )
    return found[0]


def _facts(one: Campaign) -> dict[str, object]:
    return {
        "partner": one.partner,
        "product": one.product.id,
        "price": one.product.price,
        "currency": one.product.currency,
        "target": one.target,
        "organizations": one.organizations or None,
        "domain": one.domain or None,
        "number": one.number,
        "budget": one.budget,
        "until": one.until.isoformat() if one.until else None,
    }
