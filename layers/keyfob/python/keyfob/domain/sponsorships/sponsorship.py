"""An account's sponsorship: the offer of a credential that a partner pays for (B6). Pure.

    offered ──accepted──▶ accepted (final: the credential goes its own way)
       └──the campaign is over──▶ lapsed

A campaign for accounts offers to each of them. In one for organizations or a mail domain there is
nothing about an account before it has accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.domain.sponsorships.errors import (
    SponsorshipAccepted,
    SponsorshipLapsed,
    SponsorshipsUsedUp,
)


class SponsorshipState(StrEnum):
    """The state of a sponsorship."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsorship:
    """An account's sponsorship by a campaign; `credential` and `order` are what it became.

    `renewals` counts the further years that the partner has paid for.
    """

    campaign: str
    account: str
    organization: str
    offered_at: datetime
    state: SponsorshipState = SponsorshipState.OFFERED
    reminded_for: datetime | None = None
    accepted_at: datetime | None = None
    lapsed_at: datetime | None = None
    credential: str | None = None
    order: str | None = None
    renewals: int = 0
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"SPONSORSHIP#{self.campaign}#{self.account}"

    def standing(self, campaign: Campaign, now: datetime) -> SponsorshipState:
        """Its state at this instant: the clock may still have to write that it has lapsed."""
        if self.state is SponsorshipState.OFFERED and not campaign.is_open(now):
            return SponsorshipState.LAPSED
        return self.state


class Change(StrEnum):
    """Changes of a sponsorship; each value is the action of its audit entry."""

    OFFERED = "sponsorship.offered"
    REMINDED = "sponsorship.reminded"
    ACCEPTED = "sponsorship.accepted"
    LAPSED = "sponsorship.lapsed"
    RENEWED = "sponsorship.renewed"


def require_acceptable(
    seen: Sponsorship | None, campaign: Campaign, accepted: int, now: datetime
) -> None:
    """Refuse an offer that can't be accepted any more; `accepted` counts the campaign's others.

    Raises:
        SponsorshipAccepted, SponsorshipLapsed, SponsorshipsUsedUp.
    """
    state = seen.standing(campaign, now) if seen else SponsorshipState.OFFERED
    if state is SponsorshipState.ACCEPTED:
        raise SponsorshipAccepted
    if state is SponsorshipState.LAPSED or not campaign.is_open(now):
        raise SponsorshipLapsed
    if accepted >= campaign.number:
        raise SponsorshipsUsedUp


def accepted(seen: Sponsorship, *, credential: str, order: str, now: datetime) -> Sponsorship:
    """The sponsorship, accepted, with what it became."""
    return replace(
        seen,
        state=SponsorshipState.ACCEPTED,
        accepted_at=now,
        credential=credential,
        order=order,
    )


def renewed(seen: Sponsorship) -> Sponsorship:
    """The sponsorship after the partner has paid for another year.

    Raises:
        IllegalTransition: it wasn't accepted.
    """
    if seen.state is not SponsorshipState.ACCEPTED:
        raise IllegalTransition("Only an accepted sponsorship has a credential to be extended.")
    return replace(seen, renewals=seen.renewals + 1)


def reminded(seen: Sponsorship, until: datetime) -> Sponsorship:
    """The sponsorship after its holder was reminded of this end."""
    return replace(seen, reminded_for=until)


def lapsed(seen: Sponsorship, now: datetime) -> Sponsorship:
    """The sponsorship after the campaign's end."""
    return replace(seen, state=SponsorshipState.LAPSED, lapsed_at=now)
