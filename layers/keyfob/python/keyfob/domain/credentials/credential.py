"""A credential from redemption to revocation. Pure.

pending_approval ──approved──▶ pending_activation ──activated──▶ active ◀──lifted── suspended
       │                               │                           │ ──suspended──▶     │
       └───────────────────────────────┴──────── revoked ◀─────────┴────────────────────┘

Expired and locked are no states: the first is `now >= expires_at`, the second the number of wrong
codes of its token. What the clock does to it, and when, is in `milestones.py`.

`epoch` rises whenever sessions elevated by this credential must fall back to what the password
alone allows; each authenticator adds an epoch of its own, which rises when that one is locked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.credentials.dates import revocation_at
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.policy import Policy

LEVEL_PASSWORD = 1
LEVEL_OTP = 2
LEVEL_PROOFED = 3

# The name of the hardware token among a credential's authenticators; a phone's is its id.
TOKEN = "token"  # noqa: S105


class State(StrEnum):
    """What an act of somebody has made of it."""

    PENDING_APPROVAL = "pending_approval"
    PENDING_ACTIVATION = "pending_activation"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Status(StrEnum):
    """What people are shown (F1): the state, and what time and wrong codes have made of it."""

    PENDING_APPROVAL = "pending_approval"
    PENDING_ACTIVATION = "pending_activation"
    ACTIVE = "active"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Suspender(StrEnum):
    """Who suspended it; the holder's and an administrator's run the 60 days (F5)."""

    HOLDER = "holder"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Change(StrEnum):
    """What happened to a credential; the action of its audit entry."""

    REDEEMED = "credential.redeemed"
    APPROVED = "credential.approved"
    ACTIVATED = "credential.activated"
    SUSPENDED = "credential.suspended"
    REENABLED = "credential.reenabled"
    REVOKED = "credential.revoked"
    LAPSED = "credential.lapsed"
    RENEWED = "credential.renewed"
    RENEWAL_NOTICED = "credential.renewal_noticed"
    EXPIRED = "credential.expired"
    REMINDED = "credential.reminded"
    TOKEN_ADDED = "credential.token_added"  # noqa: S105
    TOKEN_REGISTERED = "token.registered"  # noqa: S105
    TOKEN_ACCEPTED = "token.accepted"  # noqa: S105
    TOKEN_LOCKED = "token.locked"  # noqa: S105
    TOKEN_BLOCKED = "token.blocked"  # noqa: S105
    TOKEN_RESYNCHRONIZED = "token.resynchronized"  # noqa: S105
    TOKEN_RESET = "token.reset"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    PHONE_CONFIRMED = "phone.confirmed"
    PHONE_ACCEPTED = "phone.accepted"
    PHONE_BLOCKED = "phone.blocked"
    PHONE_FREED = "phone.freed"
    PHONE_REMOVED = "phone.removed"
    REOPENED = "credential.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An account's one live OTP subscription, or one it had.

    `unit` says which of the order's license keys it comes from (from 0). `level` is 2 (OTP) or 3
    (OTP of a proofed holder). `tries` are ids of failed registrations and resynchronizations.
    Whatever the clock has to say up to `told_at` was told, or something more urgent was. `phones`
    are the confirmed ones: their ids and epochs; the rest of them stands in a row of its own.
    `replacing` says that the last authenticator is gone, so that only a token shipped for this
    credential may follow it (D4).
    """

    id: str
    account: str
    organization: str
    order: str
    unit: int
    kind: str
    proofing: bool
    legal_name: str
    country: str
    paid_at: datetime
    expires_at: datetime
    state: State = State.PENDING_ACTIVATION
    level: int = LEVEL_OTP
    epoch: int = 0
    activated_at: datetime | None = None
    suspended_at: datetime | None = None
    suspended_by: Suspender | None = None
    revoked_at: datetime | None = None
    told_at: datetime | None = None
    token: HardwareToken | None = None
    phones: Mapping[str, int] = field(default_factory=dict)
    replacing: bool = False
    tries: tuple[str, ...] = ()
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its name in the audit trail: the account leads to its row."""
        return f"CREDENTIAL#{self.account}#{self.id}"

    def is_expired(self, now: datetime) -> bool:
        """Past its validity."""
        return now >= self.expires_at

    def is_usable(self, now: datetime) -> bool:
        """Active and not expired: its authenticators count."""
        return self.state is State.ACTIVE and not self.is_expired(now)

    def epoch_of(self, authenticator: str) -> int | None:
        """What a session elevated by this one must have been given; None if it isn't one of ours.

        A sum, since each part only rises: it is the same only if neither part has risen.
        """
        if authenticator == TOKEN:
            own = self.token.epoch if self.token else None
        else:
            own = self.phones.get(authenticator)
        return None if own is None else self.epoch + own

    @property
    def is_fresh(self) -> bool:
        """It never had an authenticator."""
        return not (self.token or self.phones or self.replacing)

    def status(self, now: datetime, policy: Policy) -> Status:
        """As people see it."""
        if self.is_over(now, policy):
            return Status.REVOKED
        if self.is_expired(now) and self.state is not State.SUSPENDED:
            return Status.EXPIRED
        if self.state is State.ACTIVE and self._is_locked(policy):
            return Status.LOCKED
        return Status(self.state)

    def _is_locked(self, policy: Policy) -> bool:
        """Nothing is left to sign in with."""
        return self.token is not None and self.token.is_locked(policy) and not self.phones

    def revokes_at(self, policy: Policy) -> datetime:
        """When it is revoked automatically, unless something is done before (F6, F7)."""
        counts = self.suspended_by is not Suspender.SYSTEM
        return revocation_at(self.expires_at, self.suspended_at if counts else None, policy)

    def is_over(self, now: datetime, policy: Policy) -> bool:
        """Revoked, or due to be: from that very second on nothing averts it any more."""
        return self.state is State.REVOKED or now >= self.revokes_at(policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The credential as it becomes, and what happened; no change means that it was so already."""

    credential: Credential
    change: Change | None = None


def changed(change: Change, credential: Credential) -> Transition:
    """The transition that is this change."""
    return Transition(credential=credential, change=change)
