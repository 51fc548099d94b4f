"""Partners' campaigns: make, list, see, extend and end them (B6)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from campaigns import wiring
from campaigns.views import (
    CampaignExtension,
    CampaignList,
    CampaignReport,
    CampaignView,
    NewCampaign,
    RenewedView,
    SponsoredRenewal,
    campaign_view,
    report_view,
)
from keyfob.domain.sessions.permission import PARTNER_ACTS, PARTNER_SEES
from keyfob.domain.sponsorships.campaign import Campaign
from keyfob.http.administrators import Act, administrator_of
from keyfob.http.fields import IdempotencyKey, Name, idempotency_record_of
from keyfob.http.paging import cursor_of, position_of
from keyfob.storage.sponsorships.campaigns import listing_key
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

Limit = Annotated[int, Query(ge=1, le=50)]
Cursor = Annotated[str | None, Query(max_length=256)]


@app.operation(
    "POST",
    "/partner/campaigns",
    permission=PARTNER_ACTS,
    summary="Pay for credentials of accounts, organizations or a mail domain",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def make_campaign(body: NewCampaign, idempotency_key: IdempotencyKey) -> CampaignView:
    record = idempotency_record_of(app.caller, idempotency_key, "partner/campaigns", body)
    who = administrator_of(app, body.reason)
    return _view(wiring.campaigning().make(who, body.plan(), record))


@app.operation(
    "GET",
    "/partner/campaigns",
    permission=PARTNER_SEES,
    summary="The partner's campaigns, newest first",
)
def list_campaigns(limit: Limit = 20, cursor: Cursor = None) -> CampaignList:
    before = position_of(cursor) if cursor else None
    who = administrator_of(app)
    found = wiring.overview().listed(who, limit=limit + 1, before=before)
    further = cursor_of(listing_key(found[limit].campaign)) if len(found) > limit else None
    shown = [campaign_view(one, base.clock) for one in found[:limit]]
    return CampaignList(campaigns=shown, cursor=further)


@app.operation(
    "GET",
    "/partner/campaigns/<campaign>",
    permission=PARTNER_SEES,
    summary="A campaign with a report of its use",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_campaign(campaign: Name, limit: Limit = 20, cursor: Cursor = None) -> CampaignReport:
    after = position_of(cursor) if cursor else None
    found = wiring.overview().report(administrator_of(app), campaign, limit=limit, after=after)
    further = cursor_of(found.further) if found.further else None
    return report_view(found, further, base.clock)


@app.operation(
    "POST",
    "/partner/campaigns/<campaign>/extension",
    permission=PARTNER_ACTS,
    summary="Give a campaign a later end, more credentials or more accounts",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def extend_campaign(campaign: Name, body: CampaignExtension) -> CampaignView:
    who = administrator_of(app, body.reason)
    return _view(wiring.campaigning().extend(who, campaign, body.extension()))


@app.operation(
    "POST",
    "/partner/campaigns/<campaign>/end",
    permission=PARTNER_ACTS,
    summary="End a campaign; what was accepted stays; ending it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def end_campaign(campaign: Name, body: Act) -> CampaignView:
    return _view(wiring.campaigning().end(administrator_of(app, body.reason), campaign))


@app.operation(
    "POST",
    "/partner/campaigns/<campaign>/renewals",
    permission=PARTNER_ACTS,
    summary="Pay for another year of a credential that the campaign has sponsored",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def renew_sponsored(
    campaign: Name, body: SponsoredRenewal, idempotency_key: IdempotencyKey
) -> RenewedView:
    place = f"partner/campaigns/{campaign}/renewals"
    record = idempotency_record_of(app.caller, idempotency_key, place, body)
    who = administrator_of(app, body.reason)
    done = wiring.renewing().renew(who, campaign, body.user_id, record)
    return RenewedView(
        user_id=body.user_id, renewals=done.sponsorship.renewals, expires_at=done.expires_at
    )


def _view(campaign: Campaign) -> CampaignView:
    [shown] = wiring.overview().shown([campaign])
    return campaign_view(shown, base.clock)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
