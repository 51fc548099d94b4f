"""A route is served as it is declared, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

import pytest
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import (
    BadRequestError,
    NotFoundError,
    ServiceError,
)
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType

from keyfob.domain.errors import NotFound
from keyfob.domain.sessions.permission import ANYBODY, OWN, SIGNED, TO_CONNECT, Permission
from keyfob.http.gate import Caller, Gate
from keyfob.http.resolver import Api
from tests.support.builders import CLIENT, a_session
from tests.support.context import Context
from tests.support.deployment import sample


class OpenGate:
    """Admits everybody, with the route's permission."""

    def admit(self, _event: Any, permission: Permission, _client: Any) -> Caller:
        return Caller(
            account="acc_ada",
            organization="acme",
            roles=(),
            session=a_session(),
            credential=None,
            client=CLIENT,
            permission=permission,
        )


def an_api() -> Api:
    return Api(
        gate=lambda: cast("Gate", OpenGate()),
        front=tuple,
        support=lambda: "help@keyfob.example",
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [({"a": True}, (200, "public, max-age=90")), (NotFound(), (404, "no-store"))],
)
def test_a_caches_time_is_declared_and_holds_for_good_answers_alone_S63(
    found: Any, expected: tuple[int, str]
) -> None:
    api = an_api()
    ninety = timedelta(seconds=90)

    @api.operation("GET", "/partners", permission=ANYBODY, summary="Show", max_age=ninety)
    def partners() -> dict[str, bool]:
        if isinstance(found, NotFound):
            raise found
        return dict(found)

    given = api.resolve(sample("api/list_partners"), Context())
    assert (given["statusCode"], *given["multiValueHeaders"]["Cache-Control"]) == expected


@pytest.mark.parametrize(("method", "permission"), [("GET", OWN), ("POST", ANYBODY)])
def test_only_what_everybody_may_read_may_be_kept_S23(method: str, permission: Permission) -> None:
    ninety = timedelta(seconds=90)
    with pytest.raises(ValueError, match="everybody"):
        an_api().operation(method, "/x", permission=permission, summary="X", max_age=ninety)


def answer(api: Api) -> tuple[int, str]:
    found = api.resolve(sample("api/list_credentials"), Context())
    return found["statusCode"], json.loads(found["body"] or "{}").get("code", "")


@pytest.mark.parametrize(
    ("permission", "judged", "expected"),
    [
        (OWN, False, (200, "")),
        (TO_CONNECT, True, (200, "")),
        (TO_CONNECT, False, (500, "internal_error")),
    ],
)
def test_a_declared_proof_that_no_use_case_is_handed_is_a_defect_S20(
    permission: Permission, judged: bool, expected: tuple[int, str]
) -> None:
    api = an_api()

    @api.operation("GET", "/credentials", permission=permission, summary="Show")
    def credentials() -> dict[str, bool]:
        return {"judged": judged and bool(api.proof)}

    assert answer(api) == expected


def test_a_route_that_is_not_declared_is_not_served_S49() -> None:
    assert answer(an_api()) == (404, "not_found")


def test_no_gate_judges_a_signature_S39() -> None:
    with pytest.raises(ValueError, match="signature"):
        an_api().operation("POST", "/events", permission=SIGNED, summary="Take")


