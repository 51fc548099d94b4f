"""Phones: testing and binding them, sending codes to them (B1, D3, E1)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from keyfob.domain.phones.number import Channel
from keyfob.domain.phones.phone import Phone
from keyfob.domain.sessions.permission import OWN, TO_BIND, TO_END
from keyfob.http.credential_view import PhoneView, phone_view
from keyfob.http.failures import codes_noted
from keyfob.http.fields import (
    IdempotencyKey,
    Name,
    ReleaseCode,
    RequiredText,
    idempotency_record_of,
)
from keyfob.http.resolver import Model
from keyfob.usecases.holds.first_binding import Binder
from keyfob.usecases.phones.binding import NewPhone
from keyfob.usecases.phones.codes import Sent
from keyfob.wiring.api import api_of
from phones import wiring

base = wiring.runtime()
app = api_of(base)

_UNKNOWN = (HTTPStatus.NOT_FOUND,)
_SENDING = (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


class PhoneTest(Model):
    """A number in international form (`+49 151 …`), and the channel of the message."""

    number: str = Field(min_length=1, max_length=40)
    channel: Literal["text", "voice"]


class PhoneToAdd(PhoneTest):
    """A number, and its holder's label; `release_code` is an operator's, if one was needed."""

    label: RequiredText
    release_code: ReleaseCode = None


class PhoneCode(Model):
    """The phone and the channel of a code."""

    phone: str = Field(min_length=1, max_length=64)
    channel: Literal["text", "voice"]


class TypedCode(Model):
    """The received code, as a text: leading zeros count; `release_code` as when it was added."""

    code: str = Field(min_length=1, max_length=16)
    release_code: ReleaseCode = None


class PhoneName(Model):
    """The holder's label for a phone."""

    label: RequiredText


class SentView(Model):
    """A message is on its way to `number`.

    Its code expires at `expires_at`; the next message to this number may be sent at `again_at`.
    """

    number: str
    expires_at: datetime | None
    again_at: datetime


class PhoneList(Model):
    """A credential's phones, oldest first."""

    phones: list[PhoneView]


@app.operation(
    "POST",
    "/phone-tests",
    permission=OWN,
    summary="Send a test message to a number, before buying",
    status=HTTPStatus.CREATED,
    refusals=_SENDING,
)
def try_phone(body: PhoneTest) -> SentView:
    return _sent(wiring.codes().test(body.number, Channel(body.channel), app.caller.actor))


@app.operation(
    "POST",
    "/session/phone-codes",
    permission=OWN,
    summary="Have a code sent to one of one's phones by text or voice",
    status=HTTPStatus.CREATED,
    refusals=(*_SENDING, HTTPStatus.NOT_FOUND),
)
def send_code(body: PhoneCode) -> SentView:
    caller = app.caller
    return _sent(
        wiring.codes().send(
            caller.credential, caller.session.id, body.phone, Channel(body.channel), caller.actor
        )
    )


@app.operation(
    "GET",
    "/credentials/<credential>/phones",
    permission=OWN,
    summary="A credential's phones",
    refusals=_UNKNOWN,
)
def phones(credential: Name) -> PhoneList:
    found = wiring.binding().of(credential, app.caller.actor)
    return PhoneList(phones=[_view(one) for one in found])


@app.operation(
    "POST",
    "/credentials/<credential>/phones",
    permission=TO_BIND,
    summary="Add a phone: a code is sent to it, which confirms it",
    status=HTTPStatus.CREATED,
    refusals=(*_SENDING, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def add_phone(credential: Name, body: PhoneToAdd, idempotency_key: IdempotencyKey) -> PhoneView:
    caller = app.caller
    record = idempotency_record_of(
        caller, idempotency_key, f"credentials/{credential}/phones", body
    )
    new = NewPhone(number=body.number, label=body.label, channel=Channel(body.channel))
    with codes_noted(caller, base.count):
        added = wiring.binding().add(credential, new, _binder(body.release_code), record)
    return _view(added)


@app.operation(
    "POST",
    "/credentials/<credential>/phones/<phone>/confirmation",
    permission=TO_BIND,
    summary="Confirm a phone with the code that was sent to it in this session",
    refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def confirm_phone(credential: Name, phone: Name, body: TypedCode) -> PhoneView:
    binder = _binder(body.release_code)
    with codes_noted(app.caller, base.count):
        confirmed = wiring.binding().confirm(credential, phone, body.code, binder)
    return _view(confirmed)


@app.operation(
    "PATCH",
    "/credentials/<credential>/phones/<phone>",
    permission=OWN,
    summary="Give a phone another name",
    refusals=_UNKNOWN,
)
def rename_phone(credential: Name, phone: Name, body: PhoneName) -> PhoneView:
    return _view(wiring.binding().rename(credential, phone, body.label, app.caller.actor))


@app.operation(
    "DELETE",
    "/credentials/<credential>/phones/<phone>",
    permission=TO_END,
    summary="Remove a phone; the last one of a credential without token is asked twice",
    status=HTTPStatus.NO_CONTENT,
    refusals=_UNKNOWN,
)
def remove_phone(
    credential: Name, phone: Name, confirm: Annotated[Literal["true"] | None, Query()] = None
) -> Response[None]:
    wiring.binding().remove(
        credential, phone, app.proof, app.caller.actor, confirmed=confirm is not None
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _binder(release_code: str | None) -> Binder:
    return Binder(proof=app.proof, by=app.caller.actor, release_code=release_code)


def _sent(sent: Sent) -> SentView:
    return SentView(number=sent.shown, expires_at=sent.until, again_at=sent.again_at)


def _view(phone: Phone) -> PhoneView:
    return phone_view(phone, base.clock(), base.policy)


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
