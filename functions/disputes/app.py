"""The pages behind the link of a mail about a proofing: "it wasn't me" (C2, C5).

Scanners of mails open links: reading the page changes nothing, only its button does.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from disputes import wiring
from disputes.pages import QUESTION, STOPPED, UNKNOWN
from keyfob.domain.proofing.errors import UnknownDisputeLink
from keyfob.domain.sessions.permission import ANYBODY
from keyfob.http.page import answer
from keyfob.usecases.proofing.disputing import Stand
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

LinkToken = Annotated[str, Path(min_length=1, max_length=128)]


@app.operation(
    "GET",
    "/disputes/<token>",
    permission=ANYBODY,
    summary="A page that asks whether to stop the credential of a mailed link; changes nothing",
    refusals=(HTTPStatus.NOT_FOUND,),
    pages=(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def show_dispute(token: LinkToken) -> Response[str]:
    try:
        link = wiring.disputing().link(token)
    except UnknownDisputeLink:
        return answer(UNKNOWN, "", base.support, HTTPStatus.NOT_FOUND)
    page = STOPPED if link.stand is Stand.STOPPED else QUESTION
    return answer(page, link.language, base.support)


@app.operation(
    "POST",
    "/disputes/<token>",
    permission=ANYBODY,
    summary="Stop the credential of a mailed link; doing it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    pages=(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def dispute(token: LinkToken) -> Response[str]:
    try:
        link = wiring.disputing().stop(token, app.client)
    except UnknownDisputeLink:
        return answer(UNKNOWN, "", base.support, HTTPStatus.NOT_FOUND)
    return answer(STOPPED, link.language, base.support)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
