"""Orders of people without an account (B8)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header
from aws_lambda_powertools.utilities.typing import LambdaContext

from guests import wiring
from guests.views import GuestOrderView, NewGuestOrder, PlacedView, guest_order_view
from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.sessions.permission import ANYBODY
from keyfob.http.fields import Name
from keyfob.http.license_keys import Position, ResentView
from keyfob.http.links import link_or_later
from keyfob.http.registration_forms import FormView, form_view
from keyfob.usecases.orders.guest_orders import guest
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

# In a header: addresses stand in logs and histories.
OrderToken = Annotated[str, Header(alias="X-Order-Token", min_length=1, max_length=128)]


@app.operation(
    "GET",
    "/guest-orders/form",
    permission=ANYBODY,
    summary="A form to order with as a guest; changes nothing",
)
def guest_order_form() -> FormView:
    return form_view(wiring.guest_orders().form())


@app.operation(
    "POST",
    "/guest-orders",
    permission=ANYBODY,
    summary="Place an order without an account and get its payment page",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def place_guest_order(body: NewGuestOrder) -> PlacedView:
    placed = wiring.guest_orders().place(body.request(), app.client)
    return PlacedView(token=placed.token, order=guest_order_view(placed.order))


@app.operation(
    "GET",
    "/guest-orders/<number>",
    permission=ANYBODY,
    summary="A guest's order, by its token",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def guest_order(number: Name, order_token: OrderToken) -> GuestOrderView:
    return guest_order_view(wiring.guest_orders().get(number, order_token))


@app.operation(
    "GET",
    "/guest-orders/<number>/confirmation.pdf",
    permission=ANYBODY,
    summary="The confirmation of a guest's order: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
    also=(HTTPStatus.ACCEPTED,),
    refusals=(HTTPStatus.NOT_FOUND,),
)
def guest_order_confirmation(number: Name, order_token: OrderToken) -> Response[None]:
    order = wiring.guest_orders().get(number, order_token)
    return link_or_later(wiring.documents().fetch(order, DocumentKind.CONFIRMATION))


@app.operation(
    "POST",
    "/guest-orders/<number>/cancellation",
    permission=ANYBODY,
    summary="Cancel a guest's order that isn't paid; canceling it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def cancel_guest_order(number: Name, order_token: OrderToken) -> GuestOrderView:
    return guest_order_view(wiring.guest_orders().cancel(number, order_token, app.client))


@app.operation(
    "POST",
    "/guest-orders/<number>/license-keys/<position>/resend",
    permission=ANYBODY,
    summary="Send a license key again: the old one is dead, a new one is mailed to the guest",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def resend_guest_license_key(
    number: Name, position: Position, order_token: OrderToken
) -> ResentView:
    order = wiring.guest_orders().get(number, order_token)
    wiring.resending().resend(order, position - 1, guest(app.client))
    return ResentView(order=number, position=position)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
