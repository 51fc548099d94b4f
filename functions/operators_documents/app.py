"""Documents and signed purchase orders of any order, for operators (B3, B5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.sessions.permission import BY_OPERATOR
from keyfob.http.fields import Name
from keyfob.http.links import link_or_later
from keyfob.http.signed_order_view import SignedOrderView, signed_order_view
from keyfob.wiring.api import operator_api_of
from operators_documents import wiring

base = wiring.runtime()
app = operator_api_of(base)


@app.operation(
    "GET",
    "/operator/orders/<number>/purchase-order",
    permission=BY_OPERATOR,
    summary="An order's signed purchase order, with a link to an accepted file",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_any_signed_order(number: Name) -> SignedOrderView:
    return signed_order_view(wiring.signed_orders().show(number))


@app.operation(
    "GET",
    "/operator/orders/<number>/packing-slip.pdf",
    permission=BY_OPERATOR,
    summary="An order's packing slip: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
    also=(HTTPStatus.ACCEPTED,),
    refusals=(HTTPStatus.NOT_FOUND,),
)
def order_packing_slip(number: Name) -> Response[None]:
    return link_or_later(wiring.documents().fetch(number, DocumentKind.PACKING_SLIP))


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
