"""A mail that says that a proofing succeeded, and its link for "it wasn't me" (C2, C5). Pure.

Source: NIST SP 800-63A-4, 3.1.10: whoever was proofed is told at an address that was confirmed, and
how to repudiate it. The link's token (256 bits) is kept as a hash; it stops the credential once.
"""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.messages.facts import ProofedFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id
from keyfob.domain.policy import Policy
from keyfob.domain.proofing.case import Case


def ends(now: datetime, policy: Policy) -> datetime:
    """Until when the link of a proofing that succeeds now can be used."""
    return now + policy.dispute_link_lifetime


def proofed(
    seen: Case, token: str, now: datetime, policy: Policy, *, seal: Seal, correlation: str
) -> Message:
    """The mail about the proofing that ends this case, with the sealed token of its link.

    Raises:
        KeysUnavailable: the key service did not answer.
    """
    version = seen.version + 1
    name = message_id(Kind.PROOFED, seen.subject, version, seen.account)
    until = ends(now, policy)
    return Message(
        kind=Kind.PROOFED,
        subject=seen.subject,
        version=version,
        recipient=seen.account,
        facts=ProofedFacts(at=_written(now), until=_written(until)),
        sealed=seal(name, token),
        correlation=correlation,
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
