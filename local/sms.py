"""Captures the texts and calls that the service sends to AWS End User Messaging.

AWS JSON 1.0, checked against the service's own description in botocore; invalid requests are
refused. Like SES it accepts everything well-formed: nobody has such a phone here.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from werkzeug import Request, Response

from local.faults import PhoneFaults, Switch
from local.mailbox import Mailbox
from local.phone import spoken

_OPERATIONS = {"SendTextMessage": "text", "SendVoiceMessage": "call"}
_NUMBER = "DestinationPhoneNumber"
_FAILURES = {
    "error": (500, "InternalServerException", {}),
    "hang": (500, "InternalServerException", {}),
    "throttle": (400, "ThrottlingException", {}),
    "reject": (400, "ConflictException", {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}),
}


class Sms:
    """The route below `/_sms`, and the number of its requests."""

    def __init__(self, mailbox: Mailbox, faults: Switch[PhoneFaults]) -> None:
        """Fill `mailbox`, with the misbehavior in `faults`."""
        self._mailbox = mailbox
        self._faults = faults
        self._model = ServiceModel(
            Loader().load_service_model("pinpoint-sms-voice-v2", "service-2")
        )
        self._counting = threading.Lock()
        self._asked: Counter[str] = Counter()

    @property
    def requests(self) -> dict[str, int]:
        """The number of requests received, whatever their result: `text`, `call` and `all`."""
        asked = {kind: self._asked[kind] for kind in _OPERATIONS.values()}
        return {**asked, "all": sum(asked.values())}

    def answer(self, request: Request, path: str) -> Response:
        """Answer as the service does; `path` is the request's below `/_sms`."""
        operation = request.headers.get("X-Amz-Target", "").removeprefix("PinpointSMSVoiceV2.")
        if (request.method, path.strip("/")) != ("POST", "") or operation not in _OPERATIONS:
            return _error(400, "UnknownOperationException", {})
        with self._counting:
            self._asked[_OPERATIONS[operation]] += 1
        faults = self._faults.now
        if faults.answer in {"hang", "slow"}:
            self._faults.hang(*([faults.seconds] if faults.answer == "slow" else []))
        if faults.answer in _FAILURES:
            return _error(*_FAILURES[faults.answer])
        try:
            return self._send(operation, json.loads(request.get_data()))
        except json.JSONDecodeError:
            return _error(400, "SerializationException", {})

    def _send(self, operation: str, wanted: Mapping[str, Any]) -> Response:
        shape = self._model.operation_model(operation).input_shape
        fields = [*_wrong(shape, wanted), *_unspeakable(wanted)]
        if fields:
            named = [{"Name": name, "Message": why} for name, why in fields]
            more = {"Reason": "FIELD_VALIDATION_FAILED", "Fields": named}
            return _error(400, "ValidationException", more)
        kept = self._mailbox.keep(
            "call" if operation == "SendVoiceMessage" else "text",
            to=wanted[_NUMBER],
            sender=wanted.get("OriginationIdentity", ""),
            body=wanted["MessageBody"],
            voice=wanted.get("VoiceId", ""),
        )
        return _json({"MessageId": kept.id})


def _wrong(shape: Any, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that break the service's description, and how."""
    # The description doesn't require a message body, and accepts numbers without their plus.
    for name in {*shape.required_members, "MessageBody"} - wanted.keys():
        yield name, "is required"
    if not str(wanted.get(_NUMBER, "+")).startswith("+"):
        yield _NUMBER, "must be in E.164 form"
    for name, value in wanted.items():
        if name not in shape.members:
            yield name, "is unknown"
        elif why := _why(shape.members[name], value):
            yield name, why


def _why(member: Shape, value: Any) -> str:
    types = {"string": str, "integer": int, "boolean": bool, "map": dict}
    rules = member.metadata
    if type(value) is not types[member.type_name]:
        return f"must be a {member.type_name}"
    if member.type_name in {"string", "integer"}:
        size = len(value) if isinstance(value, str) else value
        if not rules.get("min", size) <= size <= rules.get("max", size):
            return f"must be between {rules.get('min')} and {rules.get('max')}"
    if value not in rules.get("enum", [value]):
        return "is none of the values that there are"
    if not re.fullmatch(rules.get("pattern", r"(?s).*"), str(value)):
        return f"must match {rules['pattern']}"
    return ""


def _unspeakable(wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if wanted.get("MessageBodyTextType") != "SSML":
        return
    try:
        spoken(str(wanted.get("MessageBody")))
    except ValueError as broken:
        yield "MessageBody", f"is no SSML: {broken}"


def _json(body: object, *, status: int = 200) -> Response:
    headers = {"x-amzn-RequestId": secrets.token_hex(16)}
    content = json.dumps(body)
    return Response(content, status, headers, content_type="application/x-amz-json-1.0")


def _error(status: int, code: str, more: Mapping[str, Any]) -> Response:
    return _json({"__type": code, "Message": "see the reason", **more}, status=status)
