"""The documents of one's own orders as PDF (B3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from documents import wiring
from keyfob.domain.orders.document_kind import DocumentKind
from keyfob.domain.sessions.permission import OWN
from keyfob.http.fields import Name
from keyfob.http.links import link_or_later
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)


@app.operation(
    "GET",
    "/orders/<number>/confirmation.pdf",
    permission=OWN,
    summary="The confirmation of one's own order: a link to it, or 202 while it is written",
    status=HTTPStatus.SEE_OTHER,
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
    refusals=(HTTPStatus.NOT_FOUND,),
)
def order_invoice(number: Name) -> Response[None]:
    return _document(number, DocumentKind.INVOICE)


def _document(number: str, kind: DocumentKind) -> Response[None]:
    return link_or_later(wiring.own_documents().fetch(app.caller.actor, number, kind))


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
