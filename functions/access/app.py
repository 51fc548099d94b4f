"""Terms, access of accounts to applications, and an organization's subscriptions (A4, A6)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import StringConstraints

from access import wiring
from keyfob.domain.access.access import Access
from keyfob.domain.sessions.permission import (
    ADMINISTERS_APPLICATION,
    OWN,
    PARTNER_ACTS,
    PARTNER_SEES,
    SEES_TERMS,
    TO_ACCEPT_TERMS,
    TO_ADMINISTER_APPLICATION,
)
from keyfob.http.administrators import Act, administrator_of
from keyfob.http.fields import Name, Reason
from keyfob.http.paging import cursor_of, position_of
from keyfob.http.resolver import Model
from keyfob.usecases.access.ending import Subscriber
from keyfob.usecases.access.terms import ShownTerms
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

_REFUSALS = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)

Cursor = Annotated[str | None, Query(max_length=512)]
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


class ReasonGiven(Model):
    """Why a holder asks for access, for those who decide."""

    reason: Reason


class Decision(Model):
    """A decision about a request; the holder reads the reason of a denial."""

    decision: Literal["approve", "deny"]
    reason: Reason


class AccessView(Model):
    """An account's access to an application, since `at`."""

    account: str
    application: str
    state: Literal["requested", "approved", "denied", "removed"]
    at: datetime


class AccessRequestView(Model):
    """A request that waits for a decision."""

    account: str
    user_id: str
    name: str
    email: str
    reason: str
    at: datetime


class AccessRequestList(Model):
    """A page of requests; `cursor` leads to the next one."""

    requests: list[AccessRequestView]
    cursor: str | None


class SubscriptionView(Model):
    """A subscription to an application of one's partner, since `since`."""

    organization: str
    organization_name: str
    application: str
    state: Literal["terms", "active", "ended"]
    since: datetime
    accepted_version: str | None
    accepted_at: datetime | None


class SubscriptionList(Model):
    """A page of subscriptions, by organization; `cursor` leads to the next one."""

    subscriptions: list[SubscriptionView]
    cursor: str | None


@app.operation(
    "GET",
    "/terms",
    permission=SEES_TERMS,
    summary="The terms of the applications that one's organization has subscribed to",
)
def list_terms() -> TermsList:
    return TermsList(
        terms=[_terms(one) for one in wiring.terms().of_organization(administrator_of(app))]
    )


@app.operation(
    "POST",
    "/terms/<application>/acceptance",
    permission=TO_ACCEPT_TERMS,
    summary="Accept the current terms of an application; doing it again changes nothing",
    refusals=_REFUSALS,
)
def accept_terms(application: Name, body: AcceptanceRequest) -> TermsView:
    return _terms(wiring.terms().accept(application, body.version, administrator_of(app)))


@app.operation(
    "POST",
    "/applications/<application>/access",
    permission=OWN,
    summary="Ask for access to an application; while a request waits, another changes nothing",
    status=HTTPStatus.ACCEPTED,
    refusals=(*_REFUSALS, HTTPStatus.TOO_MANY_REQUESTS),
)
def request_access(application: Name, body: ReasonGiven) -> AccessView:
    return _access(wiring.accesses().request(application, body.reason, app.caller.actor))


@app.operation(
    "GET",
    "/applications/<application>/access-requests",
    permission=ADMINISTERS_APPLICATION,
    summary="The requests for access to an application that one administers",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def list_access_requests(application: Name, cursor: Cursor = None) -> AccessRequestList:
    after = position_of(cursor) if cursor else ""
    found, end = wiring.accesses().waiting(application, administrator_of(app), after=after)
    return AccessRequestList(
        requests=[
            AccessRequestView(
                account=one.account.id,
                user_id=one.account.user_id,
                name=one.account.name,
                email=one.account.email,
                reason=one.access.reason,
                at=one.access.at,
            )
            for one in found
        ],
        cursor=cursor_of(end) if end else None,
    )


@app.operation(
    "POST",
    "/applications/<application>/access/<account>",
    permission=TO_ADMINISTER_APPLICATION,
    summary="Approve or deny an account's request for access; again, it changes nothing",
    refusals=_REFUSALS,
)
def decide_access(application: Name, account: Name, body: Decision) -> AccessView:
    approve, staff = body.decision == "approve", administrator_of(app, body.reason)
    return _access(wiring.accesses().decide(application, account, staff, approve=approve))


@app.operation(
    "DELETE",
    "/applications/<application>/access/<account>",
    permission=TO_ADMINISTER_APPLICATION,
    summary="Take an account's access away; again, it changes nothing",
    refusals=_REFUSALS,
)
def remove_access(application: Name, account: Name, body: Act) -> AccessView:
    return _access(
        wiring.accesses().remove(application, account, administrator_of(app, body.reason))
    )


@app.operation(
    "GET",
    "/partner/subscriptions",
    permission=PARTNER_SEES,
    summary="The subscriptions to the applications of one's partner",
)
def list_subscriptions(cursor: Cursor = None) -> SubscriptionList:
    after = position_of(cursor) if cursor else ""
    found, end = wiring.subscriptions().of_partner(administrator_of(app), after=after)
    return SubscriptionList(
        subscriptions=[_subscription(one) for one in found],
        cursor=cursor_of(end) if end else None,
    )


@app.operation(
    "DELETE",
    "/partner/subscriptions/<organization>/<application>",
    permission=PARTNER_ACTS,
    summary="End an organization's subscription; again, it changes nothing",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def end_subscription(organization: Name, application: Name, body: Act) -> SubscriptionView:
    ended = wiring.subscriptions().end(
        organization, application, administrator_of(app, body.reason)
    )
    return _subscription(ended)


def _access(one: Access) -> AccessView:
    return AccessView(
        account=one.account, application=one.application, state=one.state.value, at=one.at
    )


def _subscription(one: Subscriber) -> SubscriptionView:
    seen, acceptance = one.subscription, one.subscription.accepted
    return SubscriptionView(
        organization=seen.organization,
        organization_name=one.organization,
        application=seen.application,
        state=seen.state.value,
        since=seen.since,
        accepted_version=acceptance.version if acceptance else None,
        accepted_at=acceptance.at if acceptance else None,
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
