"""Registration of organizations by people without an account (A1, A2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.sessions.permission import ANYBODY
from keyfob.http.registration_forms import BegunView, FormView, begun_view, form_view
from keyfob.wiring.api import api_of
from registrations import wiring
from registrations.views import (
    NewRegistration,
    RegistrationView,
    Saving,
    Submission,
    registration_view,
)

base = wiring.runtime()
app = api_of(base)

RegistrationToken = Annotated[str, Path(min_length=1, max_length=128)]


@app.operation(
    "GET",
    "/registrations/form",
    permission=ANYBODY,
    summary="A form that begins a registration; changes nothing",
)
def registration_form() -> FormView:
    return form_view(wiring.registering().form())


@app.operation(
    "POST",
    "/registrations",
    permission=ANYBODY,
    summary="Begin the registration of an organization for a public application",
    status=HTTPStatus.CREATED,
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def begin_registration(body: NewRegistration) -> BegunView:
    begun = wiring.registering().begin(
        body.partner, body.application, body.registrant(), body.form.sent(), app.client
    )
    return begun_view(begun)


@app.operation(
    "GET",
    "/registrations/<token>",
    permission=ANYBODY,
    summary="A registration, and what is still missing",
    refusals=(HTTPStatus.NOT_FOUND,),
)
def show_registration(token: RegistrationToken) -> RegistrationView:
    return registration_view(wiring.registering().show(token))


@app.operation(
    "PUT",
    "/registrations/<token>",
    permission=ANYBODY,
    summary="Save parts of a registration that isn't submitted yet",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def save_registration(token: RegistrationToken, body: Saving) -> RegistrationView:
    return registration_view(wiring.registering().save(token, body.entered()))


@app.operation(
    "POST",
    "/registrations/<token>/submission",
    permission=ANYBODY,
    summary="Hand a registration to the operators; doing it again changes nothing",
    refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def submit_registration(token: RegistrationToken, body: Submission) -> RegistrationView:
    return registration_view(wiring.registering().submit(token, app.client))


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
