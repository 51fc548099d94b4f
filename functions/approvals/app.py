"""Partners' administrators list and approve the credentials that wait for their partner (F1)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from approvals import wiring
from keyfob.domain.sessions.permission import PARTNER_ACTS, PARTNER_SEES
from keyfob.http.administrators import Act, administrator_of
from keyfob.http.fields import Name
from keyfob.http.paging import cursor_of, position_of
from keyfob.http.resolver import Model
from keyfob.usecases.administration.approvals import Waiting
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)


class WaitingView(Model):
    """A credential that waits for the partner, its holder, and the partner's applications for it.

    `organization` is the name of the holder's organization; `since` when the partner was asked.
    """

    credential: str
    name: str
    user_id: str
    organization: str
    applications: list[str]
    since: datetime | None


class WaitingListView(Model):
    """The credentials that wait; `cursor` leads to the next page."""

    credentials: list[WaitingView]
    cursor: str | None = None


class ApprovedView(Model):
    """The approved credential; `complete` if no other partner has still to approve it."""

    credential: str
    complete: bool


@app.operation(
    "GET",
    "/partner/credentials",
    permission=PARTNER_SEES,
    summary="The credentials that wait for one's partner's approval",
)
def list_waiting_credentials(
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
) -> WaitingListView:
    after = position_of(cursor) if cursor else None
    page = wiring.partner_approvals().waiting(administrator_of(app), limit=limit, after=after)
    return WaitingListView(
        credentials=[_view(one) for one in page.waiting],
        cursor=cursor_of(page.further) if page.further else None,
    )


@app.operation(
    "POST",
    "/partner/credentials/<credential>/approval",
    permission=PARTNER_ACTS,
    summary="Approve a credential for one's partner; approving it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def approve_waiting_credential(credential: Name, body: Act) -> ApprovedView:
    who = administrator_of(app, body.reason)
    done = wiring.partner_approvals().approve(who, credential)
    return ApprovedView(credential=done.credential.id, complete=not done.missing)


def _view(one: Waiting) -> WaitingView:
    return WaitingView(
        credential=one.asked.credential,
        name=one.holder.name,
        user_id=one.holder.user_id,
        organization=one.organization.name if one.organization else "",
        applications=[each.name for each in one.applications],
        since=one.asked.since,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
