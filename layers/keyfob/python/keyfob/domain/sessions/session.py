"""Sessions of signed-in accounts, and when they end. Pure.

The session token is `<account>.<session>.<secret>`; only the secret's SHA-256 is stored (S17).
Strength comes from the server alone (S20): 1 password, 2 OTP, 3 OTP of a proofed holder; 0 is a
challenge, good for setting a new password and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from keyfob.domain.credentials.credential import LEVEL_PASSWORD, TOKEN, Credential
from keyfob.domain.directory.role import Role
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated

CHALLENGE = 0
PASSWORD = LEVEL_PASSWORD


class Authenticator(StrEnum):
    """The source of a session's strength."""

    PASSWORD = "password"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One live session. `expires` is its absolute end, `seen` its last use.

    It begins with a typed password. If it is elevated, `by` is the authenticator (the hardware
    token, or a phone's id), `epoch` its epoch at that time, and `coded` the instant of the code;
    `spoken`: a call read the code out.
    """

    id: str
    secret_hash: str
    strength: int
    created: datetime
    seen: datetime
    expires: datetime
    by: str | None = None
    epoch: int | None = None
    coded: datetime | None = None
    spoken: bool = False

    @property
    def authenticator(self) -> Authenticator:
        """The source of its strength."""
        if self.by is None:
            return Authenticator.PASSWORD
        return Authenticator.TOKEN if self.by == TOKEN else Authenticator.PHONE

    def is_live(self, now: datetime, policy: Policy) -> bool:
        """Whether it is neither past its end nor idle for too long."""
        return now < self.expires and now < self.seen + policy.session_idle

    def elevated_until(self, policy: Policy) -> datetime | None:
        """The end of its elevation; None if it has none."""
        return min(self.coded + policy.elevation_lifetime, self.expires) if self.coded else None

    def is_stale(self, now: datetime, policy: Policy) -> bool:
        """Whether its last use is old enough to be written again."""
        return now >= self.seen + policy.last_seen_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """An account's sessions row; a raised epoch invalidates all that was read before.

    `pending_reset` is the id of the outbox row that will reset the password; until then nobody
    signs in. `new_password_until`: until then a newly chosen password may be on its way to the
    password store, and no reset begins. `parent` is the account whose credential this one uses.
    While it is `frozen`, nobody signs in. `disconnected`: it has used a parent's credential and has
    none of its own since. `partner` is the one that a partner administrator acts
    for. `newcomer`: nobody has chosen a password yet.
    """

    account: str
    organization: str
    roles: tuple[Role, ...]
    active: bool
    epoch: int
    live: Mapping[str, Session] = field(default_factory=dict)
    pending_reset: str | None = None
    new_password_until: datetime | None = None
    parent: str | None = None
    frozen: bool = False
    disconnected: bool = False
    partner: str | None = None
    newcomer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A session token as a client shows it: account and session ids, and the secret."""

    account: str
    session: str
    secret: str

    def __str__(self) -> str:
        """The session token as text."""
        return f"{self.account}.{self.session}.{self.secret}"

    def __repr__(self) -> str:
        """Hides the secret: this may end in a log line or a traceback."""
        return f"Token({self.account}.{self.session}.…)"


def parse_token(text: str) -> Token:
    """The parts of a session token.

    Raises:
        NotAuthenticated: it doesn't have the form of a session token.
    """
    parts = text.split(".")
    if len(parts) != 3 or not all(parts) or len(text) > 200 or not text.isascii():
        raise NotAuthenticated
    return Token(account=parts[0], session=parts[1], secret=parts[2])


def hashed(secret: str) -> str:
    """SHA-256 in hexadecimal: the secret's 256 random bits need no salt and no stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def recognize(sessions: Sessions | None, token: Token, now: datetime, policy: Policy) -> Session:
    """The live session of this session token.

    Raises:
        NotAuthenticated: unknown, ended, idle too long, another secret, or account deactivated.
    """
    session = sessions.live.get(token.session) if sessions and sessions.active else None
    expected = session.secret_hash if session else hashed("")
    right = hmac.compare_digest(expected, hashed(token.secret))
    if not session or not right or not session.is_live(now, policy):
        raise NotAuthenticated
    return session


def elevated(
    session: Session,
    credential: Credential,
    secret: str,
    now: datetime,
    *,
    by: str,
    spoken: bool = False,
) -> Session:
    """The session after a right code of `by`: it has a new secret, the old one is dead (S21)."""
    return replace(
        session,
        secret_hash=hashed(secret),
        strength=credential.level,
        by=by,
        epoch=credential.epoch_of(by),
        coded=now,
        spoken=spoken,
        seen=now,
    )


def as_of(
    session: Session, credential: Credential | None, now: datetime, policy: Policy
) -> Session:
    """The session with the strength it has now (S20).

    It stays elevated only while the credential is usable and still has the authenticator in the
    same epoch, and never above the credential's level. So suspension, locking, expiry, a revoked
    hardware token and a removed phone count from the next request on.
    """
    until = session.elevated_until(policy)
    if session.by is None or session.epoch is None or until is None:
        return session
    counts = (
        now < until
        and credential is not None
        and session.epoch == credential.epoch_of(session.by)
        and credential.is_usable(now)
    )
    if counts and credential:
        return replace(session, strength=min(session.strength, credential.level))
    return replace(
        session,
        strength=PASSWORD,
        by=None,
        epoch=None,
        coded=None,
        spoken=False,
    )


def crowded_out(sessions: Sessions, now: datetime, policy: Policy) -> list[str]:
    """The sessions to drop so that one more fits: ended ones, then the oldest."""
    live = {one.id: one for one in sessions.live.values() if one.is_live(now, policy)}
    ended = [one for one in sessions.live if one not in live]
    by_age = sorted(live.values(), key=lambda one: (one.created, one.id))
    surplus = max(0, len(live) + 1 - policy.sessions_per_account)
    return ended + [one.id for one in by_age[:surplus]]
