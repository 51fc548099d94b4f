"""A partner's view of its campaigns: the list, and a report of their use (B6).

Of the holders it sees user ids and names, as of those whose credentials it approves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.credentials.credential import Credential, Status
from keyfob.domain.directory.account import Account
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.domain.sponsorships.sponsorship import Sponsorship, SponsorshipState
from keyfob.storage.credentials.store import CredentialStore
from keyfob.storage.directory.store import Directory
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.usecases.sponsorships.partners import OwnCampaigns

# The credential is there, and its holder has begun to use it.
_IN_USE = frozenset({Status.ACTIVE, Status.LOCKED, Status.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A campaign, and how many of its credentials were accepted."""

    campaign: Campaign
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownHolder:
    """A sponsorship, its holder, and the status of the credential that it became.

    The status is None as long as there is no credential, or when it is the account's no more.
    """

    sponsorship: Sponsorship
    standing: SponsorshipState
    holder: Account | None
    status: Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The use of a campaign; `offered` counts all offers, whatever became of them.

    `active` are the credentials in use. `holders` is a page, `further` the account where the next
    page begins.
    """

    shown: Shown
    offered: int
    active: int
    lapsed: int
    holders: Sequence[ShownHolder]
    further: str | None


class Overview:
    """Shows a partner's administrators its campaigns."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        sponsorships: Sponsorships,
        own: OwnCampaigns,
        directory: Directory,
        credentials: CredentialStore,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._campaigns = campaigns
        self._sponsorships = sponsorships
        self._own = own
        self._directory = directory
        self._credentials = credentials
        self._clock = clock
        self._policy = policy

    def listed(
        self, who: Administrator, *, limit: int, before: str | None = None
    ) -> Sequence[Shown]:
        """The partner's campaigns, newest first.

        Raises:
            ElevationRequired. RoleRequired: the administrator acts for no partner.
        """
        partner = self._own.require(who)
        found = self._campaigns.of_partner(partner.id, limit=limit, before=before)
        return self.shown(found)

    def shown(self, campaigns: Sequence[Campaign]) -> Sequence[Shown]:
        """These campaigns with their use."""
        used = self._campaigns.accepted([one.id for one in campaigns])
        return [Shown(campaign=one, accepted=used.get(one.id, 0)) for one in campaigns]

    def report(
        self, who: Administrator, campaign_id: str, *, limit: int, after: str | None = None
    ) -> Report:
        """The use of one of the partner's campaigns, with a page of its holders.

        Raises:
            ElevationRequired. RoleRequired. NotFound: none of the partner's.
        """
        self._own.require(who)
        campaign, now = self._own.get(who, campaign_id), in_seconds(self._clock)
        found = self._sponsorships.of_campaign(campaign.id)
        states = Counter(one.standing(campaign, now) for one in found)
        lives = self._credentials.lives([one.account for one in found if one.credential])
        page = [one for one in found if one.account >= (after or "")][: limit + 1]
        accounts = self._directory.accounts([one.account for one in page[:limit]])
        names = {one.id: one for one in accounts}
        statuses = {one.account: self._status(one, lives.get(one.account)) for one in found}
        [shown] = self.shown([campaign])
        return Report(
            shown=shown,
            offered=len(found),
            active=sum(status in _IN_USE for status in statuses.values()),
            lapsed=states[SponsorshipState.LAPSED],
            holders=[
                ShownHolder(
                    sponsorship=one,
                    standing=one.standing(campaign, now),
                    holder=names.get(one.account),
                    status=statuses[one.account],
                )
                for one in page[:limit]
            ],
            further=page[limit].account if len(page) > limit else None,
        )

    def _status(self, one: Sponsorship, live: Credential | None) -> Status | None:
        if live is None or live.id != one.credential:
            return None
        return live.status(in_seconds(self._clock), self._policy)
