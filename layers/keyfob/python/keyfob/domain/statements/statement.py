"""A statement: who signed in, at which level, by which method, for one application (E4). Pure.

Its claims are those of RFC 7519 and OpenID Connect Core 1.0 (section 2); `amr` has the values of
RFC 8176, `acr` a name for each level.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyfob.domain.orders.license_key import Mac
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.session import Authenticator, Session

_LEVEL = "urn:keyfob:level:"
_PURPOSE = "statement-subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The content of a statement; times are in whole seconds.

    `application` is the one that it is made for, `subject` the account as that application's
    partner knows it, `level` 1 to 3, and `authenticated_at` the instant of the code, or of the
    password at level 1.
    """

    id: str
    issuer: str
    application: str
    subject: str
    level: int
    methods: tuple[str, ...]
    authenticated_at: datetime
    issued_at: datetime
    expires_at: datetime

    def claims(self) -> dict[str, Any]:
        """The claims of the token."""
        return {
            "iss": self.issuer,
            "aud": self.application,
            "sub": self.subject,
            "jti": self.id,
            "iat": _seconds(self.issued_at),
            "nbf": _seconds(self.issued_at),
            "exp": _seconds(self.expires_at),
            "acr": f"{_LEVEL}{self.level}",
            "amr": list(self.methods),
            "auth_time": _seconds(self.authenticated_at),
        }


def subject_of(mac: Mac, partner: str, account: str) -> str:
    """The name of an account for one partner: a keyed hash.

    It outlives the keys of statements. Two partners can't tell that two of them are one account.
    """
    return mac(_PURPOSE, f"{partner}:{account}")


def methods_of(session: Session) -> tuple[str, ...]:
    """How the session was authenticated (RFC 8176, section 2)."""
    if session.authenticator is Authenticator.PASSWORD:
        return ("pwd",)
    if session.authenticator is Authenticator.TOKEN:
        return ("pwd", "otp")
    return ("pwd", "tel" if session.spoken else "sms")


def expiry(session: Session, now: datetime, policy: Policy) -> datetime:
    """The end of a statement that is made now: it never outlives the session or its elevation."""
    ends = [now + policy.statement_lifetime, session.expires]
    elevated_until = session.elevated_until(policy)
    return min([*ends, elevated_until] if elevated_until else ends)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
