"""The ways to the engine: called like a botocore client, or behind real ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

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


class Client:
    """As a botocore client is called; it raises botocore's errors.

    Args:
        engine: the tables.
        observe: notified of each operation's name and answer.
    """

    def __init__(
        self, engine: Engine, observe: Callable[[str, dict[str, Any]], None] = lambda *_: None
    ) -> None:
        self.engine = engine
        self._observe = observe

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name not in _OPERATIONS:
            raise AttributeError(f"{name} is not in this engine")
        operation = _OPERATIONS[name]

        def call(**request: Any) -> dict[str, Any]:
            try:
                answer = self.engine.answer(operation, request)
            except Refused as refused:
                error = {"Code": refused.code, "Message": refused.message}
                response: Any = {"Error": error, **refused.more}
                raise ClientError(response, operation) from None
            self._observe(operation, answer)
            return answer

        return call


def answer_clients_of(session: Any, engine: Engine) -> None:
    """Let requests of the DynamoDB clients that this botocore session makes end in the engine.

    They are sent and answered in DynamoDB's own JSON: only the network is missing.
    """

    def answer(request: AWSPreparedRequest, **_other: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target if isinstance(target, str) else target.decode()).split(".")[1]
        content = request.body if isinstance(request.body, (bytes, str)) else b"{}"
        try:
            status, found = 200, engine.answer(operation, _items(json.loads(content), _bytes))
        except Refused as refused:
            status = 400
            found = {"__type": f"com.amazonaws.dynamodb.v20120810#{refused.code}"}
            found |= {"message": refused.message, **refused.more}
        body = json.dumps(_items(found, _text)).encode()
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, status, headers, _Raw(body))  # type: ignore[arg-type]

    session.get_component("event_emitter").register_first("before-send.dynamodb", answer)


class _Raw:
    """An answer's body as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


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
