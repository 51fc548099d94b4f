"""A request as API Gateway passes it to the function that serves it (REST, payload 1.0)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.support.deployment import sample
from tests.support.templates import capability, functions, routes

FUNCTION_OF, OPERATED_BY = (
    {
        route: capability(function)
        for function in functions().values()
        for route in routes(function, api)
    }
    for api in ("Api", "OperatorApi")
)


def event_of(
    method: str,
    target: str,
    content: bytes,
    *,
    headers: Mapping[str, str],
    address: str,
    principal: str = "",
) -> dict[str, Any]:
    """The event of a request for `/path?query`; on the operators' API by this principal.

    A body is handed over as text, for the API declares no binary media types: bytes that are no
    UTF-8 arrive as replacement characters.

    Raises:
        LookupError: no function serves it; API Gateway itself would answer.
    """
    path, _, query = target.partition("?")
    resource = _resource_of(method, path, OPERATED_BY if principal else FUNCTION_OF)
    values = parse_qs(query, keep_blank_values=True)
    decoded = unquote(path)
    event = sample("api/show_session")
    event["requestContext"] |= {
        "resourcePath": resource,
        "httpMethod": method,
        "path": f"/v1{decoded}",
    }
    event["requestContext"]["identity"] |= {"sourceIp": address, "userArn": principal or None}
    return event | {
        "resource": resource,
        "path": decoded,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: each[-1] for name, each in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": _parameters(resource, path) or None,
        "body": content.decode(errors="replace") or None,
    }


def _resource_of(method: str, path: str, served: Iterable[tuple[str, str]]) -> str:
    """The route of this path; a literal segment wins over a parameter."""
    found = [
        resource
        for verb, resource in served
        if verb == method and _pattern(resource).fullmatch(path)
    ]
    if not found:
        raise LookupError(f"no function serves {method} {path}")
    return min(found, key=lambda resource: resource.count("{"))


def _parameters(resource: str, path: str) -> dict[str, str]:
    match = _pattern(resource).fullmatch(path)
    return {name: unquote(value) for name, value in match.groupdict().items()} if match else {}


def _pattern(resource: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", resource))
