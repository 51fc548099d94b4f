"""Faults between the service and the tables, for a `Meddler`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


def silent(_operation: Any, _request: Any) -> Any:
    """The request doesn't land, and there is no answer."""
    raise ReadTimeoutError(endpoint_url="https://dynamodb.example")


def lose_the_answer(operation: Any, request: Any) -> Any:
    """The request lands; its answer is lost."""
    operation(**request)
    raise ReadTimeoutError(endpoint_url="https://dynamodb.example")


def land_twice(operation: Any, request: Any) -> Any:
    """The request lands, its answer is lost, and the client's own retry sends it again."""
    operation(**request)
    return operation(**request)


def recognize_the_token(_operation: Any, _request: Any) -> Any:
    """DynamoDB's answer to a transaction whose client request token it has seen."""
    return {}


def contended(_operation: Any, _request: Any) -> Any:
    """Another transaction holds the row at this moment."""
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "TransactionConflict"}],
    }
    raise ClientError(response, "TransactWriteItems")


def contended_row(_operation: Any, _request: Any) -> Any:
    """The same for a write of one row."""
    response: Any = {"Error": {"Code": "TransactionConflictException", "Message": ""}}
    raise ClientError(response, "UpdateItem")


def first(happening: Callable[[], object]) -> Callable[..., Any]:
    """Another act happens just before the request lands."""

    def fault(operation: Any, request: Any) -> Any:
        happening()
        return operation(**request)

    return fault
