"""Routes, samples and template agree; no input leads to a 5xx (S49)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob.http.openapi import permissions
from tests.support.deployment import Deployment, sample
from tests.support.examples import steady
from tests.support.gateway import FUNCTION_OF, OPERATED_BY
from tests.support.templates import ROOT, capability, functions, routes
from tests.support.visitor import Visitor, visitor

SAMPLES = sorted(path.stem for path in (ROOT / "events/api").glob("*.json"))
SIGNED = sorted(path.stem for path in (ROOT / "events/operators").glob("*.json"))
SERVED = {
    capability(function): routes(function) | routes(function, "OperatorApi")
    for function in functions().values()
    if routes(function) or routes(function, "OperatorApi")
}


@pytest.mark.parametrize("function", SERVED)
def test_the_template_and_the_handlers_have_the_same_routes(
    function: str, deployment: Deployment
) -> None:
    assert set(permissions(function)) == SERVED[function]


def test_every_route_has_a_sample_event_and_every_sample_a_route() -> None:
    sampled = {(one["httpMethod"], one["resource"]) for one in map(load, SAMPLES)}
    signed = {(one["httpMethod"], one["resource"]) for one in map(load_signed, SIGNED)}
    assert sampled == set(FUNCTION_OF)
    assert signed == set(OPERATED_BY)


def load(name: str) -> dict[str, Any]:
    return sample(f"api/{name}")


def load_signed(name: str) -> dict[str, Any]:
    return sample(f"operators/{name}")


@pytest.mark.parametrize(
    "path", [*(f"api/{one}" for one in SAMPLES), *(f"operators/{one}" for one in SIGNED)]
)
def test_a_sample_is_a_whole_rest_event_of_payload_1_0(path: str) -> None:
    event = sample(path)
    assert event["path"] == event["resource"].format(**(event["pathParameters"] or {}))
    assert event["requestContext"]["resourcePath"] == event["resource"]
    assert event["requestContext"]["path"] == f"/v1{event['path']}"
    assert event["requestContext"]["httpMethod"] == event["httpMethod"]
    assert event["multiValueHeaders"] == {one: [each] for one, each in event["headers"].items()}
    assert event["isBase64Encoded"] is False


def test_samples_hold_no_real_secret_and_every_file_is_json() -> None:
    for path in Path(ROOT / "events").rglob("*"):
        if path.is_file():
            assert path.suffix == ".json"
            json.loads(path.read_text())
            assert "sk_live" not in path.read_text()


def test_a_path_that_is_not_served_is_not_found(deployment: Deployment) -> None:
    event = load("show_session")
    for resource, method in (("/session", "PUT"), ("/nothing", "GET"), ("/{proxy+}", "GET")):
        changed = {**event, "resource": resource, "httpMethod": method, "path": "/nothing"}
        answer = deployment.invoke("session", changed)
        assert answer["statusCode"] == 404
        assert json.loads(answer["body"])["code"] == "not_found"


@pytest.fixture(scope="module")
def signed_in(deployment: Deployment) -> Visitor:
    return visitor(deployment)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@steady
@given(data=st.data())
def test_no_body_of_the_right_shape_with_wrong_values_is_a_defect_S49(
    data: st.DataObject, signed_in: Visitor
) -> None:
    body = json.loads(load("place_order")["body"])
    for field in data.draw(st.sets(st.sampled_from(sorted(body)), min_size=1, max_size=3)):
        body[field] = data.draw(json_values)
    assert signed_in.call("place_order", body).status < 500


@steady
@given(number=st.text(max_size=80))
def test_no_name_in_a_path_is_a_defect_S49(number: str, signed_in: Visitor) -> None:
    event = load("show_order")
    event["headers"]["Authorization"] = f"Bearer {signed_in.token}"
    event["pathParameters"] = {"number": number}
    event["path"] = f"/orders/{number}"
    assert signed_in.send(event).status < 500
