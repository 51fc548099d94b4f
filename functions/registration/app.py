"""Registering and resynchronizing a hardware token (D1, D2, F2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.domain.credentials.credential import Credential
from keyfob.domain.sessions.permission import OWN, TO_BIND
from keyfob.http.credential_view import CredentialView, credential_view
from keyfob.http.failures import codes_noted
from keyfob.http.fields import IdempotencyKey, Name, ReleaseCode, idempotency_record_of
from keyfob.http.resolver import Model
from keyfob.usecases.credentials.registration import Pair
from keyfob.usecases.holds.first_binding import Binder
from keyfob.wiring.api import api_of
from registration import wiring

base = wiring.runtime()
app = api_of(base)


class TwoCodes(Model):
    """Two consecutive codes, as texts: leading zeros count."""

    first_code: str = Field(min_length=1, max_length=16)
    second_code: str = Field(min_length=1, max_length=16)

    def pair(self) -> Pair:
        """As a domain object."""
        return Pair(first=self.first_code, second=self.second_code)


class TokenAtHand(TwoCodes):
    """The serial number on the back of the token, and two of its consecutive codes.

    `release_code` is an operator's, if one was needed.
    """

    serial: str = Field(min_length=1, max_length=64)
    release_code: ReleaseCode = None


@app.operation(
    "POST",
    "/credentials/<credential>/token",
    permission=TO_BIND,
    summary="Register a hardware token with a credential",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def register(
    credential: Name, body: TokenAtHand, idempotency_key: IdempotencyKey
) -> CredentialView:
    caller = app.caller
    record = idempotency_record_of(caller, idempotency_key, f"credentials/{credential}/token", body)
    binder = Binder(proof=app.proof, by=caller.actor, release_code=body.release_code)
    with codes_noted(caller, base.count):
        registered = wiring.registration().register(
            credential, body.serial, body.pair(), binder, record
        )
    return _view(registered)


@app.operation(
    "POST",
    "/credentials/<credential>/resynchronization",
    permission=OWN,
    summary="Unlock and resynchronize a token with two consecutive codes",
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def resynchronize(credential: Name, body: TwoCodes) -> CredentialView:
    with codes_noted(app.caller, base.count):
        found = wiring.registration().resynchronize(credential, body.pair(), app.caller.actor)
    return _view(found)


def _view(one: Credential) -> CredentialView:
    return credential_view(one, wiring.phones().confirmed(one), base.clock(), base.policy)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