class Unsupported(ServiceError):
    """An error of the framework's own kind."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "in its own form")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (NotFoundError("in its own form"), (404, "not_found")),
        (Unsupported(), (415, "unsupported_media_type")),
        (RequestUnsupportedContentType("x", errors=[]), (415, "unsupported_media_type")),
        (BadRequestError("in its own form"), (500, "internal_error")),
        (ServiceError(418, "in its own form"), (500, "internal_error")),
        (RuntimeError("in its own form"), (500, "internal_error")),
    ],
)
def test_an_error_of_the_frameworks_leaves_as_a_problem_S49_S65(
    raised: Exception, expected: tuple[int, str]
) -> None:
    api = an_api()

    @api.operation("GET", "/credentials", permission=OWN, summary="Show")
    def credentials() -> dict[str, bool]:
        raise raised

    found = api.resolve(sample("api/list_credentials"), Context())
    assert found["multiValueHeaders"]["Content-Type"] == ["application/problem+json"]
    problem = json.loads(found["body"])
    assert (found["statusCode"], problem["code"]) == expected
    assert problem["status"] == found["statusCode"]
    assert "in its own form" not in found["body"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", None])
def test_a_handlers_error_of_another_form_is_a_defect_S65(kind: str | None) -> None:
    api = an_api()

    @api.operation("GET", "/credentials", permission=OWN, summary="Show")
    def credentials() -> Response[str]:
        return Response(status_code=410, content_type=kind, body='"gone"')

    assert answer(api) == (500, "internal_error")


def test_a_page_may_state_an_error_as_a_page() -> None:
    """A person who followed a mailed link reads it."""
    api = an_api()

    @api.operation("GET", "/credentials", permission=OWN, summary="Show")
    def credentials() -> Response[str]:
        return Response(
            status_code=410, content_type="text/html; charset=utf-8", body="<p>Gone</p>"
        )

    found = api.resolve(sample("api/list_credentials"), Context())
    assert (found["statusCode"], found["body"]) == (410, "<p>Gone</p>")


def routed(resource: str, path: str) -> tuple[str, ...] | int:
    """The routes' handler and parameters that a request reaches, or the status."""
    api = an_api()

    @api.operation("GET", "/orders", permission=OWN, summary="List")
    def orders() -> list[str]:
        return ["orders"]

    @api.operation("GET", "/orders/<number>", permission=OWN, summary="Show")
    def order(number: str) -> list[str]:
        return ["order", number]

    @api.operation("GET", "/orders/<number>/units/<unit>", permission=OWN, summary="Show")
    def unit(number: str, unit: str) -> list[str]:
        return ["unit", number, unit]

    event = sample("api/list_credentials")
    found = api.resolve({**event, "resource": resource, "path": path}, Context())
    return tuple(json.loads(found["body"])) if found["statusCode"] == 200 else found["statusCode"]


# An event's path begins with the base path of a custom domain, its resource doesn't.
@pytest.mark.parametrize("base", ["", "/keyfob", "/keyfob/v1", "/orders", "/orders/units", "/a.c"])
@pytest.mark.parametrize(
    ("resource", "path", "reached"),
    [
        ("/orders", "/orders", ("orders",)),
        ("/orders", "/orders/", ("orders",)),
        ("/orders/{number}", "/orders/SO-1", ("order", "SO-1")),
        ("/orders/{number}", "/orders/orders", ("order", "orders")),
        ("/orders/{number}/units/{unit}", "/orders/SO-1/units/2", ("unit", "SO-1", "2")),
    ],
)
def test_a_base_path_of_a_custom_domain_is_no_part_of_the_route_S49(
    base: str, resource: str, path: str, reached: tuple[str, ...]
) -> None:
    assert routed(resource, base + path) == reached


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        # A slash in a parameter: it must not become another route than the one admitted to.
        ("/orders/{number}", "/orders/orders/1/units/2"),
        ("/orders/{number}", "/orders/SO-1/units/2"),
        ("/orders", "/orders/SO-1"),
        ("/orders", "/keyfob-orders"),
        ("/orders/{number}", "/ordersX/SO-1"),
    ],
)
def test_only_the_resource_decides_which_route_is_served_S20(resource: str, path: str) -> None:
    assert routed(resource, path) == 404


@pytest.mark.parametrize(
    ("value", "as_cookie", "given"),
    [
        ("n.m", True, {"Set-Cookie": "__Host-device=n.m"}),
        ("n.m", False, {"X-Device": "n.m"}),
        ("", True, {}),
        ("", False, {}),
    ],
)
def test_a_client_gets_its_device_value_in_one_way_or_none_S56(
    *, value: str, as_cookie: bool, given: dict[str, str]
) -> None:
    api = an_api()

    @api.operation("GET", "/credentials", permission=OWN, summary="Show")
    def credentials() -> dict[str, bool]:
        api.hand_over_device(value, as_cookie=as_cookie)
        return {}

    headers = api.resolve(sample("api/list_credentials"), Context())["multiValueHeaders"]
    found = {name: one for name, one in headers.items() if name in {"Set-Cookie", "X-Device"}}
    assert {name: one.split(";")[0] for name, [one] in found.items()} == given


def test_a_device_value_is_handed_to_the_client_that_got_it_alone_S56() -> None:
    """One resolver answers many requests."""
    api, values = an_api(), ["n.m", ""]

    @api.operation("GET", "/credentials", permission=OWN, summary="Show")
    def credentials() -> dict[str, bool]:
        api.hand_over_device(values.pop(0), as_cookie=False)
        return {}

    answers = [api.resolve(sample("api/list_credentials"), Context()) for _ in range(2)]
    assert ["X-Device" in one["multiValueHeaders"] for one in answers] == [True, False]
