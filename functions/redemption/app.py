"""Redeeming a license key (C1)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.domain.sessions.permission import OWN
from keyfob.http.credential_view import CredentialView, credential_view
from keyfob.http.fields import Country, IdempotencyKey, RequiredText, idempotency_record_of
from keyfob.http.resolver import Model
from keyfob.usecases.credentials.redemption import Claim
from keyfob.wiring.api import api_of
from redemption import wiring

base = wiring.runtime()
app = api_of(base)


class LicenseRedemption(Model):
    """The license key, and the holder's legal name and country (ISO 3166 alpha-2)."""

    license_key: str = Field(min_length=1, max_length=64)
    legal_name: RequiredText
    country: Country


@app.operation(
    "POST",
    "/license-redemptions",
    permission=OWN,
    summary="Redeem a license key: it becomes one's credential",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def redeem(body: LicenseRedemption, idempotency_key: IdempotencyKey) -> CredentialView:
    caller = app.caller
    claim = Claim(
        license_key=body.license_key,
        legal_name=body.legal_name,
        country=body.country,
        organization=caller.organization,
    )
    record = idempotency_record_of(caller, idempotency_key, "license-redemptions", body)
    credential = wiring.redemption().redeem(claim, record, caller.actor)
    return credential_view(credential, [], base.clock(), base.policy)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
