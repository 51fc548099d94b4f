"""An account's sponsorships: its own, and campaigns that are open to its organization (B6).

An offer by mail domain is for accounts whose organization an operator has approved with that
domain, and whose own address is of it. The address alone opens nothing: administrators type it.
Nobody finds a campaign of one's own making: its credentials are approved by its maker (S24).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.connections.connection import is_same_person
from keyfob.domain.directory.account import Account
from keyfob.domain.errors import NotFound
from keyfob.domain.sponsorships.campaign import Campaign, Target
from keyfob.domain.sponsorships.sponsorship import Sponsorship, SponsorshipState
from keyfob.storage.directory.duplicates import Duplicates
from keyfob.storage.directory.store import Directory
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A campaign, and the account's sponsorship by it, which there may not be yet.

    `left`: how many of its credentials nobody has accepted.
    """

    campaign: Campaign
    sponsorship: Sponsorship | None
    left: int

    def standing(self, now: datetime) -> SponsorshipState:
        """The state of the sponsorship at this instant."""
        if self.sponsorship:
            return self.sponsorship.standing(self.campaign, now)
        is_open = self.campaign.is_open(now)
        return SponsorshipState.OFFERED if is_open else SponsorshipState.LAPSED

    def is_acceptable(self, now: datetime) -> bool:
        """Whether it can be accepted, as far as the campaign is concerned."""
        return self.standing(now) is SponsorshipState.OFFERED and self.left > 0


class Offers:
    """Finds what is offered to an account."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        sponsorships: Sponsorships,
        directory: Directory,
        duplicates: Duplicates,
        clock: Clock,
    ) -> None:
        self._campaigns = campaigns
        self._sponsorships = sponsorships
        self._directory = directory
        self._duplicates = duplicates
        self._clock = clock

    def of(self, account: Account) -> list[Offer]:
        """The account's sponsorships, accepted, lapsed or open, and what else is open to it."""
        own = {one.campaign: one for one in self._sponsorships.of_account(account.id)}
        found = self._campaigns.open_to(account.organization, _domain(account))
        campaigns = self._campaigns.each(list(dict.fromkeys((*own, *found))))
        used = self._campaigns.accepted([one.id for one in campaigns])
        now = in_seconds(self._clock)
        offers = [_offer(one, own.get(one.id), used) for one in campaigns]
        shown = [
            one
            for one in offers
            if one.sponsorship or (one.is_acceptable(now) and self._is_for(account, one.campaign))
        ]
        made = self._made_by(account, [one.campaign for one in shown if not one.sponsorship])
        return [one for one in shown if one.sponsorship or one.campaign.by not in made]

    def acceptable(self, account: Account) -> Offer | None:
        """The offer that the account may accept and that ends first; None if there is none."""
        now = in_seconds(self._clock)
        found = [one for one in self.of(account) if one.is_acceptable(now)]
        return min(found, key=_end, default=None)

    def of_campaign(self, account_id: str, campaign_id: str) -> tuple[Account, Offer] | None:
        """The account, and its offer by this campaign; None if that isn't for the account.

        Raises:
            NotFound: there is no such account.
        """
        account, campaign = self._directory.account(account_id), self._campaigns.get(campaign_id)
        if account is None:
            raise NotFound
        if campaign is None:
            return None
        seen = self._sponsorships.get(campaign_id, account_id)
        if seen is None and not self._is_for(account, campaign):
            return None
        if seen is None and self._made_by(account, [campaign]):
            return None
        return account, _offer(campaign, seen, self._campaigns.accepted([campaign_id]))

    def _made_by(self, account: Account, campaigns: Sequence[Campaign]) -> set[str]:
        """The campaigns' makers that are this account's person."""
        makers = map(self._directory.account, sorted({one.by for one in campaigns}))
        return {
            one.id
            for one in makers
            if one and (one.id == account.id or is_same_person(one, account))
        }

    def _is_for(self, account: Account, campaign: Campaign) -> bool:
        if campaign.target is Target.ORGANIZATIONS:
            return account.organization in campaign.organizations
        if campaign.target is Target.DOMAIN:
            return _domain(account) == campaign.domain and self._duplicates.has_domain(
                account.organization, campaign.domain
            )
        return False


def _offer(campaign: Campaign, own: Sponsorship | None, used: dict[str, int]) -> Offer:
    left = campaign.number - used.get(campaign.id, campaign.number)
    return Offer(campaign=campaign, sponsorship=own, left=left)


def _domain(account: Account) -> str:
    return account.email.rpartition("@")[2].lower()


def _end(offer: Offer) -> tuple[bool, str, str]:
    until = offer.campaign.until
    return until is None, until.isoformat() if until else "", offer.campaign.id
