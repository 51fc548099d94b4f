"""Signing in and out (E1, A4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.http.edge import Access, Caller
from keyfob.http.resolver import Model
from keyfob.sessions.session import CHALLENGE
from keyfob.sessions.sign_in import SignedIn
from keyfob.sessions.ways import Way
from keyfob.wiring.api import api_of
from session import wiring

base = wiring.runtime()
app = api_of(base)


class Credentials(Model):
    """User id and password."""

    user_id: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class NewPassword(Model):
    """The permanent password."""

    password: str = Field(min_length=1, max_length=256)


class WayView(Model):
    """A way to elevate the session; `obstacle` is the code of what is in its way.

    `label` is the holder's name for a phone, or the last characters of a token's serial number;
    `phone` and `number` (what may be shown of it) are a phone's.
    """

    method: Literal["token", "phone"]
    label: str
    obstacle: str | None
    phone: str | None
    number: str | None


class SessionView(Model):
    """A session's strength (1 password, 2 OTP, 3 OTP of a proofed holder), source and ends.

    `elevation` is how it can be made stronger.
    """

    strength: int
    authenticator: str
    credential: str | None
    elevated_until: datetime | None
    expires_at: datetime
    idle_after: datetime
    elevation: list[WayView]


class SignedInView(Model):
    """`signed_in` with a session token, or `new_password_required` with a challenge token."""

    status: Literal["signed_in", "new_password_required"]
    token: str
    expires_at: datetime
    strength: int
    elevation: list[WayView]


@app.operation(
    "POST",
    "/session",
    access=Access.PUBLIC,
    summary="Sign in with user id and password",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.UNAUTHORIZED, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def sign_in(body: Credentials) -> SignedInView:
    return _signed_in(wiring.sign_in().sign_in(body.user_id, body.password, app.client))


@app.operation(
    "POST",
    "/session/new-password",
    access=Access.CHALLENGE,
    summary="Set the permanent password; the challenge's token is the bearer token",
    status=HTTPStatus.CREATED,
)
def set_password(body: NewPassword) -> SignedInView:
    caller = app.caller
    return _signed_in(
        wiring.sign_in().set_password(caller.account, caller.session, body.password, caller.client)
    )


@app.operation(
    "GET", "/session", access=Access.SESSION, summary="The session: strength, source, ends"
)
def show() -> SessionView:
    return _session(app.caller)


@app.operation(
    "DELETE",
    "/session",
    access=Access.SESSION,
    summary="Sign out",
    status=HTTPStatus.NO_CONTENT,
)
def sign_out() -> Response[None]:
    caller = app.caller
    wiring.sign_in().sign_out(caller.account, caller.session, caller.client)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation(
    "DELETE",
    "/sessions",
    access=Access.SESSION,
    summary="Sign out everywhere: every session of the account ends",
    status=HTTPStatus.NO_CONTENT,
)
def sign_out_everywhere() -> Response[None]:
    wiring.sign_in().sign_out_everywhere(app.caller.account, app.caller.client)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _signed_in(done: SignedIn) -> SignedInView:
    is_challenge = done.session.strength == CHALLENGE
    return SignedInView(
        status="new_password_required" if is_challenge else "signed_in",
        token=str(done.token),
        expires_at=done.session.expires,
        strength=done.session.strength,
        elevation=_ways(done.ways),
    )


def _session(caller: Caller) -> SessionView:
    session, credential = caller.session, caller.credential
    return SessionView(
        strength=session.strength,
        credential=credential.id if credential and session.elevated_until else None,
        authenticator=session.authenticator,
        elevated_until=session.elevated_until,
        expires_at=session.expires,
        idle_after=session.seen + base.policy.session_idle,
        elevation=_ways(wiring.sign_in().ways(caller.credential)),
    )


def _ways(offered: Sequence[Way]) -> list[WayView]:
    return [
        WayView(
            method="phone" if one.phone else "token",
            label=one.label,
            obstacle=one.obstacle,
            phone=one.phone,
            number=one.number,
        )
        for one in offered
    ]


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
