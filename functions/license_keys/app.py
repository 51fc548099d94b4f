"""License keys: purchasers get theirs again, administrators list and reissue them (B5, S24)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.domain.sessions.permission import ADMINISTERS, OWN, TO_ADMINISTER
from keyfob.http.administrators import Act, administrator_of
from keyfob.http.fields import Name, UserId
from keyfob.http.license_keys import Position, ResentView
from keyfob.http.paging import cursor_of, position_of
from keyfob.http.resolver import Model
from keyfob.usecases.administration.license_keys import Unredeemed
from keyfob.wiring.api import api_of
from license_keys import wiring

base = wiring.runtime()
app = api_of(base)


class LicenseKeyView(Model):
    """A license key that can be redeemed, without the key.

    `unit` is its number in the order, from 1. `purchaser` is the user id of who gets its mails;
    null if the person was erased. `holder` is that of who alone can redeem it; null: anybody.
    """

    order: str
    unit: int
    product: str
    kind: str
    proofing: bool
    paid_at: datetime
    purchaser: str | None
    holder: str | None


class LicenseKeyList(Model):
    """The organization's keys, the latest paid first; `cursor` leads to the next page."""

    license_keys: list[LicenseKeyView]
    cursor: str | None = None


class Reissue(Act):
    """A reissue; from then on only the account `for` (user id or id) can redeem the key."""

    holder: UserId | None = Field(default=None, alias="for")


class ReissuedView(Model):
    """The unit whose key was reissued; the new one is mailed to the purchaser."""

    order: str
    unit: int


@app.operation(
    "GET",
    "/admin/license-keys",
    permission=ADMINISTERS,
    summary="The license keys of one's organization that nobody has redeemed",
)
def list_license_keys(
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    cursor: Annotated[str | None, Query(max_length=256)] = None,
) -> LicenseKeyList:
    before = position_of(cursor) if cursor else None
    found = wiring.bought_keys().listed(administrator_of(app), limit=limit + 1, before=before)
    further = cursor_of(found[limit].place) if len(found) > limit else None
    shown = [_view(one) for one in found[:limit] if one.key.is_issued]
    return LicenseKeyList(license_keys=shown, cursor=further)


@app.operation(
    "POST",
    "/admin/orders/<number>/units/<unit>/reissue",
    permission=TO_ADMINISTER,
    summary="Reissue a license key: the old one is dead, a new one is mailed to the purchaser",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def reissue_license_key(
    number: Name, unit: Annotated[int, Path(ge=1, le=100_000)], body: Reissue
) -> ReissuedView:
    who = administrator_of(app, body.reason)
    wiring.bought_keys().reissue(who, number, unit - 1, body.holder)
    return ReissuedView(order=number, unit=unit)


@app.operation(
    "POST",
    "/orders/<number>/license-keys/<position>/resend",
    permission=OWN,
    summary="Send a license key again: the old one is dead, a new one is mailed to the purchaser",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def resend_license_key(number: Name, position: Position) -> ResentView:
    wiring.own_keys().resend(number, position - 1, app.caller.actor)
    return ResentView(order=number, position=position)


def _view(one: Unredeemed) -> LicenseKeyView:
    key = one.key
    return LicenseKeyView(
        order=key.order,
        unit=key.unit + 1,
        product=key.product,
        kind=key.kind,
        proofing=key.proofing,
        paid_at=key.paid_at,
        purchaser=one.purchaser.user_id if one.purchaser else None,
        holder=one.holder.user_id if one.holder else None,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
