"""Refusals about sponsorships."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting


class SponsorshipAccepted(Conflicting):
    """A sponsorship that was accepted before."""

    code = "sponsorship_accepted"
    detail = "This sponsorship has been accepted already. Look at your credential."


class SponsorshipLapsed(Conflicting):
    """A sponsorship whose campaign is over (B6)."""

    code = "sponsorship_lapsed"
    detail = "This sponsorship is over. Buy the credential in the shop, or ask the partner."


class SponsorshipsUsedUp(Conflicting):
    """A campaign whose credentials have all been accepted (B6)."""

    code = "sponsorships_used_up"
    detail = (
        "Others have accepted all sponsorships of this partner. "
        "Buy the credential in the shop, or ask the partner for more."
    )
