"""A route is served as it is declared, or not at all."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from keyfob.domain.sessions.permission import OWN, SIGNED, TO_CONNECT, Permission
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
        front_secret=lambda: "",
        support=lambda: "help@keyfob.example",
    )


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
