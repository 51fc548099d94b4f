"""A credential from redemption to revocation. Pure.

pending_approval ──approved──▶ pending_activation ──activated──▶ active
       │                               │                           │
       └───────────────────────────────┴────────▶ revoked ◀────────┘

Suspended, expired and locked are not states: a credential is suspended as long as it has a cause
for it (`suspension.py`), expired if `now >= expires_at`, and locked by the number of wrong codes of
its hardware token. Its milestones are in `milestones.py`.

`epoch` rises whenever sessions elevated by this credential must fall back to password strength;
each authenticator adds its own epoch, which rises when that authenticator is locked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.credentials.dates import revocation_at
from keyfob.domain.credentials.hardware_token import HardwareToken
from keyfob.domain.credentials.suspension import (
    PROOFING,
    Suspender,
    Suspensions,
    foremost,
    runs_since,
)
from keyfob.domain.policy import Policy

LEVEL_PASSWORD = 1
LEVEL_OTP = 2
LEVEL_PROOFED = 3

# The name of the hardware token among a credential's authenticators; a phone's is its id.
TOKEN = "token"  # noqa: S105


class State(StrEnum):
    """Stored states; suspended, expired and locked are derived (see `Status`)."""

    PENDING_APPROVAL = "pending_approval"
    PENDING_ACTIVATION = "pending_activation"
    ACTIVE = "active"
    REVOKED = "revoked"


class Status(StrEnum):
    """The status shown to people (F1): the state with suspension, expiry and locking."""

    PENDING_APPROVAL = "pending_approval"
    PENDING_ACTIVATION = "pending_activation"
    ACTIVE = "active"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Change(StrEnum):
    """Changes of a credential; each value is the action of its audit entry."""

    REDEEMED = "credential.redeemed"
    SPONSORED = "credential.sponsored"
    PARTNER_APPROVED = "credential.partner_approved"
    APPROVED = "credential.approved"
    ACTIVATED = "credential.activated"
    PROOFED = "credential.proofed"
    UNPROOFED = "credential.unproofed"
    SUSPENDED = "credential.suspended"
    CAUSE_LIFTED = "credential.cause_lifted"
    REENABLED = "credential.reenabled"
    REVOKED = "credential.revoked"
    LAPSED = "credential.lapsed"
    RENEWED = "credential.renewed"
    RENEWAL_TAKEN_BACK = "credential.renewal_taken_back"
    RENEWAL_NOTICED = "credential.renewal_noticed"
    EXPIRED = "credential.expired"
    REMINDED = "credential.reminded"
    RENAMED = "credential.renamed"
    UPGRADE_BOUGHT = "credential.upgrade_bought"
    UPGRADE_BEGUN = "credential.upgrade_begun"
    UPGRADE_TAKEN_BACK = "credential.upgrade_taken_back"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """An account's one live OTP subscription, or a past one.

    `unit` is the license key of the order that it comes from (from 0). `level` is 2 (OTP) or 3 (OTP
    of a proofed holder); `upgrade`: one from 2 to 3 was bought or included and isn't begun yet.
    `tries` are ids of failed registrations and resynchronizations. The holder was notified of every
    milestone up to `told_at`, or of a more urgent one. `phones` maps the ids of the confirmed
    phones to their epochs; their other data is in a row of its own. `replacing`: the last
    authenticator is gone, so only a hardware token shipped for this credential may follow it (D4).
    `reset`: an operator
    opened a wider window for the next registration. `bought` names its renewals and upgrades, so
    that each can be taken back once; earlier ones aren't named.
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
    upgrade: bool = False
    epoch: int = 0
    activated_at: datetime | None = None
    suspensions: Suspensions = field(default_factory=dict)
    revoked_at: datetime | None = None
    told_at: datetime | None = None
    token: HardwareToken | None = None
    phones: Mapping[str, int] = field(default_factory=dict)
    replacing: bool = False
    tries: tuple[str, ...] = ()
    reset: bool = False
    bought: tuple[str, ...] = ()
    version: int = 0
    head: str = GENESIS

    @property
    def subject(self) -> str:
        """Its audit subject; the account in it leads to its row."""
        return f"CREDENTIAL#{self.account}#{self.id}"

    def is_expired(self, now: datetime) -> bool:
        """Whether its validity is over."""
        return now >= self.expires_at

    def is_usable(self, now: datetime) -> bool:
        """Whether it is active and not expired, so that its authenticators count."""
        return self.state is State.ACTIVE and not self.suspensions and not self.is_expired(now)

    @property
    def suspended_by(self) -> Suspender | None:
        """Whose cause decides what happens next; None if it isn't suspended."""
        return foremost(self.suspensions)

    @property
    def suspended_at(self) -> datetime | None:
        """From when its causes count; None if it isn't suspended."""
        return min(self.suspensions.values(), default=None)

    @property
    def trusted_level(self) -> int:
        """Its level; while its holder disputes the proofing, that of a holder without one."""
        return min(self.level, LEVEL_OTP) if PROOFING in self.suspensions else self.level

    def epoch_of(self, authenticator: str) -> int | None:
        """The epoch that a session elevated by this authenticator must have; None if it isn't ours.

        It is a sum of parts that only rise, so it stays the same only if neither part has risen.
        """
        if authenticator == TOKEN:
            own = self.token.epoch if self.token else None
        else:
            own = self.phones.get(authenticator)
        return None if own is None else self.epoch + own

    def status(self, now: datetime, policy: Policy) -> Status:
        """The status as people see it."""
        if self.is_over(now, policy):
            return Status.REVOKED
        if self.suspensions:
            return Status.SUSPENDED
        if self.is_expired(now):
            return Status.EXPIRED
        if self.state is State.ACTIVE and self._is_locked(policy):
            return Status.LOCKED
        return Status(self.state)

    def _is_locked(self, policy: Policy) -> bool:
        """Whether no authenticator is left to sign in with."""
        return self.token is not None and self.token.is_locked(policy) and not self.phones

    def revokes_at(self, policy: Policy) -> datetime:
        """When it is revoked automatically, unless somebody acts before (F6, F7)."""
        return revocation_at(self.expires_at, runs_since(self.suspensions), policy)

    def is_over(self, now: datetime, policy: Policy) -> bool:
        """Whether it is revoked or due for revocation; from that second on nothing averts it."""
        return self.state is State.REVOKED or now >= self.revokes_at(policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """The new credential and its change; None if nothing changed or a try was only counted."""

    credential: Credential
    change: Change | None = None


def changed(change: Change, credential: Credential) -> Transition:
    """The transition with this change."""
    return Transition(credential=credential, change=change)
