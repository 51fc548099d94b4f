"""The OpenAPI 3.1 document, generated from the handlers: `make openapi`.

Never imported by a function: the schema generator is heavy.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server

from keyfob.http.resolver import Api

# The functions that answer HTTP through our resolver.
CAPABILITIES = ("connections", "credentials", "redemption", "registration", "session", "webstore")
_SESSION = HTTPBearer(description="A session token, `<account>.<session>.<secret>`")


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
        "security": [{"session": []}],
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
        "description": "A code of the hardware token, as a text: leading zeros count.",
        "type": "object",
        "additionalProperties": False,
        "required": ["method", "code"],
        "properties": {
            "method": {"type": "string", "enum": ["token"]},
            "code": {"type": "string", "pattern": "^([0-9]{6}|[0-9]{8})$"},
        },
    },
    "ElevatedView": {
        "title": "ElevatedView",
        "description": "The session as it is now, and the token that opens it from now on.",
        "type": "object",
        "required": [
            "status",
            "token",
            "strength",
            "authenticator",
            "elevated_until",
            "expires_at",
        ],
        "properties": {
            "status": {"type": "string", "enum": ["signed_in"]},
            "token": {"type": "string"},
            "strength": {"type": "integer", "enum": [2, 3]},
            "authenticator": {"type": "string", "enum": ["token"]},
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
        "session": _SESSION.model_dump(by_alias=True, exclude_none=True, mode="json")
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
        security_schemes={"session": _SESSION},
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
