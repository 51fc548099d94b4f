"""The documents of one's own orders and quotes as PDF, and signed purchase orders (B3)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from documents import wiring
from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.sessions.permission import ADMINISTERS, OWN
from keyfob.http.administrators import administrator_of
from keyfob.http.fields import Name
from keyfob.http.links import link_or_later
from keyfob.http.resolver import Model
from keyfob.http.signed_order_view import SignedOrderView, signed_order_view
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)


class UploadForm(Model):
    """A form (multipart/form-data) that uploads one PDF until `until`.

    `fields` come before the file, whose own field is `file` and the last one.
    """

    url: str
    fields: dict[str, str]
    until: datetime


@app.operation(
    "GET",
    "/orders/<number>/confirmation.pdf",
    permission=OWN,
    summary="The confirmation of one's own order: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
    also=(HTTPStatus.ACCEPTED,),
    refusals=(HTTPStatus.NOT_FOUND,),
)
def order_confirmation(number: Name) -> Response[None]:
    return _document(number, DocumentKind.CONFIRMATION)


@app.operation(
    "GET",
    "/orders/<number>/quote.pdf",
    permission=OWN,
    summary="The quote for one's own unpaid order: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
    also=(HTTPStatus.ACCEPTED,),
    refusals=(HTTPStatus.NOT_FOUND,),
)
def order_quote(number: Name) -> Response[None]:
    return _document(number, DocumentKind.QUOTE)


@app.operation(
    "GET",
    "/orders/<number>/invoice.pdf",
    permission=OWN,
    summary="A copy of one's own order's invoice: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
    also=(HTTPStatus.ACCEPTED,),
    refusals=(HTTPStatus.NOT_FOUND,),
)
def order_invoice(number: Name) -> Response[None]:
    return _document(number, DocumentKind.INVOICE)


@app.operation(
    "GET",
    "/quotes/<number>/quote.pdf",
    permission=OWN,
    summary="One of one's own quotes as PDF: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
    also=(HTTPStatus.ACCEPTED,),
    refusals=(HTTPStatus.NOT_FOUND,),
)
def quote_document(number: Name) -> Response[None]:
    return link_or_later(wiring.own_quote_documents().fetch(app.caller.actor, number))


@app.operation(
    "POST",
    "/orders/<number>/purchase-order",
    permission=OWN,
    summary="Get a form that uploads the signed purchase order of one's own order by invoice (PDF)",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def upload_signed_order(number: Name) -> UploadForm:
    form = wiring.own_signed_orders().request(app.caller.actor, number)
    return UploadForm(url=form.url, fields=dict(form.fields), until=form.until)


@app.operation(
    "GET",
    "/orders/<number>/purchase-order",
    permission=OWN,
    summary="The signed purchase order of one's own order, with a link to an accepted file",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_signed_order(number: Name) -> SignedOrderView:
    return signed_order_view(wiring.own_signed_orders().show(app.caller.actor, number))


@app.operation(
    "GET",
    "/admin/orders/<number>/purchase-order",
    permission=ADMINISTERS,
    summary="The signed purchase order of an order of one's organization",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_colleagues_signed_order(number: Name) -> SignedOrderView:
    shown = wiring.colleagues_signed_orders().show(administrator_of(app), number)
    return signed_order_view(shown)


def _document(number: str, kind: DocumentKind) -> Response[None]:
    return link_or_later(wiring.own_documents().fetch(app.caller.actor, number, kind))


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
