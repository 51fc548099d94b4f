"""The clock's work on campaigns: the rest of the offers, reminders, and lapses at the end (B6).

    lapsing against acceptance
    clock reads: offered, v1           holder accepts: v2, credential
    clock: lapsed IF version = 1  ✗    reads again: accepted, and leaves it alone

Sponsorships are changed in chunks. A chunk that was done isn't done again, so that a run that dies
is continued by the next one. The campaign itself changes last.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.clock import Clock, in_seconds
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships import campaign as decisions
from keyfob.domain.sponsorships import sponsorship as holders
from keyfob.domain.sponsorships.campaign import Campaign, Due
from keyfob.domain.sponsorships.campaign import Change as CampaignChange
from keyfob.domain.sponsorships.notifications import about_offer
from keyfob.domain.sponsorships.sponsorship import Change, Sponsorship, SponsorshipState
from keyfob.storage.sponsorships import campaigns as campaign_rows
from keyfob.storage.sponsorships import sponsorships as rows
from keyfob.storage.sponsorships.campaigns import Campaigns
from keyfob.storage.sponsorships.sponsorships import Sponsorships
from keyfob.storage.transaction import Transactions
from keyfob.usecases.sponsorships.offering import Offering

_Decide = Callable[[Sponsorship], Sponsorship]


class CampaignJobs:
    """Does what is due for a campaign."""

    def __init__(
        self,
        *,
        campaigns: Campaigns,
        sponsorships: Sponsorships,
        offering: Offering,
        transactions: Transactions,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._campaigns = campaigns
        self._sponsorships = sponsorships
        self._offering = offering
        self._transactions = transactions
        self._clock = clock
        self._policy = policy

    def perform(self, campaign_id: str, *, by: Actor) -> Due | None:
        """Do what is due for this campaign; None if nothing is.

        Raises:
            Busy, StorageUnavailable: the rest is due again when the lease ends.
        """
        seen, now = self._campaigns.get(campaign_id), in_seconds(self._clock)
        what = decisions.due(seen, now, self._policy) if seen else None
        if seen is None:
            return None
        if what is Due.OFFER:
            self._offering.offer_all(seen.id, by=by)
        elif what is Due.REMIND and seen.until:
            self._remind(seen, seen.until, by)
        elif what is Due.CLOSE:
            self._close(seen, now, by)
        else:
            due = decisions.next_due(seen, now, self._policy)
            self._campaigns.write(campaign_rows.replan(seen, due))
        return what

    def _remind(self, seen: Campaign, until: datetime, by: Actor) -> None:
        self._each_open(
            seen,
            lambda one: holders.reminded(one, until),
            (Change.REMINDED, Kind.SPONSORSHIP_REMINDER),
            until,
            by,
        )
        self._finish(seen, decisions.reminded(seen), CampaignChange.REMINDED, by)

    def _close(self, seen: Campaign, now: datetime, by: Actor) -> None:
        self._each_open(
            seen,
            lambda one: holders.lapsed(one, now),
            (Change.LAPSED, Kind.SPONSORSHIP_LAPSED),
            None,
            by,
        )
        self._finish(seen, decisions.closed(seen, now), CampaignChange.CLOSED, by)

    def _each_open(
        self,
        seen: Campaign,
        decide: _Decide,
        told: tuple[Change, Kind],
        until: datetime | None,
        by: Actor,
    ) -> None:
        """Change each open offer of the campaign and notify its holder.

        One that `decide` leaves as it is was done by a run that died.
        """
        accounts = [one.account for one in self._sponsorships.of_campaign(seen.id)]
        size = self._policy.sponsorship_chunk
        for start in range(0, len(accounts), size):
            chunk = tuple(accounts[start : start + size])

            def attempt(chunk: tuple[str, ...] = chunk) -> None:
                found = self._sponsorships.each(seen.id, chunk)
                open_ = [one for one in found if one.state is SponsorshipState.OFFERED]
                pairs = [(one, to) for one in open_ if (to := decide(one)) != one]
                if pairs:
                    self._commit(pairs, told, until, by)

            self._transactions.retry_on_conflict(attempt)

    def _commit(
        self,
        pairs: list[tuple[Sponsorship, Sponsorship]],
        told: tuple[Change, Kind],
        until: datetime | None,
        by: Actor,
    ) -> None:
        change, kind = told
        now = in_seconds(self._clock)
        self._transactions.commit(
            *(rows.change(one, to) for one, to in pairs),
            audit=[Entry(action=change, actor=by, at=now, subject=one.subject) for one, _ in pairs],
            messages=[about_offer(kind, one, until, by.correlation) for one, _ in pairs],
        )

    def _finish(self, seen: Campaign, to: Campaign, change: CampaignChange, by: Actor) -> None:
        """Change the campaign, unless it was changed meanwhile: it is due again then."""

        def attempt() -> None:
            current = self._campaigns.get(seen.id)
            if current is None or current.version != seen.version:
                return
            now = in_seconds(self._clock)
            entry = Entry(action=change, actor=by, at=now, subject=seen.subject)
            due = decisions.next_due(to, now, self._policy)
            self._transactions.commit(*campaign_rows.change(seen, to, due), audit=[entry])

        self._transactions.retry_on_conflict(attempt)
