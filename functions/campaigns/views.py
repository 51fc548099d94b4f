"""Bodies and answers about campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.sponsorships.campaign import Extension
from keyfob.http.administrators import Act
from keyfob.http.fields import Id, Instant, RequiredText, UserId
from keyfob.http.resolver import Model
from keyfob.usecases.sponsorships.campaigning import Plan
from keyfob.usecases.sponsorships.overview import Report, Shown, ShownHolder

# These are the policy's greatest values; a deployment may allow less.
_MOST_ACCOUNTS = 100
_MOST_ORGANIZATIONS = 50
_NUMBER = Field(default=None, ge=1, le=1_000_000)
_BUDGET = Field(default=None, ge=1, le=1_000_000_000_000)


class NewCampaign(Act):
    """A campaign: so many credentials of a product, for accounts, organizations or a mail domain.

    Give either a `number` of credentials or a `budget`, in minor units at the product's price
    without tax; and either `accounts` (user ids), or `organizations`, or a `domain`. `name` is
    shown to nobody else. Nothing can be accepted from `until` on.
    """

    name: RequiredText
    product: Id
    accounts: list[UserId] = Field(default=[], max_length=_MOST_ACCOUNTS)
    organizations: list[Id] = Field(default=[], max_length=_MOST_ORGANIZATIONS)
    domain: str = Field(default="", max_length=253)
    number: int | None = _NUMBER
    budget: int | None = _BUDGET
    until: Instant | None = None

    def plan(self) -> Plan:
        """As the use case takes it."""
        return Plan(
            name=self.name,
            product=self.product,
            accounts=tuple(self.accounts),
            organizations=tuple(self.organizations),
            domain=self.domain,
            number=self.number,
            budget=self.budget,
            until=self.until,
        )


class CampaignExtension(Act):
    """Additions to a campaign: a later end, greater number or budget, accounts (user ids)."""

    until: Instant | None = None
    number: int | None = _NUMBER
    budget: int | None = _BUDGET
    accounts: list[UserId] = Field(default=[], max_length=_MOST_ACCOUNTS)

    def extension(self) -> Extension:
        """As the use case takes it."""
        return Extension(
            until=self.until,
            number=self.number,
            budget=self.budget,
            accounts=tuple(self.accounts),
        )


class SponsoredRenewal(Act):
    """The holder, by user id, whose credential gets another year."""

    user_id: UserId


class RenewedView(Model):
    """The holder, the years paid for since the first one, and the end of the credential."""

    user_id: str
    renewals: int
    expires_at: datetime | None


class CampaignView(Model):
    """A campaign and its use; `price` and `spent` in minor units, without tax.

    `number` credentials can be accepted at most, of which `accepted` were.
    """

    id: str
    name: str
    state: Literal["open", "ended"]
    product: str
    product_name: str
    proofing: bool
    price: int
    currency: str
    target: Literal["accounts", "organizations", "domain"]
    organizations: list[str]
    domain: str | None
    number: int
    budget: int | None
    accepted: int
    spent: int
    until: datetime | None
    made_at: datetime
    ended_at: datetime | None


class CampaignList(Model):
    """A page of campaigns, newest first; `cursor` leads to the next page."""

    campaigns: list[CampaignView]
    cursor: str | None


class SponsoredView(Model):
    """A sponsorship and its holder; `status` is that of the credential that it became.

    `renewals` counts the further years that the partner has paid for.
    """

    user_id: str
    name: str
    organization: str
    state: Literal["offered", "accepted", "lapsed"]
    offered_at: datetime
    accepted_at: datetime | None
    renewals: int
    status: str | None


class CampaignReport(Model):
    """A campaign's use. `offered` counts all offers, whatever became of them.

    `active` are the credentials in use. `holders` is a page; `cursor` leads to the next one.
    """

    campaign: CampaignView
    offered: int
    accepted: int
    active: int
    lapsed: int
    holders: list[SponsoredView]
    cursor: str | None


def campaign_view(shown: Shown, clock: Clock) -> CampaignView:
    """As the partner's administrators see it."""
    one = shown.campaign
    is_open = one.is_open(in_seconds(clock))
    return CampaignView(
        id=one.id,
        name=one.name,
        state="open" if is_open else "ended",
        product=one.product.id,
        product_name=one.product.name,
        proofing=one.product.proofing,
        price=one.product.price,
        currency=one.product.currency,
        target=one.target.value,
        organizations=list(one.organizations),
        domain=one.domain or None,
        number=one.number,
        budget=one.budget,
        accepted=shown.accepted,
        spent=one.spent(shown.accepted),
        until=one.until,
        made_at=one.made_at,
        ended_at=one.ended_at or (None if is_open else one.until),
    )


def report_view(report: Report, cursor: str | None, clock: Clock) -> CampaignReport:
    """The report as the partner's administrators see it."""
    return CampaignReport(
        campaign=campaign_view(report.shown, clock),
        offered=report.offered,
        accepted=report.shown.accepted,
        active=report.active,
        lapsed=report.lapsed,
        holders=[_holder_view(one) for one in report.holders],
        cursor=cursor,
    )


def _holder_view(one: ShownHolder) -> SponsoredView:
    return SponsoredView(
        user_id=one.holder.user_id if one.holder else "",
        name=one.holder.name if one.holder else "",
        organization=one.sponsorship.organization,
        state=one.standing.value,
        offered_at=one.sponsorship.offered_at,
        accepted_at=one.sponsorship.accepted_at,
        renewals=one.sponsorship.renewals,
        status=one.status,
    )
