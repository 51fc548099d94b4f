"""Registrations of organizations: drafts, submissions and decisions (A1, A2, A3). Pure.

    draft ──submit──▶ submitted ──approve──▶ approved     its content is in the organization
      └─ 14 days ─▶ expired        └──reject──▶ rejected  its content is erased after 30 days

The registration is in the audit trail and has no personal data. Its content has: what the
registrant typed in. It is erased when it is used, or when the registration has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import IllegalTransition
from keyfob.domain.policy import Policy
from keyfob.domain.registrations.content import Content, missing
from keyfob.domain.registrations.errors import RegistrationClosed, RegistrationIncomplete

_AGAIN = timedelta(days=1)


class RegistrationState(StrEnum):
    """The state of a registration."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration for a partner's application.

    `secret` is the hash of its link's secret. A draft ends at `until`. An answer is due at
    `due_at`; `told_at` is when operators were last told that it is overdue. `organization` is what
    it became. `has_content`: what was typed in is still kept.
    """

    id: str
    secret: str
    partner: str
    application: str
    begun_at: datetime
    until: datetime
    state: RegistrationState = RegistrationState.DRAFT
    invitation: str | None = None
    submitted_at: datetime | None = None
    due_at: datetime | None = None
    told_at: datetime | None = None
    decided_at: datetime | None = None
    organization: str | None = None
    has_content: bool = True
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject."""
        return f"REGISTRATION#{self.id}"

    def standing(self, now: datetime) -> RegistrationState:
        """Its state at this instant: the clock may be late."""
        if self.state is RegistrationState.DRAFT and now >= self.until:
            return RegistrationState.EXPIRED
        return self.state

    def is_overdue(self, now: datetime) -> bool:
        """Whether an answer is late."""
        waits = self.state is RegistrationState.SUBMITTED
        return waits and self.due_at is not None and now >= self.due_at


def require_draft(seen: Registration, now: datetime) -> None:
    """Refuse a registration that can't be changed any more.

    Raises:
        RegistrationClosed.
    """
    if seen.standing(now) is not RegistrationState.DRAFT:
        raise RegistrationClosed


def submitted(
    seen: Registration, content: Content, now: datetime, *, due_at: datetime
) -> Registration:
    """The registration, handed to the operators, who answer by `due_at`.

    Raises:
        RegistrationClosed. RegistrationIncomplete: `fields` says what is missing.
    """
    require_draft(seen, now)
    lacks: Mapping[str, str] = missing(content)
    if lacks:
        raise RegistrationIncomplete(fields=dict(lacks))
    return replace(seen, state=RegistrationState.SUBMITTED, submitted_at=now, due_at=due_at)


def approved(seen: Registration, organization: str, now: datetime) -> Registration:
    """The registration that became this organization.

    Raises:
        IllegalTransition: it doesn't wait for a decision.
    """
    decided = _decided(seen, RegistrationState.APPROVED, now)
    return replace(decided, organization=organization, has_content=False)


def rejected(seen: Registration, now: datetime) -> Registration:
    """The registration that an operator has rejected.

    Raises:
        IllegalTransition: it doesn't wait for a decision.
    """
    return _decided(seen, RegistrationState.REJECTED, now)


def _decided(seen: Registration, state: RegistrationState, now: datetime) -> Registration:
    if seen.state is not RegistrationState.SUBMITTED:
        raise IllegalTransition("This registration doesn't wait for a decision.")
    return replace(seen, state=state, decided_at=now)


class Due(StrEnum):
    """What the clock does to a registration."""

    EXPIRE = "expire"
    TELL = "tell"
    ERASE = "erase"


def next_due(seen: Registration, policy: Policy) -> datetime | None:
    """When the clock must look at it next, if ever."""
    if seen.state is RegistrationState.DRAFT:
        return seen.until
    if seen.state is RegistrationState.SUBMITTED:
        return seen.told_at + _AGAIN if seen.told_at else seen.due_at
    if seen.state is RegistrationState.REJECTED and seen.has_content and seen.decided_at:
        return seen.decided_at + policy.registration_rejected_kept
    return None


_DUE = {
    RegistrationState.DRAFT: Due.EXPIRE,
    RegistrationState.SUBMITTED: Due.TELL,
    RegistrationState.REJECTED: Due.ERASE,
}


def due(seen: Registration, now: datetime, policy: Policy) -> Due | None:
    """What is due now."""
    at = next_due(seen, policy)
    return _DUE[seen.state] if at and now >= at else None


def performed(seen: Registration, what: Due, now: datetime) -> Registration:
    """The registration after what was due."""
    if what is Due.TELL:
        return replace(seen, told_at=now)
    if what is Due.EXPIRE:
        return replace(seen, state=RegistrationState.EXPIRED, decided_at=now, has_content=False)
    return replace(seen, has_content=False)
