"""Connecting an account to another one's credential (A8)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from connections import wiring
from keyfob.domain.connections.connection import State
from keyfob.domain.sessions.permission import OWN, TO_CONNECT, TO_END
from keyfob.http.fields import IdempotencyKey, Name, idempotency_record_of
from keyfob.http.resolver import Model
from keyfob.usecases.connections.connecting import Shown
from keyfob.wiring.api import api_of

base = wiring.runtime()
app = api_of(base)


class ConnectionRequest(Model):
    """A request to use the credential of one's other account, named by its user id."""

    user_id: str = Field(min_length=1, max_length=64)


class ConnectionRequestedView(Model):
    """The same answer for any user id; a request would expire at `expires_at`."""

    id: str
    state: Literal["requested", "connected"]
    expires_at: datetime


class OtherAccountView(Model):
    """The account on the other side."""

    user_id: str
    name: str


class ConnectionView(Model):
    """A connection; `side` is one's own account's role: a child uses its parent's credential.

    `other` is hidden from a child until it is confirmed; a request expires at `expires_at`.
    """

    id: str
    side: Literal["child", "parent"]
    state: Literal["requested", "connected"]
    other: OtherAccountView | None
    requested_at: datetime
    expires_at: datetime | None
    connected_at: datetime | None


class ConnectionList(Model):
    """Connections as a child first, then as a parent."""

    connections: list[ConnectionView]


@app.operation(
    "POST",
    "/connections",
    permission=OWN,
    summary="Ask that this account use the credential of one's other account",
    status=HTTPStatus.ACCEPTED,
    refusals=(HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
def request_connection(
    body: ConnectionRequest, idempotency_key: IdempotencyKey
) -> ConnectionRequestedView:
    caller = app.caller
    record = idempotency_record_of(caller, idempotency_key, "connections", body)
    made = wiring.connecting().request(body.user_id, record, caller.actor)
    return ConnectionRequestedView(
        id=made.connection.id, state=_state(made), expires_at=made.connection.expires_at
    )


@app.operation("GET", "/connections", permission=OWN, summary="The connections of this account")
def connections() -> ConnectionList:
    found = wiring.connecting().of_account(app.caller.account)
    return ConnectionList(connections=[_view(one) for one in found])


@app.operation(
    "POST",
    "/connections/<connection>/confirmation",
    permission=TO_CONNECT,
    summary="Let one's other account use one's credential; doing it again changes nothing",
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def confirm_connection(connection: Name) -> ConnectionView:
    caller = app.caller
    return _view(wiring.connecting().confirm(connection, app.proof, caller.actor))


@app.operation(
    "DELETE",
    "/connections/<connection>",
    permission=TO_END,
    summary="Disconnect, take a request back, or decline it; doing it again changes nothing",
    status=HTTPStatus.NO_CONTENT,
    refusals=(HTTPStatus.NOT_FOUND,),
)
def end_connection(connection: Name) -> Response[None]:
    wiring.connecting().end(connection, app.proof, app.caller.actor)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _state(shown: Shown) -> Literal["requested", "connected"]:
    return "connected" if shown.state is State.CONNECTED else "requested"


def _view(shown: Shown) -> ConnectionView:
    one, other = shown.connection, shown.other
    is_connected = shown.state is State.CONNECTED
    return ConnectionView(
        id=one.id,
        side=shown.side.value,
        state=_state(shown),
        other=OtherAccountView(user_id=other.user_id, name=other.name) if other else None,
        requested_at=one.requested_at.replace(microsecond=0),
        expires_at=None if is_connected else one.expires_at,
        connected_at=one.connected_at,
    )


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
