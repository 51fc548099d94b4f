"""Invitations: of organizations by a partner, of holders by their organization (A1, A5, A6). Pure.

    open ──accept──▶ accepted
      ├──withdraw──▶ withdrawn
      └── 14 days ─▶ expired          resend: open again, with another secret and another 14 days

The link's secret is kept as a hash. It is kept sealed as well until the reminder has been sent,
which repeats the link.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import (
    InvitationAccepted,
    InvitationExpired,
    InvitationWithdrawn,
)


class InvitationState(StrEnum):
    """The state of an invitation; an open one has expired once its time is over."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One sending of an invitation: its number from 1, when, until when it can be accepted.

    `secret` is the hash of the link's secret; `sealed` the token, sealed under the name
    `sealed_as` for the notifier, until the reminder has repeated it.
    """

    number: int
    at: datetime
    until: datetime
    secret: str
    sealed: bytes | None = None
    sealed_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation of an organization by `partner`, or of a holder by `organization`.

    `applications` are those that the accepting side gets; of a partner's invitation there is one.
    `by` is the account that sent it last. `email` is erased some time after it has ended. `result`
    is what it became: a registration, a subscription or an account.
    """

    id: str
    by: str
    email: str
    language: str
    applications: tuple[str, ...]
    invited_at: datetime
    sending: Sending
    partner: str | None = None
    organization: str | None = None
    state: InvitationState = InvitationState.OPEN
    ended_at: datetime | None = None
    result: str | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"INVITATION#{self.id}"

    @property
    def owner(self) -> str:
        """The partner or organization that it belongs to."""
        return f"PARTNER#{self.partner}" if self.partner else f"ORGANIZATION#{self.organization}"

    @property
    def domain(self) -> str:
        """The domain of the invited address."""
        return self.email.rpartition("@")[2]

    def standing(self, now: datetime) -> InvitationState:
        """Its state at this instant."""
        if self.state is InvitationState.OPEN and now >= self.sending.until:
            return InvitationState.EXPIRED
        return self.state

    def ends(self) -> datetime:
        """When it ended, or will end if nobody accepts it."""
        return self.ended_at or self.sending.until


_REFUSALS = {
    InvitationState.ACCEPTED: InvitationAccepted,
    InvitationState.WITHDRAWN: InvitationWithdrawn,
    InvitationState.EXPIRED: InvitationExpired,
}


def require_open(seen: Invitation, now: datetime, *, ask: str) -> None:
    """Refuse an invitation that can't be accepted; `ask` names who can send another one.

    Raises:
        InvitationAccepted, InvitationWithdrawn, InvitationExpired.
    """
    refusal = _REFUSALS.get(seen.standing(now))
    if refusal:
        raise refusal(ask=ask)


def accepted(seen: Invitation, result: str, now: datetime) -> Invitation:
    """The invitation, accepted; `result` is what it became."""
    return _ended(replace(seen, result=result), InvitationState.ACCEPTED, now)


def withdrawn(seen: Invitation, now: datetime) -> Invitation:
    """The invitation, withdrawn; one that was withdrawn before stays as it is.

    Raises:
        IllegalTransition: it was accepted.
    """
    if seen.state is InvitationState.WITHDRAWN:
        return seen
    if seen.state is InvitationState.ACCEPTED:
        raise IllegalTransition("This invitation has been accepted already.")
    return _ended(seen, InvitationState.WITHDRAWN, now)


def resent(seen: Invitation, sending: Sending, by: str) -> Invitation:
    """The invitation, sent once more; the link of the earlier mail opens nothing any more.

    Raises:
        IllegalTransition: it was accepted or withdrawn.
    """
    require_resendable(seen)
    return replace(seen, by=by, sending=sending)


def require_resendable(seen: Invitation) -> None:
    """Refuse an invitation that was accepted or withdrawn.

    Raises:
        IllegalTransition.
    """
    if seen.state is not InvitationState.OPEN or not seen.email:
        raise IllegalTransition("This invitation is over: invite anew.")


class Due(StrEnum):
    """What the clock does to an invitation."""

    REMIND = "remind"
    ERASE = "erase"


def next_due(seen: Invitation, policy: Policy) -> datetime | None:
    """When the clock must look at it next, if ever."""
    if seen.state is InvitationState.OPEN and seen.sending.sealed:
        return seen.sending.until - policy.invitation_reminder
    return seen.ends() + policy.invitation_kept if seen.email else None


def due(seen: Invitation, now: datetime, policy: Policy) -> Due | None:
    """What is due now; a reminder that was missed until the end is none any more."""
    if seen.email and now >= seen.ends() + policy.invitation_kept:
        return Due.ERASE
    at = seen.sending.until - policy.invitation_reminder
    if seen.state is InvitationState.OPEN and seen.sending.sealed and now >= at:
        return Due.REMIND
    return None


def reminded(seen: Invitation) -> Invitation:
    """The invitation after its reminder, without the sealed token."""
    return replace(seen, sending=replace(seen.sending, sealed=None, sealed_as=""))


def erased(seen: Invitation) -> Invitation:
    """The invitation without the invited address."""
    return replace(reminded(seen), email="")


def _ended(seen: Invitation, state: InvitationState, now: datetime) -> Invitation:
    return replace(reminded(seen), state=state, ended_at=now)
