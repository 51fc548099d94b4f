"""Browser cookies: names, flags, reading and writing. Pure.

`__Host-` makes the browser ensure that a cookie is Secure, for `/` and for this host alone: no
sibling host can plant one. HttpOnly hides it from scripts, SameSite=Strict from other sites'
requests (RFC 6265bis, sections 4.1.2 and 4.1.3).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyfob.domain.sessions.session import Token

SESSION = "__Host-session"
REMEMBERED = "__Host-remembered"
DEVICE = "__Host-device"
REMEMBERED_FOR = timedelta(days=365)
# RFC 6265, section 6.1, has browsers keep cookies of at most 4 KiB; ours take 160 bytes.
MAX_HEADER = 8 * 1024
_FLAGS = "Path=/; Secure; HttpOnly; SameSite=Strict"
_NAME_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How a client gets a new session token: in the body, or as a cookie that no script can read.

    A browser sends `csrf_token` with every request that changes something.
    """

    token: str | None
    csrf_token: str | None
    cookies: tuple[str, ...]


def hand_over(token: Token, ends: datetime, now: datetime, *, as_cookie: bool) -> Handover:
    """Hand over the session token of a session that ends at `ends`, to a browser or a program."""
    if not as_cookie:
        return Handover(token=str(token), csrf_token=None, cookies=())
    return Handover(
        token=None,
        csrf_token=csrf_token(token.secret),
        cookies=(_written(SESSION, str(token), ends - now),),
    )


def csrf_token(secret: str) -> str:
    """The CSRF token, which proves that a page of ours sent the request: 256 bits, base64url.

    It has no padding. Only readers of our answers know it, and it doesn't reveal the session's
    secret.
    """
    return _encoded(hashlib.sha256(f"keyfob csrf\n{secret}".encode()).digest())


def remembering(account: str, credential: str) -> str:
    """The cookie that remembers for a year that a browser used a code of this credential (E1).

    It names account and credential by a truncated hash and grants nothing.
    """
    return _written(REMEMBERED, _name_of(account, credential), REMEMBERED_FOR)


def device_cookie(value: str) -> str:
    """The cookie with a device value, kept for a year (S56)."""
    return _written(DEVICE, value, REMEMBERED_FOR)


def is_remembered(values: list[str], account: str, credential: str | None) -> bool:
    """Whether the cookie names this credential; it never names a revoked one (F3)."""
    return credential is not None and values == [_name_of(account, credential)]


def cleared(name: str) -> str:
    """The cookie that deletes this one."""
    return _written(name, "", timedelta(0))


def values_of(header: str, name: str) -> list[str]:
    """Every value of this name in a `Cookie` header (RFC 6265, section 4.2.1).

    Other cookies may have any form. A header of more than 8 KiB has no values.
    """
    if len(header) > MAX_HEADER:
        return []
    pairs = (pair.strip(" \t").partition("=") for pair in header.split(";"))
    return [value for found, equals, value in pairs if equals and found == name]


def _written(name: str, value: str, lasts: timedelta) -> str:
    seconds = max(0, int(lasts.total_seconds()))
    return f"{name}={value}; {_FLAGS}; Max-Age={seconds}"


def _name_of(account: str, credential: str) -> str:
    content = f"keyfob remembered\n{account}\n{credential}".encode()
    return _encoded(hashlib.sha256(content).digest()[:_NAME_BYTES])


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
