"""Signing in and out (E1, A4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.domain.directory.account import user_id_digest
from keyfob.domain.errors import Unavailable
from keyfob.domain.sessions.permission import ANYBODY, BY_CHALLENGE, OWN, TO_END
from keyfob.domain.sessions.session import CHALLENGE, Session
from keyfob.domain.sessions.sign_in_options import SignInOption
from keyfob.http.cookies import (
    REMEMBERED,
    SESSION,
    cleared,
    hand_over,
    is_remembered,
    values_of,
)
from keyfob.http.failures import noted
from keyfob.http.fields import Name
from keyfob.http.gate import Caller
from keyfob.http.resolver import Model
from keyfob.usecases.sessions.sign_in import SignedIn
from keyfob.wiring.api import api_of
from session import wiring

base = wiring.runtime()
app = api_of(base)


class Credentials(Model):
    """User id and password.

    With `cookie`, a browser gets the session token only as the cookie `__Host-session`, and a
    device value as the cookie `__Host-device`. A program gets its device value in the header
    X-Device and sends it with the next sign-in: strangers' wrong passwords then don't count.
    """

    user_id: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)
    cookie: bool = False


class NewPassword(Model):
    """The permanent password."""

    password: str = Field(min_length=1, max_length=256)


class SignInOptionView(Model):
    """A sign-in option for the session; `obstacle` is the code of the reason it can't be used now.

    `label` is the holder's label for a phone, or the last characters of a token's serial number;
    `phone` and `number` (masked) are a phone's.
    """

    method: Literal["token", "phone"]
    label: str
    obstacle: str | None
    phone: str | None
    number: str | None


class SessionView(Model):
    """A session's strength (1 password, 2 OTP, 3 OTP of a proofed holder), source and deadlines.

    `elevation` lists the sign-in options. `csrf_token` is for the header X-CSRF-Token of a
    browser's requests; a program needs none.
    """

    strength: int
    authenticator: str
    credential: str | None
    elevated_until: datetime | None
    expires_at: datetime
    idle_after: datetime
    elevation: list[SignInOptionView]
    csrf_token: str | None


class SignedInView(Model):
    """`signed_in` with a session token, or `new_password_required` with a challenge token.

    A browser gets this token as a cookie, and `csrf_token` here. `remembered` means that this
    browser used a code of the live credential before: it may ask for the next one at once.
    """

    status: Literal["signed_in", "new_password_required"]
    token: str | None
    csrf_token: str | None
    expires_at: datetime
    strength: int
    elevation: list[SignInOptionView]
    remembered: bool


class OwnSessionView(Model):
    """One of one's own sessions, with its current strength.

    `seen_at` is its last use, to a minute; it ends at `expires_at`, unused at `idle_after`.
    `current` marks the session of this request.
    """

    id: str
    current: bool
    created_at: datetime
    seen_at: datetime
    strength: int
    authenticator: str
    elevated_until: datetime | None
    expires_at: datetime
    idle_after: datetime


class SessionList(Model):
    """Live sessions, newest first."""

    sessions: list[OwnSessionView]


@app.operation(
    "POST",
    "/session",
    permission=ANYBODY,
    summary="Sign in with user id and password",
    status=HTTPStatus.CREATED,
    refusals=(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
)
def sign_in(body: Credentials) -> SignedInView:
    # Any existing cookie is ignored: a planted session gains nothing.
    with noted(
        "sign-in refused",
        "SignInFailed",
        app.client,
        base.count,
        fails=lambda refusal: not isinstance(refusal, Unavailable),
        user=user_id_digest(body.user_id),
    ):
        done = wiring.sign_in().sign_in(body.user_id, body.password, app.client, device=app.device)
    return _signed_in(done, as_cookie=body.cookie)


@app.operation(
    "POST",
    "/session/new-password",
    permission=BY_CHALLENGE,
    summary="Set the permanent password; the challenge's token is shown like a session's",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def set_password(body: NewPassword) -> SignedInView:
    caller = app.caller
    done = wiring.sign_in().set_password(
        caller.account, caller.session, body.password, caller.client
    )
    return _signed_in(done, as_cookie=caller.by_cookie)


@app.operation("GET", "/session", permission=OWN, summary="The session: strength, source, ends")
def show() -> SessionView:
    return _session(app.caller)


@app.operation(
    "DELETE",
    "/session",
    permission=OWN,
    summary="Sign out",
    status=HTTPStatus.NO_CONTENT,
)
def sign_out() -> Response[None]:
    caller = app.caller
    wiring.sign_in().sign_out(caller.account, caller.session, caller.client)
    app.clear_cookies(SESSION)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation("GET", "/sessions", permission=OWN, summary="One's own live sessions")
def sessions() -> SessionList:
    caller = app.caller
    found = wiring.own_sessions().live(caller.account)
    return SessionList(sessions=[_own(one, caller) for one in found])


@app.operation(
    "DELETE",
    "/sessions/<session>",
    permission=TO_END,
    summary="End another one of one's own sessions; `DELETE /session` ends the one that asks",
    status=HTTPStatus.NO_CONTENT,
    refusals=(HTTPStatus.NOT_FOUND,),
)
def end_session(session: Name) -> Response[None]:
    caller = app.caller
    wiring.own_sessions().end(caller.account, session, app.proof, caller.client)
    if session == caller.session.id:
        app.clear_cookies(SESSION)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation(
    "DELETE",
    "/sessions",
    permission=TO_END,
    summary="Sign out everywhere: every session of the account ends",
    status=HTTPStatus.NO_CONTENT,
)
def sign_out_everywhere() -> Response[None]:
    wiring.sign_in().sign_out_everywhere(app.caller.account, app.proof, app.caller.client)
    app.clear_cookies(SESSION)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _signed_in(done: SignedIn, *, as_cookie: bool) -> SignedInView:
    is_challenge = done.session.strength == CHALLENGE
    handed = hand_over(done.token, done.session.expires, base.clock(), as_cookie=as_cookie)
    app.set_cookies(*handed.cookies)
    app.hand_over_device(done.device, as_cookie=as_cookie)
    return SignedInView(
        status="new_password_required" if is_challenge else "signed_in",
        token=handed.token,
        csrf_token=handed.csrf_token,
        expires_at=done.session.expires,
        strength=done.session.strength,
        elevation=_ways(done.sign_in_options),
        remembered=not is_challenge and _is_remembered(done),
    )


def _is_remembered(done: SignedIn) -> bool:
    """Whether this browser used a code of the live credential; clears the cookie of another."""
    shown = values_of(app.cookie_header, REMEMBERED)
    remembered = is_remembered(shown, done.token.account, done.credential)
    if shown and not remembered:
        app.set_cookies(cleared(REMEMBERED))
    return remembered


def _session(caller: Caller) -> SessionView:
    session, credential = caller.session, caller.credential
    return SessionView(
        strength=session.strength,
        credential=credential.id if credential and session.by else None,
        authenticator=session.authenticator,
        elevated_until=session.elevated_until(base.policy),
        expires_at=session.expires,
        idle_after=session.seen + base.policy.session_idle,
        elevation=_ways(wiring.sign_in().sign_in_options(caller.credential)),
        csrf_token=caller.csrf_token,
    )


def _own(session: Session, caller: Caller) -> OwnSessionView:
    return OwnSessionView(
        id=session.id,
        current=session.id == caller.session.id,
        created_at=session.created,
        seen_at=session.seen,
        strength=session.strength,
        authenticator=session.authenticator,
        elevated_until=session.elevated_until(base.policy),
        expires_at=session.expires,
        idle_after=session.seen + base.policy.session_idle,
    )


def _ways(offered: Sequence[SignInOption]) -> list[SignInOptionView]:
    return [
        SignInOptionView(
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
