"""Facts for messages about sponsorships, as long as they are true."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.messages.outbox import Message
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.storage.directory.store import Directory
from keyfob.storage.orders.store import OrderStore
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships


class Sponsored:
    """Reads campaign, sponsorship and order just before the message is sent."""

    def __init__(
        self,
        directory: Directory,
        campaigns: Campaigns,
        sponsorships: Sponsorships,
        orders: OrderStore,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._campaigns = campaigns
        self._sponsorships = sponsorships
        self._orders = orders
        self._clock = clock

    def still_true(self, message: Message) -> dict[str, Any] | None:
        """The facts with the names of partner and product; None if the message is obsolete."""
        facts = dict(message.facts)
        campaign = self._campaigns.get(str(facts["campaign"]))
        seen = self._sponsorships.get(str(facts["campaign"]), message.recipient)
        if campaign is None or seen is None:
            return None
        standing = seen.standing(campaign, self._clock())
        if standing not in message.kind.declared.states or _is_of_another_end(facts, campaign):
            return None
        partner = self._directory.partner(campaign.partner)
        order = self._orders.get(str(facts["order"])) if "order" in facts else None
        return {
            "until": None,
            **facts,
            "partner": partner.name if partner else campaign.partner,
            "product": campaign.product.name,
            "order": order,
        }


def _is_of_another_end(facts: dict[str, Any], campaign: Campaign) -> bool:
    """Whether the campaign has been extended since: it doesn't end at the instant that is named."""
    named = facts.get("until")
    return named is not None and datetime.fromisoformat(named) != campaign.until
