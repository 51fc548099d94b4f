"""Schemathesis against the running API: no 5xx, every answer as documented (S49)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from local.client import Person, idempotency_key
from local.stack import Stack
from tests.support.effort import effort
from tests.support.examples import steady
from tests.support.running.holder_attempts import account_of
from tests.support.running.people import PERMANENT, TEMPORARY, person, unsigned
from tests.support.running.stack_holders import Supply
from tests.support.running.subscribers import Subscriptions, new_number

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
API = schemathesis.openapi.from_path(DOCUMENT)
OPERATIONS = [API[path][method] for path in API for method in API[path]]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NO_CAMPAIGN = "cam_00000000000000000000"
# Real names reach more code than random ones.
PLACES = {"partner": "northwind", "items": [{"product": "phone", "quantity": 1}]}
# Each example is a request to the running stack.
FUZZING = settings(
    steady,
    max_examples=effort(5, 20),
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def takes_input(operation: Any) -> bool:
    """Whether anything about a request can be wrong."""
    return bool({"parameters", "requestBody", "security"} & operation.definition.raw.keys())


CASES = [
    pytest.param(f"{one.method.upper()} {one.path}", mode, id=f"{one.label} {mode.value}")
    for one in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or takes_input(one)
]


# An administrator needs a token for these, to come as far as the act.
ADMINISTERED = ("/admin/", "/partner/")
OF_STAFF = [one for one in CASES if any(place in str(one.id) for place in ADMINISTERED)]
# These routes may end the credential, or lock its token.
OF_PHONES = [one for one in CASES if "phone" in str(one.id) and one not in OF_STAFF]
OF_PROOFING = [one for one in CASES if "{proofing}" in str(one.id)]
OF_HOLDERS = [
    one
    for one in CASES
    if one not in OF_PHONES
    and one not in OF_STAFF
    and ("{credential}" in str(one.id) or "elevation" in str(one.id))
]


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """A credential and a token for each that needs one."""
    return Supply(stack, len(OF_HOLDERS), period=None)


@pytest.fixture(scope="module")
def staff(stack: Stack) -> Supply:
    """The same for each administrator."""
    return Supply(stack, len(OF_STAFF), period=None)


@pytest.fixture(scope="module")
def to_proof(stack: Stack) -> Supply:
    """A license key for each that needs a case of proofing."""
    return Supply(stack, len(OF_PROOFING), product="hardware-token-proofed")


def chosen(someone: Person, license_key: str) -> str:
    """The id of this person's case, who has chosen a meeting with an agent."""
    credential = someone.redeem(license_key)["id"]
    path = f"/credentials/{credential}/proofing"
    return str(someone.expect(200, "POST", path, {"method": "live"})["id"])


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """A credential with a phone for each that needs one."""
    return Subscriptions(stack, len(OF_PHONES))


def caller_of(stack: Stack, operation: str) -> Person:
    """A person with the kind of token that this route takes."""
    if any(place in operation for place in ADMINISTERED):
        roles = ["holder", "organization_administrator", "partner_administrator"]
        return person(stack, roles=roles, partner="northwind", first_name="Grace")
    if "/agent/" in operation:
        return person(stack, roles=["agent"])
    if operation != "POST /session/new-password":
        return person(stack)
    new = unsigned(stack)
    new.sign_in(TEMPORARY)
    return new


def with_real_names(case: Any, real: Mapping[str, str]) -> None:
    """Puts existing ids into the case."""
    if case.path_parameters:
        case.path_parameters = {name: real[name] for name in case.path_parameters}
    if isinstance(case.body, dict) and "partner" in case.body:
        case.body = {**case.body, **PLACES}
    if isinstance(case.body, dict):
        case.body |= {name: real[name] for name in ("number", "phone") if name in case.body}


def owned(someone: Person, operation: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The ids of what this person needs for the route: a case, a phone, a credential."""
    if any(place in operation for place in ADMINISTERED):
        staff: Supply = request.getfixturevalue("staff")
        holder = staff.holder(someone)
        assert someone.elevate(holder.device.press()).status_code == 201
        other = person(staff.stack)
        return {"account": account_of(other), "unit": "1", "credential": "crd_" + "0" * 20}
    if "{proofing}" in operation:
        to_proof: Supply = request.getfixturevalue("to_proof")
        return {"proofing": chosen(someone, to_proof.next().license_key)}
    if "phone" in operation:
        subscriptions: Subscriptions = request.getfixturevalue("subscriptions")
        owner = subscriptions.subscriber(someone)
        return {"credential": owner.credential, "phone": owner.bind().id}
    if "{credential}" in operation or "elevation" in operation:
        supply: Supply = request.getfixturevalue("supply")
        return {"credential": supply.holder(someone).credential}
    return {}


@pytest.mark.parametrize(("operation", "mode"), CASES)
def test_s49_every_request_gets_a_documented_answer(
    stack: Stack, operation: str, mode: GenerationMode, request: pytest.FixtureRequest
) -> None:
    someone = caller_of(stack, operation)
    names = {
        "partner": "northwind",
        "application": "parts-portal",
        # Nobody's: ending a subscription would stop everybody else.
        "organization": "nowhere",
        "number": new_number(),
        "phone": "0000",
        "token": "never-mailed",
        "appointment": "apt_00000000000000000000",
        "account": someone.token.split(".")[0],
        "export": "exp_00000000000000000000",
        "invitation": "inv_00000000000000000000",
        "unit": "1",
        "position": "1",
        "campaign": NO_CAMPAIGN,
        "sponsorship": NO_CAMPAIGN,
    }
    if "{number}" in operation:
        names["number"] = someone.order()["number"]
    if "{session}" in operation:
        names["session"] = someone.token.split(".")[1]
        someone.sign_in(PERMANENT)
    if "{connection}" in operation:
        body = {"user_id": "nobody-at-all"}
        asked = someone.expect(202, "POST", "/connections", body, headers=idempotency_key())
        names["connection"] = asked["id"]
    names |= owned(someone, operation, request)
    headers = {**someone.headers, "Authorization": f"Bearer {someone.token}"}
    method, path = operation.split(" ")

    @FUZZING
    @given(case=API[path][method].as_strategy(mode), real=st.booleans())
    def every(case: Any, real: bool) -> None:
        if real:
            with_real_names(case, names)
        case.call_and_validate(
            base_url=f"{someone.url}/v1", headers=headers, checks=CHECKS, timeout=30
        )

    every()
