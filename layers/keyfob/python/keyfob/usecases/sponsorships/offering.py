"""Offering sponsorships to the accounts of a campaign, in chunks.

A: sponsorships of 20 accounts ⊕ mails ⊕ campaign without them, v2
killed: the campaign is due, and the clock goes on with the others
"""

from __future__ import annotations

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.errors import NotFound
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships import campaign as decisions
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.domain.sponsorships.campaign import Change as CampaignChange
from keyfob.domain.sponsorships.notifications import about_offer
from keyfob.domain.sponsorships.sponsorship import Change, Sponsorship
from keyfob.storage.directory.store import Directory
from keyfob.storage.rows import Write
from keyfob.storage.sponsorships import campaigns as campaign_rows
from keyfob.storage.sponsorships import sponsorships as rows
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.storage.transaction import Transactions


class Offering:
    """Offers the sponsorships of a campaign to the accounts that still have to get them."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        sponsorships: Sponsorships,
        directory: Directory,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._campaigns = campaigns
        self._sponsorships = sponsorships
        self._directory = directory
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def offer_all(self, campaign_id: str, *, by: Actor) -> Campaign:
        """Offer to every pending account; returns the campaign as it is then.

        Raises:
            NotFound: there is no such campaign.
        """
        while True:
            seen = self._campaigns.get(campaign_id)
            if seen is None:
                raise NotFound
            if not seen.pending or not seen.is_open(in_seconds(self._clock)):
                return seen
            self._transactions.retry_on_conflict(lambda: self._chunk(campaign_id, by))

    def _chunk(self, campaign_id: str, by: Actor) -> None:
        seen, now = self._campaigns.get(campaign_id), in_seconds(self._clock)
        if seen is None or not seen.pending or not seen.is_open(now):
            return
        chunk = seen.pending[: self._policy.sponsorship_chunk]
        known = {one.account for one in self._sponsorships.each(seen.id, chunk)}
        new = [
            Sponsorship(
                campaign=seen.id, account=one.id, organization=one.organization, offered_at=now
            )
            for one in self._directory.accounts([one for one in chunk if one not in known])
        ]
        to = decisions.offered(seen, chunk)
        entry = Entry(
            action=CampaignChange.OFFERED,
            actor=by,
            at=now,
            subject=seen.subject,
            facts={"accounts": len(new)},
        )
        writes: list[Write] = [
            *campaign_rows.change(seen, to, decisions.next_due(to, now, self._policy)),
            *map(rows.put, new),
        ]
        self._transactions.commit(
            *writes,
            audit=[entry, *(self._entry(one, by) for one in new)],
            messages=[self._mail(one, seen, by) for one in new],
        )

    def _entry(self, one: Sponsorship, by: Actor) -> Entry:
        return Entry(action=Change.OFFERED, actor=by, at=one.offered_at, subject=one.subject)

    def _mail(self, one: Sponsorship, campaign: Campaign, by: Actor) -> Message:
        return about_offer(Kind.SPONSORSHIP_OFFERED, one, campaign.until, by.correlation)
