"""The OpenAPI 3.1 documents, generated from the handlers: `make openapi`.

The operators' API has a document of its own, as it has another address and another security: in one
document every client would be told of routes that it can't reach.

Never imported by a function: the schema generator is heavy.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import (
    APIKey,
    HTTPBearer,
    SecurityScheme,
    Server,
)

from keyfob.domain.sessions.permission import Permission, Scope
from keyfob.http.cookies import SESSION
from keyfob.http.resolver import Api, documented

_SCHEMES: dict[str, SecurityScheme] = {
    "session": HTTPBearer(
        description="A program's session token, `<account>.<session>.<secret>`. It counts alone, "
        "whatever cookie comes with it."
    ),
    "browser": APIKey.model_validate(
        {
            "in": "cookie",
            "name": SESSION,
            "description": "A browser's session token, set by a sign-in with `cookie: true`. "
            "Secure, HttpOnly, SameSite=Strict; an elevation replaces it.",
        }
    ),
    "csrf": APIKey.model_validate(
        {
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "The session's `csrf_token`: beside the cookie, on all but GET.",
        }
    ),
}
# The signature is no scheme of OpenAPI's: API Gateway reads this extension.
_SIGNED: dict[str, Any] = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4 for the service `execute-api`, by a role's session "
        "whose name is the operator's.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
}


# The framework documents the null that such a route's function returns.
_WITHOUT_BODY = frozenset({"204", "303"})


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemView"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


# Functions without a framework are described here by hand.
_WEBHOOK: dict[str, Any] = {
    "post": {
        "summary": "Stripe's events; signed by Stripe",
        "operationId": "stripe_events",
        "parameters": [
            {
                "name": "Stripe-Signature",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"204": {"description": "Taken"}, "400": _problem("Bad signature or body")},
    }
}
_ELEVATION: dict[str, Any] = {
    "post": {
        "summary": "Elevate the session by a code; its token is replaced",
        "operationId": "elevate",
        "security": [{"session": []}, {"browser": [], "csrf": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Elevation"}}},
        },
        "responses": {
            "201": {
                "description": "Created",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/ElevatedView"}}
                },
            },
            "400": _problem("Bad Request"),
            "401": _problem("Unauthorized"),
            "403": _problem("Forbidden"),
            "413": _problem("Request Entity Too Large"),
            "415": _problem("Unsupported Media Type"),
            "422": _problem("Unprocessable Entity"),
            "503": _problem("Service Unavailable"),
        },
    }
}
_SCHEMAS: dict[str, Any] = {
    "Elevation": {
        "title": "Elevation",
        "description": "A code, as a text: leading zeros count.",
        "oneOf": [
            {"$ref": "#/components/schemas/TokenElevation"},
            {"$ref": "#/components/schemas/PhoneElevation"},
        ],
    },
    "TokenElevation": {
        "title": "TokenElevation",
        "description": "A code of the hardware token.",
        "type": "object",
        "additionalProperties": False,
        "required": ["method", "code"],
        "properties": {
            "method": {"type": "string", "enum": ["token"]},
            "code": {"type": "string", "pattern": "^([0-9]{6}|[0-9]{8})$"},
        },
    },
    "PhoneElevation": {
        "title": "PhoneElevation",
        "description": "A code that was sent to a phone in this session; without `phone` to the "
        "one asked for last.",
        "type": "object",
        "additionalProperties": False,
        "required": ["method", "code"],
        "properties": {
            "method": {"type": "string", "enum": ["phone"]},
            "code": {"type": "string", "pattern": "^[0-9]{6}$"},
            "phone": {"type": "string"},
        },
    },
    "ElevatedView": {
        "title": "ElevatedView",
        "description": "The session as it is now, and the token that opens it from now on; a "
        "browser gets that as a cookie, here its `csrf_token`.",
        "type": "object",
        "required": [
            "status",
            "token",
            "csrf_token",
            "strength",
            "authenticator",
            "elevated_until",
            "expires_at",
        ],
        "properties": {
            "status": {"type": "string", "enum": ["signed_in"]},
            "token": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "csrf_token": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "strength": {"type": "integer", "enum": [2, 3]},
            "authenticator": {"type": "string", "enum": ["token", "phone"]},
            "elevated_until": {"type": "string", "format": "date-time"},
            "expires_at": {"type": "string", "format": "date-time"},
        },
    },
}
_PLAIN: dict[str, dict[str, Any]] = {
    "elevation": {"/session/elevation": _ELEVATION},
    "stripe_webhook": {"/stripe/events": _WEBHOOK},
}


def document(functions: Iterable[str], *, for_operators: bool = False) -> dict[str, Any]:
    """An API's document, its paths and schemas sorted.

    Args:
        functions: the packages of all functions.
        for_operators: whether it is the operators' API that is described, or the public one.

    Raises:
        LookupError: two functions have different models of one name.
    """
    paths: dict[str, Any] = {}
    schemas = {} if for_operators else dict(_SCHEMAS)
    merged: dict[str, Any] = {}
    for function in functions:
        part = _part(function, for_operators=for_operators)
        if not part["paths"]:
            continue
        paths |= part.pop("paths")
        _add(schemas, part.pop("components", {}).get("schemas", {}), of=function)
        merged |= part
    schemes = _SIGNED if for_operators else _dumped(_SCHEMES)
    return {
        **merged,
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": schemes},
    }


def operations(function: str, *, for_operators: bool = False) -> list[tuple[str, str, str]]:
    """Method (`POST`), path and operation id of each route that a function serves on one API."""
    return [
        (method.upper(), path, operation["operationId"])
        for path, methods in _part(function, for_operators=for_operators)["paths"].items()
        for method, operation in methods.items()
    ]


def permissions(function: str) -> Mapping[tuple[str, str], Permission]:
    """Permissions of a function's routes, by method and path."""
    module = importlib.import_module(f"{function}.app")
    app = getattr(module, "app", None)
    found: Mapping[tuple[str, str], Permission] = (
        app.permissions if isinstance(app, Api) else getattr(module, "PERMISSIONS", {})
    )
    return found


