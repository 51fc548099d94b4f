"""The campaigns of an administrator's partner; another partner's look like unknown ones (S23)."""

from __future__ import annotations

import re

from keyfob.domain.clock import Clock
from keyfob.domain.directory.partner import Partner
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.domain.sessions.errors import RoleRequired
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.storage.directory.store import Directory
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.usecases.audit.foreign_ids import ForeignIds

CAMPAIGN_ID = re.compile(r"cam_[0-9a-z]{20}", re.ASCII)


class OwnCampaigns:
    """Admits partners' administrators to their partner's campaigns."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        directory: Directory,
        foreign: ForeignIds,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._campaigns = campaigns
        self._directory = directory
        self._foreign = foreign
        self._clock = clock
        self._policy = policy

    def require(self, who: Administrator) -> Partner:
        """The partner that the administrator acts for.

        Raises:
            ElevationRequired. RoleRequired: the administrator acts for no partner.
        """
        who.require_proof(self._clock(), self._policy)
        found = self._directory.partner(who.partner) if who.partner else None
        if found is None:
            raise RoleRequired
        return found

    def get(self, who: Administrator, campaign_id: str) -> Campaign:
        """The partner's campaign with this id.

        Raises:
            NotFound: unknown, or another partner's: the same answer after the same work.
        """
        known = CAMPAIGN_ID.fullmatch(campaign_id)
        found = self._campaigns.get(campaign_id) if known else None
        if found is None or found.partner != who.partner:
            raise self._foreign.refused(
                "campaign", campaign_id, CAMPAIGN_ID, otherwise="no campaign", by=who.by
            )
        return found
