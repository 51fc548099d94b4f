"""Admission to the API: size, form, client address, session. Deny by default.

Plain functions and one class over an API Gateway event (REST, payload 1.0); no framework.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import ip_address
from typing import Any

from keyfob.audit.entry import Actor
from keyfob.clock import Clock
from keyfob.credentials.credential import Credential
from keyfob.directory.role import Role
from keyfob.dynamo import Conflict
from keyfob.errors import (
    BodyTooLarge,
    MalformedBody,
    NotAuthenticated,
    UnsupportedMediaType,
)
from keyfob.policy import Policy
from keyfob.sessions.client import Client
from keyfob.sessions.session import (
    CHALLENGE,
    Session,
    Sessions,
    Token,
    as_of,
    parse_token,
    recognize,
)
from keyfob.sessions.store import SessionStore

MAX_BODY = 64 * 1024
FRONT_SECRET_HEADER = "x-front-secret"  # noqa: S105
# CloudFront sets this one itself: `address:port`. To `X-Forwarded-For` it only appends.
VIEWER_HEADER = "cloudfront-viewer-address"

Event = Mapping[str, Any]


class Access(Enum):
    """Who may call a route. There is no default: a route without one is not served."""

    PUBLIC = auto()
    CHALLENGE = auto()
    SESSION = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated account, its session as strong as it is now, its live credential."""

    account: str
    organization: str
    roles: tuple[Role, ...]
    session: Session
    credential: Credential | None
    client: Client

    @property
    def actor(self) -> Actor:
        """As the audit trail names it."""
        return self.client.as_account(self.account)


class Gate:
    """Lets a request in or refuses it.

    Args:
        sessions: where sessions are read, strongly consistent: an ended one is refused at once.
        clock: the time.
        policy: idle period and how often a session's use is noted.
    """

    def __init__(self, sessions: SessionStore, clock: Clock, policy: Policy) -> None:
        self._sessions = sessions
        self._clock = clock
        self._policy = policy

    def admit(self, event: Event, access: Access, client: Client) -> Caller | None:
        """The caller; None on a public route, whoever calls.

        Raises:
            NotAuthenticated: no session, an ended one, or a challenge where a session is needed.
        """
        if access is Access.PUBLIC:
            return None
        token = bearer_token(event)
        now = self._clock()
        sessions, credential = self._sessions.with_credential(token.account)
        session = as_of(recognize(sessions, token, now, self._policy), credential, now)
        is_challenge = session.strength == CHALLENGE
        if sessions is None or is_challenge is not (access is Access.CHALLENGE):
            raise NotAuthenticated
        self._note_use(sessions, session)
        return Caller(
            account=sessions.account,
            organization=sessions.organization,
            roles=sessions.roles,
            session=session,
            credential=credential,
            client=client,
        )

    def _note_use(self, sessions: Sessions, session: Session) -> None:
        now = self._clock()
        if not session.is_stale(now, self._policy):
            return
        try:
            self._sessions.touch(sessions.account, session, now)
        except Conflict as conflict:
            # Signed out since we read it: the write must not bring it back, nor the request pass.
            raise NotAuthenticated from conflict


def client_of(event: Event, *, front_secret: str) -> Client:
    """Where the request comes from.

    API Gateway's address counts. The viewer's address that the front names is believed only
    together with the front's secret, since anybody can send that header.
    """
    context = event["requestContext"]
    address = str(context["identity"]["sourceIp"])
    shown = header(event, FRONT_SECRET_HEADER)
    if front_secret and hmac.compare_digest(shown.encode(), front_secret.encode()):
        address = _viewer(header(event, VIEWER_HEADER)) or address
    return Client(address=address, correlation=str(context["requestId"]))


def _viewer(shown: str) -> str:
    """The address in `address:port`; empty if it isn't one."""
    try:
        return str(ip_address(shown.rpartition(":")[0].strip("[]")))
    except ValueError:
        return ""


def header(event: Event, name: str) -> str:
    """A header's value, its name in any case; empty when it isn't there."""
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")


def bearer_token(event: Event) -> Token:
    """The session token of the request.

    Raises:
        NotAuthenticated: there is none, or it can't be one.
    """
    scheme, _, text = header(event, "authorization").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated
    return parse_token(text.strip())


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
    """The body: one JSON object; no body at all is an empty one.

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
