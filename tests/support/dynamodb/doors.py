"""Two ways to the engine: called like a botocore client, or behind real botocore clients."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError
from botocore.parsers import create_parser

from tests.support.dynamodb.engine import Engine
from tests.support.dynamodb.values import Refused

_OPERATIONS = {
    "create_table": "CreateTable",
    "describe_table": "DescribeTable",
    "get_item": "GetItem",
    "batch_get_item": "BatchGetItem",
    "put_item": "PutItem",
    "update_item": "UpdateItem",
    "delete_item": "DeleteItem",
    "transact_write_items": "TransactWriteItems",
    "query": "Query",
    "scan": "Scan",
}
_JSON = {"Content-Type": "application/x-amz-json-1.0"}


class Answering(Protocol):
    """Carries out requests; raises Refused."""

    def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request, in the API's names and types."""


class Client:
    """As a botocore client is called; it raises botocore's errors.

    Args:
        tables: the engine, or what stands before it.
        observe: notified of each operation's name and answer.
    """

    def __init__(
        self, tables: Answering, observe: Callable[[str, dict[str, Any]], None] = lambda *_: None
    ) -> None:
        self._tables = tables
        self._observe = observe

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name not in _OPERATIONS:
            raise AttributeError(f"{name} is not in this engine")
        operation = _OPERATIONS[name]

        def call(**request: Any) -> dict[str, Any]:
            try:
                answer = self._tables.answer(operation, request)
            except Refused as refused:
                error = {"Code": refused.code, "Message": refused.message}
                response: Any = {"Error": error, **refused.more}
                raise ClientError(response, operation) from None
            self._observe(operation, answer)
            return answer

        return call


def answer_clients_of(session: Any, engine: Engine) -> None:
    """Let requests of the DynamoDB clients that this botocore session makes end in the engine.

    They are written and read in DynamoDB's own JSON. Signing, sending and trying again are missing,
    and with them every other stand-in for AWS that would answer, too.
    """

    def answer(model: Any, params: Mapping[str, Any], **_other: Any) -> tuple[_Http, Any]:
        request = _items(json.loads(params["body"]), _bytes)
        try:
            status, found = 200, engine.answer(model.name, request)
        except Refused as refused:
            status = 400
            found = {"__type": f"com.amazonaws.dynamodb.v20120810#{refused.code}"}
            found |= {"message": refused.message, **refused.more}
        return answered(model, status, json.dumps(_items(found, _text)).encode())

    session.get_component("event_emitter").register_first("before-call.dynamodb", answer)


def answered(
    model: Any, status: int, body: bytes, headers: Mapping[str, str] = _JSON
) -> tuple[_Http, Any]:
    """The result of a `before-call` hook that its caller takes for AWS's answer."""
    response = {"status_code": status, "headers": headers, "body": body}
    return _Http(status_code=status), _parsed(response, model)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Http:
    """The only attribute that botocore reads of an answer that is parsed already."""

    status_code: int


def _parsed(response: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """Parses like botocore's endpoint: a refusal has members of its own."""
    parser = create_parser(model.service_model.resolved_protocol)
    parsed: dict[str, Any] = parser.parse(response, model.output_shape)
    if response["status_code"] != 200:
        refusal = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        parsed |= parser.parse(response, refusal) if refusal else {}
    return parsed


def _items(content: Any, convert: Callable[[str, Any], Any]) -> Any:
    """The same with `convert` applied to every binary value (`B`, `BS`)."""
    if isinstance(content, Mapping):
        return {
            name: convert(name, value) if name in {"B", "BS"} else _items(value, convert)
            for name, value in content.items()
        }
    if isinstance(content, (list, tuple)):
        return [_items(one, convert) for one in content]
    return content


def _bytes(name: str, value: Any) -> Any:
    if name == "BS":
        return [base64.b64decode(one) for one in value]
    # An attribute may be called B.
    return base64.b64decode(value) if isinstance(value, str) else _items(value, _bytes)


def _text(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if name == "BS" and isinstance(value, list):
        return [base64.b64encode(one).decode() for one in value]
    return _items(value, _text)
