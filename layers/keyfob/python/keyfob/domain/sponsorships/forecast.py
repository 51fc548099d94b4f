"""The coming jobs of a campaign's open offers, if nobody acts (G2). Pure.

It has no rules of its own: the campaign goes through the clock's own decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships import campaign as decisions
from keyfob.domain.sponsorships.campaign import Campaign, Due


class OfferMilestone(StrEnum):
    """The lifecycle jobs of an open offer."""

    REMINDER = "offer_reminder"
    LAPSE = "offer_lapse"


def ahead(
    campaign: Campaign, now: datetime, end: datetime, policy: Policy
) -> Iterator[tuple[datetime, OfferMilestone]]:
    """The milestones of its open offers with their instants, from `now` until before `end`.

    Offers that are still to be made are made at once.
    """
    seen = decisions.offered(campaign, campaign.pending)
    at = decisions.next_due(seen, now, policy)
    while at is not None and at < end:
        what = decisions.due(seen, at, policy)
        if what is Due.REMIND:
            yield at, OfferMilestone.REMINDER
            seen = decisions.reminded(seen)
        elif what is Due.CLOSE:
            yield at, OfferMilestone.LAPSE
            return
        else:
            return
        at = decisions.next_due(seen, at, policy)
