"""The operator's tools, called by the operators' API, the AWS console or command line (G2, G4).

Sample events are in `events/operations/`. An invalid event changes nothing; the answer to a refused
one gives the reason. A request to the API is signed by an operator, whose name its entries have.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import DomainError, InvalidInput, Unavailable
from keyfob.http.sentences import sentence_of
from operations.acts import base, perform
from operations.api import app
from operations.requests import parser

__all__ = ["app", "handler"]


def invoked(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer to a direct invocation."""
    try:
        request = parser.validate_python(event)
    except ValidationError as error:
        problems = [
            {"field": ".".join(map(str, one["loc"])), "problem": sentence_of(one)}
            for one in error.errors(include_input=False, include_url=False)
        ]
        return {
            "error": "this event is not understood: see events/operations/",
            "problems": problems,
        }
    # Nobody is proven: whoever may invoke this function acts. The request id leads to AWS's trail.
    by = Actor(kind="operator", id="console", correlation=context.aws_request_id)
    try:
        return perform(request, by, context)
    except Unavailable:
        raise  # an outage is no answer: the call fails with an alarm, and can be repeated
    except DomainError as error:
        base.logger.warning("operation refused", extra={"code": error.code})
        return refusal(error)


def refusal(error: DomainError) -> dict[str, Any]:
    answer: dict[str, Any] = {"error": error.code, "detail": str(error)}
    if isinstance(error, InvalidInput) and error.fields:
        answer["fields"] = error.fields
    return answer


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context) if "requestContext" in event else invoked(event, context)
