"""A deployment with a front refuses what comes past it (S63)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.deployment import FRONT_SECRET, Deployment, later, reached, sample
from tests.support.gateway import FUNCTION_OF
from tests.support.visitor import Visitor

BEHIND = {"X-Front-Secret": FRONT_SECRET}
ROUTES = sorted(set(FUNCTION_OF) - {("POST", "/stripe/events")})


@pytest.fixture(scope="module")
def fronted(deployment: Deployment) -> Iterator[Deployment]:
    """The same deployment with a front."""
    secret = {"FRONT_SECRET": deployment.values["SECRET_OF_FRONT"]}
    made = replace(deployment, values={**deployment.values, **secret})
    with reached(made):
        yield made


def roll(deployment: Deployment, **secret: str) -> None:
    """Put another value and wait until every function has read it."""
    deployment.client("secretsmanager").put_secret_value(
        SecretId=deployment.values["SECRET_OF_FRONT"], SecretString=json.dumps(secret)
    )
    later(deployment, minutes=5)


@pytest.fixture
def requests(fronted: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests to AWS, by service and operation."""
    sent: list[str] = []

    def note(service: str, model: Any, _params: Any) -> None:
        sent.append(f"{service} {model.name}")

    monkeypatch.setattr(fronted.between, "instead", note)
    return sent


@pytest.mark.parametrize(("method", "resource"), ROUTES)
def test_every_route_refuses_what_comes_past_the_front_before_it_reads_anything_S63(
    fronted: Deployment, requests: list[str], method: str, resource: str
) -> None:
    somebody = Visitor(deployment=fronted)
    event = sample("api/show_session") | {"httpMethod": method, "resource": resource}
    event["headers"] = {**event["headers"], "X-Front-Secret": "guessed"}
    refused = somebody.send(event)
    assert (refused.status, refused.code) == (403, "front_required")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert set(requests) <= {"secretsmanager GetSecretValue"}


def test_tries_are_counted_by_the_address_that_the_front_vouches_for_S4(
    fronted: Deployment,
) -> None:
    behind = Visitor(deployment=fronted, address="198.19.2.1")

    def guess(viewer: str) -> int:
        headers = {"CloudFront-Viewer-Address": viewer, **BEHIND}
        body = {"user_id": f"guess-{viewer}", "password": "x"}
        return behind.call("sign_in", body, headers=headers).status

    assert [guess("203.0.113.9:1000") for _ in range(51)][-1] == 429
    assert guess("203.0.113.7:1000") == 401


def test_two_secrets_are_accepted_while_one_is_rolled_S63(fronted: Deployment) -> None:
    somebody = Visitor(deployment=fronted)

    def status(secret: str) -> int:
        return somebody.call("list_partners", headers={"X-Front-Secret": secret}).status

    assert [status(FRONT_SECRET), status("the-new-secret")] == [200, 403]
    roll(fronted, current="the-new-secret", previous=FRONT_SECRET)
    assert [status(FRONT_SECRET), status("the-new-secret")] == [200, 200]
    roll(fronted, current="the-new-secret")
    assert [status(FRONT_SECRET), status("the-new-secret")] == [403, 200]
    for nothing in ({}, {"current": ""}, {"previous": FRONT_SECRET}):
        roll(fronted, **nothing)
        assert [status(FRONT_SECRET), status("")] == [500, 500]
    roll(fronted, current=FRONT_SECRET)
    assert status(FRONT_SECRET) == 200


def test_a_verification_reads_the_secret_once_in_five_minutes_E1_S63(
    fronted: Deployment, requests: list[str]
) -> None:
    somebody = Visitor(deployment=fronted)
    later(fronted, minutes=5)
    for _ in range(20):
        assert somebody.call("elevate_session", headers=BEHIND).status == 401
    assert requests.count("secretsmanager GetSecretValue") == 1
    later(fronted, minutes=5)
    somebody.call("elevate_session", headers=BEHIND)
    assert requests.count("secretsmanager GetSecretValue") == 2


def test_stripe_needs_no_front_as_its_signature_proves_it_S36_S63(fronted: Deployment) -> None:
    refused = Visitor(deployment=fronted).call("stripe_event")
    assert (refused.status, refused.code) == (400, "invalid_signature")