def _add(schemas: dict[str, Any], others: Mapping[str, Any], *, of: str) -> None:
    """Add a function's schemas to those of the functions before it.

    Schemas of one document share their names: a second one would describe the other function's
    bodies, too.
    """
    different = [name for name, one in others.items() if schemas.get(name, one) != one]
    if different:
        raise LookupError(f"{of} has another {', '.join(different)} than a function before it")
    schemas |= others


def _part(function: str, *, for_operators: bool) -> dict[str, Any]:
    """The paths and schemas of one function on one API; no paths if it has none there."""
    app = getattr(importlib.import_module(f"{function}.app"), "app", None)
    part = _described(app) if isinstance(app, Api) else {"paths": _PLAIN.get(function, {})}
    declared = permissions(function)
    served = {(method.upper(), path) for path, some in part["paths"].items() for method in some}
    if served != set(declared):
        raise LookupError(f"{function} serves {served}, permits {set(declared)}")
    for (method, path), permission in declared.items():
        part["paths"][path][method.lower()]["x-permission"] = documented(permission)
        if (permission.scope is Scope.OPERATOR) is not for_operators:
            del part["paths"][path][method.lower()]
    part["paths"] = {path: methods for path, methods in part["paths"].items() if methods}
    return part


def _dumped(schemes: Mapping[str, SecurityScheme]) -> dict[str, Any]:
    return {
        name: scheme.model_dump(by_alias=True, exclude_none=True, mode="json")
        for name, scheme in schemes.items()
    }


def _described(app: Api) -> dict[str, Any]:
    # The framework wants to know each scheme's name; the document states them itself.
    schema = app.get_openapi_json_schema(
        title="Keyfob",
        version="1",
        description="The whole life of a one-time-password credential.",
        servers=[Server(url="/v1")],
        security_schemes={**_SCHEMES, "signature": _SCHEMES["csrf"]},
    )
    part: dict[str, Any] = json.loads(schema)
    # Powertools adds its own form of validation error, which our API never returns.
    for unused in ("HTTPValidationError", "ValidationError"):
        part["components"]["schemas"].pop(unused, None)
    for operations in part["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status in _WITHOUT_BODY or not answer.get("content"):
                    answer.pop("content", None)
    return part
