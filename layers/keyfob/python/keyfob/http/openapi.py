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
CAPABILITIES = ("session", "webstore")
_SESSION = HTTPBearer(description="A session token, `<account>.<session>.<secret>`")
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
        "responses": {
            "204": {"description": "Taken"},
            "400": {
                "description": "Bad signature or body",
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": "#/components/schemas/ProblemView"}
                    }
                },
            },
        },
    }
}


def document() -> dict[str, Any]:
    """The whole API's document, its paths and schemas sorted."""
    merged: dict[str, Any] = {"paths": {"/stripe/events": _WEBHOOK}, "components": {"schemas": {}}}
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
