"""A request's way through the real API: its permissions and its address (S23).

The whole table of routes and callers is `tests/functions/test_authorization.py`'s.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.client import Person
from local.stack import Stack
from tests.support.running.people import api, new_address, person

DOCS = Path(__file__).parents[2] / "docs"
METHODS = {"get", "put", "post", "delete", "patch"}


@pytest.mark.parametrize(
    ("output", "document"),
    [("ApiId", "openapi.json"), ("OperatorApiId", "operator-openapi.json")],
)
def test_the_document_names_every_deployed_route_and_no_other(
    output: str, document: str, stack: Stack
) -> None:
    paths = json.loads((DOCS / document).read_text())["paths"]
    api = stack.outputs[output]
    resources = stack.client("apigateway").get_resources(restApiId=api, limit=500)
    deployed = [
        f"{method} {resource['path']}"
        for resource in resources["items"]
        for method in resource.get("resourceMethods", {})
    ]
    assert sorted(deployed) == sorted(
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method in METHODS & operations.keys()
    )


def test_s23_an_order_is_shown_to_its_buyer_alone(stack: Stack, holder: Person) -> None:
    path = f"/orders/{holder.order()['number']}"
    shown, foreign = holder.call("GET", path), person(stack).call("GET", path)
    assert (shown.status_code, foreign.status_code) == (200, 404)
    assert foreign.headers["Content-Type"] == "application/problem+json"
    for answer in (shown, foreign):
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_a_session_one_is_asked_for_one(stack: Stack) -> None:
    """By a function of each build: with the framework, without it, and with phones."""
    for token in ("", "acc_1.2.3", "acc_é.b.c".encode().decode("latin-1")):
        headers = {"X-Forwarded-For": new_address()}
        nobody = Person(api(stack), "nobody-at-all", token=token, headers=headers)
        for method, path in (
            ("GET", "/orders/SO-10001"),
            ("POST", "/session/elevation"),
            ("POST", "/session/phone-codes"),
        ):
            answer = nobody.call(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.headers["Cache-Control"] == "no-store"


def test_only_the_front_is_believed_about_the_clients_address(stack: Stack, holder: Person) -> None:
    """A made-up secret of the front changes nothing and breaks nothing."""
    for secret in ("", "guessed", stack.record.front_secret[:-1], "Ä"):
        answer = holder.call(
            "GET", "/session", headers={"X-Front-Secret": secret.encode().decode("latin-1")}
        )
        assert answer.status_code == 200
