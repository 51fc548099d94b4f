"""A credential's record, in plain words. Every instant is aware; seconds count."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NOTICE, EXPIRED, REMINDER = "renewal_notice", "credential_expired", "revocation_reminder"
RENEWED, SUSPENDED, LIFTED = "renewed", "suspended", "lifted"
REVOKED, LAPSED = "revoked", "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: `what` is renewed, suspended, lifted, revoked or lapsed.

    `number` is its place in the trail of everything that happened to this credential, `by` is
    holder, administrator, system or clock.
    """

    number: int
    at: datetime
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A mail that went out, and the dates it states; None where that isn't known."""

    at: datetime
    until: datetime | None = None
    revokes: datetime | None = None
    deadline: datetime | None = None
    tells_deadline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message that was queued, and its sendings; `days` before the end, if it states them."""

    number: int
    id: str
    kind: str
    queued_at: datetime
    sent: tuple[Sending, ...] = ()
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A credential: its beginning, its acts, its present state."""

    id: str
    zone: str
    country: str
    born_at: datetime
    first_expiry: datetime
    acts: tuple[Act, ...]
    messages: tuple[Told, ...]
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the service may take, undisturbed: to do what is due, and to send what is queued.

    A worker may die twice, and each time the lease runs for an hour.
    """

    clock: timedelta = timedelta(hours=4)
    mail: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The time of the last look, and the service's outages.

    `outages` are in order and apart. `resent` are messages that may have gone out twice, by the
    log.
    """

    until: datetime
    outages: tuple[tuple[datetime, datetime], ...] = ()
    resent: frozenset[str] = frozenset()
    patience: Patience = Patience()

    def latest(self, since: datetime, patience: timedelta) -> datetime:
        """The deadline of work due since then: after that much time without an outage."""
        position = bisect_right(self.outages, since, key=lambda outage: outage[1])
        for begins, ends in self.outages[position:]:
            if begins >= since + patience:
                break
            since = max(since, ends)
        return since + patience


class Fault(StrEnum):
    """The possible faults."""

    MISSING = "missing"
    DOUBLE = "double"
    MOOT = "sent after it became moot"
    LESS_URGENT = "less urgent than another that was overdue"
    EARLY = "told before its time"
    QUIET = "sent in quiet hours"
    SAID = "says something wrong"
    CAUSELESS = "nothing happened that it could be about"
    REVOKED_EARLY = "revoked too early"
    REVOKED_AVERTED = "revoked although averted"
    REVOKED_LATE = "revoked too late"
    NOT_REVOKED = "not revoked"
    TOO_LATE = "averted when nothing could avert it any more"
    NOT_THEIRS = "lifted by somebody else"
    EXPIRY = "a wrong expiry"
    AFTER_END = "changed after its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A breach of the rules."""

    life: str
    fault: Fault
    about: str

    def __str__(self) -> str:
        return f"{self.life}: {self.fault}: {self.about}"
