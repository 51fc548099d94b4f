"""Terms, access of accounts to applications, and an organization's subscriptions (A4, A6)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import StringConstraints

from access import wiring
from keyfob.domain.sessions.permission import SEES_TERMS, TO_ACCEPT_TERMS
from keyfob.http.fields import Name
from keyfob.http.resolver import Model
from keyfob.usecases.access.administering import Administrator
from keyfob.usecases.access.terms import ShownTerms
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

Version = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class TermsView(Model):
    """The current terms of an application subscribed to, as plain text.

    `accepted_version` is the one that `accepted_by` (a name) has accepted; `outstanding` says
    whether an administrator has to accept the current one.
    """

    application: str
    application_name: str
    partner: str
    version: str
    text: str
    outstanding: bool
    accepted_version: str | None
    accepted_by: str | None
    accepted_at: datetime | None


class TermsList(Model):
    """The terms of all applications subscribed to, outstanding ones first."""

    terms: list[TermsView]


class AcceptanceRequest(Model):
    """The version that was read."""

    version: Version


@app.operation(
    "GET",
    "/terms",
    permission=SEES_TERMS,
    summary="The terms of the applications that one's organization has subscribed to",
)
def list_terms() -> TermsList:
    return TermsList(terms=[_terms(one) for one in wiring.terms().of_organization(_staff())])


@app.operation(
    "POST",
    "/terms/<application>/acceptance",
    permission=TO_ACCEPT_TERMS,
    summary="Accept the current terms of an application; doing it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def accept_terms(application: Name, body: AcceptanceRequest) -> TermsView:
    return _terms(wiring.terms().accept(application, body.version, _staff()))


def _staff() -> Administrator:
    """The caller, as an administrator of the caller's organization."""
    caller = app.caller
    return Administrator(
        home=caller.organization, proof=app.proof, credential=caller.credential, by=caller.actor
    )


def _terms(shown: ShownTerms) -> TermsView:
    offered, acceptance = shown.application, shown.subscription.accepted
    return TermsView(
        application=offered.id,
        application_name=offered.name,
        partner=shown.partner,
        version=offered.terms.version if offered.terms else "",
        text=offered.terms.text if offered.terms else "",
        outstanding=shown.outstanding,
        accepted_version=acceptance.version if acceptance else None,
        accepted_by=shown.accepted_by,
        accepted_at=acceptance.at if acceptance else None,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
