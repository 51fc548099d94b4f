"""Messages about sponsorships, to their holders. Pure."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.messages.facts import AcceptedFacts, OfferFacts, OfferReminderFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.domain.policy import Policy
from keyfob.domain.sponsorships.sponsorship import Sponsorship


def about_offer(kind: Kind, one: Sponsorship, until: datetime | None, correlation: str) -> Message:
    """An offer, its reminder or its end, with the instant from which it can't be accepted."""
    facts: OfferFacts | OfferReminderFacts = OfferFacts(campaign=one.campaign)
    if until is not None:
        facts = OfferReminderFacts(campaign=one.campaign, until=_written(until))
    return Message(
        kind=kind,
        subject=one.subject,
        version=one.version + 1,
        recipient=one.account,
        facts=facts,
        correlation=correlation,
    )


def about_acceptance(one: Sponsorship, order: str, policy: Policy, correlation: str) -> Message:
    """The acceptance, with the order and the estimate of its delivery."""
    facts = AcceptedFacts(
        campaign=one.campaign,
        order=order,
        from_days=policy.delivery_from_days,
        to_days=policy.delivery_to_days,
    )
    return Message(
        kind=Kind.SPONSORSHIP_ACCEPTED,
        subject=one.subject,
        version=one.version + 1,
        recipient=one.account,
        facts=facts,
        correlation=correlation,
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
