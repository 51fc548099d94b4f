"""The pages behind the link that freezes an account (S54).

Scanners of mails open links: reading the page changes nothing, only its button does.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from freezes import wiring
from freezes.pages import FROZEN, QUESTION, UNKNOWN
from keyfob.domain.holds.errors import UnknownFreezeLink
from keyfob.domain.sessions.permission import ANYBODY
from keyfob.http.page import answer
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)

LinkToken = Annotated[str, Path(min_length=1, max_length=128)]


@app.operation(
    "GET",
    "/freezes/<token>",
    permission=ANYBODY,
    summary="A page that asks whether to freeze the account of a mailed link; changes nothing",
    refusals=(HTTPStatus.NOT_FOUND,),
    pages=(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def show_freeze(token: LinkToken) -> Response[str]:
    try:
        link = wiring.freezing().link(token)
    except UnknownFreezeLink:
        return answer(UNKNOWN, "", base.support, HTTPStatus.NOT_FOUND)
    return answer(FROZEN if link.frozen else QUESTION, link.language, base.support)


@app.operation(
    "POST",
    "/freezes/<token>",
    permission=ANYBODY,
    summary="Freeze the account of a mailed link; doing it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND,),
    pages=(HTTPStatus.OK, HTTPStatus.NOT_FOUND),
)
def freeze(token: LinkToken) -> Response[str]:
    try:
        link = wiring.freezing().by_link(token, app.client)
    except UnknownFreezeLink:
        return answer(UNKNOWN, "", base.support, HTTPStatus.NOT_FOUND)
    return answer(FROZEN, link.language, base.support)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
