"""Elevating a session by a code (E1, E2): the hot path, without a framework.

Its OpenAPI schema is in `keyfob/http/openapi.py`, which no function imports.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from elevation import wiring
from keyfob.domain.credentials.errors import WrongCode
from keyfob.domain.due_index import instant
from keyfob.domain.errors import DomainError, InvalidInput
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.permission import OWN
from keyfob.http.cookies import hand_over, remembering
from keyfob.http.gate import Event, require_json, shown_token
from keyfob.http.responses import Answer, respond
from keyfob.usecases.credentials.verification import Elevated, Typed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

base = wiring.runtime()
METHODS = ("token", "phone")
ROUTE = ("POST", "/session/elevation")
PERMISSIONS = {ROUTE: OWN}


def typed_in(event: Event) -> Typed:
    """The fields of `{"method": "token", "code": "…"}`, with an optional `phone`; no others."""
    body = require_json(event)
    known = {"method", "code", "phone"} if body.get("method") == "phone" else {"method", "code"}
    faults = {name: "unknown field" for name in body if name not in known}
    if body.get("method") not in METHODS:
        faults["method"] = f"must be one of: {', '.join(METHODS)}"
    if not isinstance(body.get("code"), str):
        faults["code"] = "must be a text, so that leading zeros count"
    if not isinstance(body.get("phone", ""), str):
        faults["phone"] = "must be the id of a phone"
    if faults:
        raise InvalidInput(fields=faults)
    return Typed(method=body["method"], code=body["code"], phone=body.get("phone"))


def elevate(event: Event, client: Client) -> Answer:
    shown = shown_token(event)
    try:
        done = wiring.verification().elevate(
            shown.token, lambda: typed_in(event), PERMISSIONS[ROUTE], client
        )
    except NotAuthenticated:
        raise  # nobody is authenticated, and no code was compared
    except DomainError as refusal:
        # The audit trail has no wrong codes: this line records account and network (S61).
        about = {
            "account": shown.token.account,
            "code": refusal.code,
            "network": client.network,
            "correlation": client.correlation,
        }
        base.logger.info("elevation refused", extra=about)
        base.count("CodeWrong" if isinstance(refusal, WrongCode) else "ElevationRefused")
        raise
    return answer(done, as_cookie=shown.by_cookie)


def answer(done: Elevated, *, as_cookie: bool) -> Answer:
    """The session as it is now; a browser gets a cookie that remembers the credential."""
    session, account = done.session, done.token.account
    handed = hand_over(done.token, session.expires, base.clock(), as_cookie=as_cookie)
    marks = [remembering(account, done.credential)] if as_cookie else []
    body = {
        "status": "signed_in",
        "token": handed.token,
        "csrf_token": handed.csrf_token,
        "strength": session.strength,
        "authenticator": session.authenticator,
        "elevated_until": instant(session.elevated_until(base.policy) or session.expires),
        "expires_at": instant(session.expires),
    }
    return Answer(
        status=HTTPStatus.CREATED, body=body, account=account, cookies=[*handed.cookies, *marks]
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return respond(event, elevate, front=wiring.front(), support=base.support)


base.end_init(lambda: (wiring.verification(), wiring.front()))
