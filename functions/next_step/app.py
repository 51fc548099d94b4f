"""The next step of a person: one answer for every state of a life (A10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.next_step.step import NextStep
from keyfob.domain.sessions.permission import OWN
from keyfob.http.resolver import Model
from keyfob.wiring.api import api_of
from next_step import wiring

base = wiring.runtime()
app = api_of(base)


class RouteView(Model):
    """The route that does it; a parameter that isn't known stands in braces."""

    method: str
    path: str


class NextStepView(Model):
    """The one thing that is outstanding, and who has to act.

    `date` is its deadline or its time; of a wait its end, or since when it lasts if nobody knows
    the end. `link` is a page where it is done, such as that of a payment. `account` is the user id
    of the person's other account that has to be used, if this one uses its credential.
    """

    step: str
    acts: Literal["you", "administrator", "operator", "agent", "partner", "shipping", "nobody"]
    date: datetime | None
    route: RouteView | None
    link: str | None
    account: str | None
    detail: str


@app.operation(
    "GET",
    "/next-step",
    permission=OWN,
    summary="What is outstanding, by whom, until when, and by which route",
)
def show_next_step() -> NextStepView:
    caller = app.caller
    return _view(wiring.finding().of(caller.account, caller.roles, caller.credential))


def _view(step: NextStep) -> NextStepView:
    return NextStepView(
        step=step.name,
        acts=step.acts.value,
        date=step.date,
        route=_route(step),
        link=step.link,
        account=step.account,
        detail=step.detail,
    )


def _route(step: NextStep) -> RouteView | None:
    if step.route is None:
        return None
    method, path = step.route.split(" ")
    for name, value in step.places.items():
        path = path.replace(f"{{{name}}}", value)
    return RouteView(method=method, path=path)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
