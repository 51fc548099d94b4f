"""Password recovery, and forgotten user ids (A4)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.domain.directory.account import user_id_digest
from keyfob.domain.errors import InvalidInput, Unavailable
from keyfob.domain.sessions.permission import ANYBODY
from keyfob.http.failures import noted
from keyfob.http.resolver import Model
from keyfob.wiring.api import api_of
from recovery import wiring

base = wiring.runtime()
app = api_of(base)


class Forgotten(Model):
    """The user id of the account with the forgotten password."""

    user_id: str = Field(min_length=1, max_length=64)


class Mailbox(Model):
    """The e-mail address of the accounts with the forgotten user ids."""

    email: str = Field(min_length=1, max_length=254)


class Recovered(Model):
    """The code from the mail, and the new password.

    With `cookie`, a browser gets its device value as the cookie `__Host-device`; a program gets it
    in the header X-Device.
    """

    user_id: str = Field(min_length=1, max_length=64)
    code: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)
    cookie: bool = False


class RequestedView(Model):
    """The same answer for every user id; a code is mailed if an account has it.

    `valid_for` is the code's lifetime, in seconds.
    """

    status: Literal["requested"] = "requested"
    valid_for: int


class RemindedView(Model):
    """The same answer for every e-mail address; user ids are mailed if accounts have it."""

    status: Literal["requested"] = "requested"


@app.operation(
    "POST",
    "/password-recovery",
    permission=ANYBODY,
    summary="Have a code mailed to whoever has this user id; the answer is always the same",
    status=HTTPStatus.ACCEPTED,
    refusals=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def request_recovery(body: Forgotten) -> RequestedView:
    with _noted(body.user_id):
        wiring.recovery().request(body.user_id, app.client)
    return RequestedView(valid_for=int(base.policy.recovery_code_lifetime.total_seconds()))


@app.operation(
    "POST",
    "/password-recovery/confirmation",
    permission=ANYBODY,
    summary="Set a new password with the mailed code; every session ends, none begins",
    status=HTTPStatus.NO_CONTENT,
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def recover_password(body: Recovered) -> Response[None]:
    with _noted(body.user_id):
        device = wiring.recovery().confirm(body.user_id, body.code, body.password, app.client)
    app.hand_over_device(device, as_cookie=body.cookie)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@app.operation(
    "POST",
    "/user-id-reminders",
    permission=ANYBODY,
    summary="Have the user ids of an e-mail address mailed to it; the answer is always the same",
    status=HTTPStatus.ACCEPTED,
    refusals=(HTTPStatus.TOO_MANY_REQUESTS,),
)
def request_user_ids(body: Mailbox) -> RemindedView:
    wiring.user_id_reminders().request(body.email, app.client)
    return RemindedView()


def _noted(user_id: str) -> AbstractContextManager[None]:
    return noted(
        "recovery refused",
        "RecoveryFailed",
        app.client,
        base.count,
        fails=lambda refusal: not isinstance(refusal, Unavailable | InvalidInput),
        user=user_id_digest(user_id),
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
