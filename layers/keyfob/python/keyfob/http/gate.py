"""Admission to the API: size, form, client address, session. Deny by default.

Plain functions and one class over an API Gateway event (REST, payload 1.0); no framework.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from keyfob.domain.audit.entry import Actor
from keyfob.domain.clock import Clock
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import (
    BodyTooLarge,
    FrontRequired,
    MalformedBody,
    UnsupportedMediaType,
)
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import CsrfTokenWrong, NotAuthenticated
from keyfob.domain.sessions.permission import Permission
from keyfob.domain.sessions.session import (
    Session,
    Sessions,
    Token,
    as_of,
    parse_token,
    recognize,
)
from keyfob.http import cookies
from keyfob.storage.database import Conflict
from keyfob.storage.sessions.store import SessionStore

MAX_BODY = 64 * 1024
FRONT_SECRET_HEADER = "x-front-secret"  # noqa: S105
# CloudFront sets this header itself: `address:port`. To `X-Forwarded-For` it only appends.
VIEWER_HEADER = "cloudfront-viewer-address"
CSRF_HEADER = "x-csrf-token"
DEVICE_HEADER = "x-device"
# The safe methods (RFC 9110, section 9.2.1) that we serve.
SAFE = frozenset({"GET", "HEAD"})

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated account, its session with its current strength, its live credential.

    `permission` is the route's; `partner` the one that a partner administrator acts for;
    `disconnected` says that it has used another account's credential before. A browser's requests
    carry `csrf_token`; a program's need none.
    """

    account: str
    organization: str
    roles: tuple[Role, ...]
    session: Session
    credential: Credential | None
    client: Client
    permission: Permission
    partner: str | None = None
    disconnected: bool = False
    csrf_token: str | None = None

    @property
    def actor(self) -> Actor:
        """The actor for the audit trail."""
        return self.client.as_account(self.account)

    @property
    def by_cookie(self) -> bool:
        """Whether this is a browser that sent its cookie."""
        return self.csrf_token is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The session token of a request; with its CSRF token if it came as a cookie."""

    token: Token
    csrf_token: str | None = None

    @property
    def by_cookie(self) -> bool:
        """Whether the session token came as a cookie."""
        return self.csrf_token is not None


class Gate:
    """Admits a request or refuses it.

    Args:
        sessions: the store, read strongly consistently: an ended session is refused at once.
        clock: the time.
        policy: idle period and how often a session's use is recorded.
    """

    def __init__(self, sessions: SessionStore, clock: Clock, policy: Policy) -> None:
        self._sessions = sessions
        self._clock = clock
        self._policy = policy

    def admit(self, event: Event, permission: Permission, client: Client) -> Caller | None:
        """The caller; None on a route without session.

        Raises:
            NotAuthenticated: no session, an ended one, or a challenge where a session is needed.
            CsrfTokenWrong: a cookie alone, on a request that changes something.
            RoleRequired: the account has none of the route's roles.
        """
        if not permission.needs_session:
            return None
        shown = shown_token(event)
        token = shown.token
        now = self._clock()
        sessions, credential = self._sessions.with_credential(token.account)
        found = recognize(sessions, token, now, self._policy)
        session = as_of(found, credential, now, self._policy)
        if sessions is None:
            raise NotAuthenticated
        permission.admit(session, sessions.roles)
        self._note_use(sessions, session)
        return Caller(
            account=sessions.account,
            organization=sessions.organization,
            roles=sessions.roles,
            session=session,
            credential=credential,
            client=client,
            permission=permission,
            partner=sessions.partner,
            disconnected=sessions.disconnected,
            csrf_token=shown.csrf_token,
        )

    def _note_use(self, sessions: Sessions, session: Session) -> None:
        now = self._clock()
        if not session.is_stale(now, self._policy):
            return
        try:
            self._sessions.touch(sessions.account, session, now)
        except Conflict as conflict:
            # Signed out since we read it: the write must not restore it; the request is refused.
            raise NotAuthenticated from conflict


def client_of(event: Event, *, front: Sequence[str]) -> Client:
    """The client's address and correlation.

    Without a front it is API Gateway's address. With one, every request must carry a secret of
    the front's: only then is the viewer's address in it believed, since anybody can send that.

    Args:
        event: the request.
        front: the front's accepted secrets; empty where there is no front.

    Raises:
        FrontRequired: there is a front, and the request didn't come through it.
    """
    context = event["requestContext"]
    address = str(context["identity"]["sourceIp"])
    if front:
        shown = header(event, FRONT_SECRET_HEADER).encode(errors="replace")
        if not any(hmac.compare_digest(shown, secret.encode()) for secret in front):
            raise FrontRequired
        address = _viewer(header(event, VIEWER_HEADER)) or address
    return Client(address=address, correlation=correlation_of(event))


def correlation_of(event: Event) -> str:
    """The request's id at API Gateway."""
    return str(event["requestContext"]["requestId"])


def _viewer(shown: str) -> str:
    """The address in `address:port`; empty if it isn't one."""
    try:
        return str(ip_address(shown.rpartition(":")[0].strip("[]")))
    except ValueError:
        return ""


def header(event: Event, name: str) -> str:
    """A header's value, its name in any case; empty if it is missing."""
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")


def cookie_header(event: Event) -> str:
    """All the request's `Cookie` headers, joined; `headers` holds only one."""
    several = event.get("multiValueHeaders") or {}
    found = [value for name, each in several.items() if name.lower() == "cookie" for value in each]
    return "; ".join(map(str, found)) if found else header(event, "cookie")


def shown_device(event: Event) -> str:
    """The device value of the request: a program's header, or else a browser's cookie."""
    found = cookies.values_of(cookie_header(event), cookies.DEVICE)
    return header(event, DEVICE_HEADER) or (found[0] if len(found) == 1 else "")


def shown_token(event: Event) -> Shown:
    """The session token of the request: the bearer's, or else the browser's cookie.

    The CSRF check uses only the request itself and precedes every read: a forged request is
    answered alike whether or not the session lives, and can't keep it alive.

    Raises:
        NotAuthenticated: there is none or there are two, or it is malformed.
        CsrfTokenWrong: a cookie alone, on a request that changes something.
    """
    scheme, _, text = header(event, "authorization").partition(" ")
    if scheme.lower() == "bearer":
        return Shown(token=parse_token(text.strip()))
    found = cookies.values_of(cookie_header(event), cookies.SESSION)
    if len(found) != 1:
        raise NotAuthenticated
    token = parse_token(found[0])
    expected = cookies.csrf_token(token.secret)
    sent = header(event, CSRF_HEADER).encode(errors="replace")
    if event["httpMethod"] not in SAFE and not hmac.compare_digest(sent, expected.encode()):
        raise CsrfTokenWrong
    return Shown(token=token, csrf_token=expected)


def raw_body(event: Event) -> str:
    """The body as text, exactly as it was sent.

    Raises:
        BodyTooLarge: it has more than 64 KiB.
        MalformedBody: it isn't UTF-8.
    """
    body = event.get("body") or ""
    try:
        content = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
        if len(content) > MAX_BODY:
            raise BodyTooLarge
        return content.decode()
    except ValueError as error:
        raise MalformedBody from error


def require_json(event: Event) -> dict[str, Any]:
    """The body as one JSON object; a missing body is an empty object.

    Raises:
        BodyTooLarge, MalformedBody, UnsupportedMediaType.
    """
    body = raw_body(event)
    if not body:
        return {}
    kind = header(event, "content-type").split(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaType
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedBody from error
    if not isinstance(parsed, dict):
        raise MalformedBody
    return parsed
