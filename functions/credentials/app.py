"""A holder's credentials: states, history and actions (F1, F3, F5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from credentials import wiring
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.errors import InvalidInput
from keyfob.domain.sessions.permission import OWN, TO_CONNECT, TO_END
from keyfob.http.cookies import REMEMBERED, SESSION
from keyfob.http.credential_view import CredentialView, credential_view
from keyfob.http.fields import Country, Name, RequiredText
from keyfob.http.history_view import HistoryView, history_view
from keyfob.http.paging import position_of
from keyfob.http.resolver import Model
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

_UNKNOWN = (HTTPStatus.NOT_FOUND,)
_REFUSALS = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


class CredentialList(Model):
    """The live credential first, then past ones."""

    credentials: list[CredentialView]


class ActivationRequest(Model):
    """The activation code, if an agent or a letter gave one."""

    activation_code: str | None = Field(default=None, min_length=1, max_length=64)


class UpgradeRequest(Model):
    """The name as on a document, and the country.

    `acknowledged`: the holder has read what proofing asks for.
    """

    acknowledged: bool
    legal_name: RequiredText
    country: Country


class Confirmation(Model):
    """Revocation is final and needs confirmation: `confirm` must be true."""

    confirm: bool


@app.operation("GET", "/credentials", permission=OWN, summary="One's own credentials")
def credentials() -> CredentialList:
    found = wiring.credentials().of_account(app.caller.account)
    return CredentialList(credentials=[_view(one) for one in found])


@app.operation(
    "GET",
    "/credentials/<credential>",
    permission=OWN,
    summary="One of one's own credentials",
    refusals=_UNKNOWN,
)
def credential(credential: Name) -> CredentialView:
    return _view(wiring.history().of(app.caller.actor, credential))


@app.operation(
    "GET",
    "/credentials/<credential>/history",
    permission=OWN,
    summary="What happened to a credential, newest first",
    refusals=_UNKNOWN,
)
def history(
    credential: Name,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
) -> HistoryView:
    before = position_of(cursor) if cursor else None
    entries = wiring.history().entries(app.caller.actor, credential, limit=limit + 1, before=before)
    return history_view(entries, limit, addresses=True)


@app.operation(
    "POST",
    "/credentials/<credential>/activation",
    permission=OWN,
    summary="Activate a credential; activating it again changes nothing",
    refusals=(*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS),
)
def activate(
    credential: Name, body: Annotated[ActivationRequest | None, Body()] = None
) -> CredentialView:
    code = body.activation_code if body else None
    return _view(wiring.activation().activate(credential, code, app.caller.actor))


@app.operation(
    "POST",
    "/credentials/<credential>/upgrade",
    permission=TO_CONNECT,
    summary="Begin the proofing upgrade that was bought for a credential or came with it",
    refusals=_REFUSALS,
)
def begin_upgrade(credential: Name, body: UpgradeRequest) -> CredentialView:
    if not body.acknowledged:
        raise InvalidInput(fields={"acknowledged": "must be true"})
    claim = body.legal_name, body.country
    return _view(wiring.management().upgrade(credential, claim, app.proof, app.caller.actor))


@app.operation(
    "POST",
    "/credentials/<credential>/suspension",
    permission=TO_END,
    summary="Suspend a credential; suspending it again changes nothing",
    refusals=_REFUSALS,
)
def suspend(credential: Name) -> CredentialView:
    return _view(wiring.management().suspend(credential, app.proof, app.caller.actor))


@app.operation(
    "DELETE",
    "/credentials/<credential>/suspension",
    permission=TO_END,
    summary="Re-enable a suspended credential; doing it again changes nothing",
    refusals=_REFUSALS,
)
def lift(credential: Name) -> CredentialView:
    return _view(wiring.management().lift(credential, app.proof, app.caller.actor))


@app.operation(
    "POST",
    "/credentials/<credential>/token/revocation",
    permission=TO_END,
    summary="Give up a token that is lost, broken or stolen; the credential stays",
    refusals=_REFUSALS,
)
def revoke_token(credential: Name) -> CredentialView:
    return _view(wiring.management().revoke_token(credential, app.proof, app.caller.actor))


@app.operation(
    "POST",
    "/credentials/<credential>/revocation",
    permission=TO_END,
    summary="Revoke a credential for good: every session ends, the password is reset",
    refusals=_REFUSALS,
)
def revoke(credential: Name, body: Confirmation) -> CredentialView:
    revoked = wiring.management().revoke(
        credential, app.proof, app.caller.actor, confirmed=body.confirm
    )
    app.clear_cookies(SESSION, REMEMBERED)
    return _view(revoked)


def _view(one: Credential) -> CredentialView:
    return credential_view(one, wiring.phones().confirmed(one), base.clock(), base.policy)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
