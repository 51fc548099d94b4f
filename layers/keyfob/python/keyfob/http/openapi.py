"""The OpenAPI 3.1 document, generated from the handlers: `make openapi`.

Never imported by a function: the schema generator is heavy.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import (
    APIKey,
    HTTPBearer,
    SecurityScheme,
    Server,
)

from keyfob.http.cookies import SESSION
from keyfob.http.resolver import Api

# The functions that answer HTTP through our resolver.
CAPABILITIES = (
    "connections",
    "credentials",
    "phones",
    "recovery",
    "redemption",
    "registration",
    "session",
    "webstore",
)
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


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemView"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


# What answers without a framework is written down here.
_WEBHOOK: dict[str, Any] = {
    "post": {
        "summary": "Stripe's events; signed by Stripe",
        "operationId": "stripe_events",
        "x-access": "stripe",
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
        "x-access": "session",
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
_PLAIN = {"/stripe/events": _WEBHOOK, "/session/elevation": _ELEVATION}


def document() -> dict[str, Any]:
    """The whole API's document, its paths and schemas sorted."""
    merged: dict[str, Any] = {
        "paths": dict(_PLAIN),
        "components": {"schemas": dict(_SCHEMAS)},
    }
    for capability in CAPABILITIES:
        part = _part(importlib.import_module(f"{capability}.app").app)
        merged["paths"].update(part["paths"])
        merged["components"]["schemas"].update(part["components"]["schemas"])
        merged = {**part, **merged}
    merged["components"]["securitySchemes"] = {
        name: scheme.model_dump(by_alias=True, exclude_none=True, mode="json")
        for name, scheme in _SCHEMES.items()
    }
    merged["paths"] = dict(sorted(merged["paths"].items()))
    merged["components"]["schemas"] = dict(sorted(merged["components"]["schemas"].items()))
    return merged


def text() -> str:
    """The document as it is kept in `docs/openapi.json`."""
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


def _part(app: Api) -> dict[str, Any]:
    schema = app.get_openapi_json_schema(
        title="Keyfob",
        version="1",
        description="The whole life of a one-time-password credential.",
        servers=[Server(url="/v1")],
        security_schemes=_SCHEMES,
    )
    part: dict[str, Any] = json.loads(schema)
    # Powertools adds its own form of validation error, which our answers never have.
    for unused in ("HTTPValidationError", "ValidationError"):
        part["components"]["schemas"].pop(unused, None)
    for operations in part["paths"].values():
        for operation in operations.values():
            operation["responses"].get("204", {}).pop("content", None)
    return part


if __name__ == "__main__":
    sys.stdout.write(text())
