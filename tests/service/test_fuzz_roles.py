"""Schemathesis over the whole API as each role: no 5xx, every answer as documented (S20, S49)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from schemathesis import GenerationMode

from local.client import Person
from local.stack import Stack
from tests.service.test_fuzz import API, CHECKS, FUZZING, OPERATIONS
from tests.support.running.people import person

# A partner administrator acts for a partner.
ROLES: dict[str, dict[str, str]] = {
    "holder": {},
    "organization_administrator": {},
    "application_administrator": {},
    "partner_administrator": {"partner": "northwind"},
    "agent": {},
}
# They end the session that the next examples use.
ENDING = ("DELETE /session", "DELETE /sessions", "POST /session/new-password")
ROUTES = [name for one in OPERATIONS if (name := f"{one.method.upper()} {one.path}") not in ENDING]
FEW = settings(FUZZING, max_examples=3)


@pytest.fixture(scope="module")
def callers(stack: Stack) -> Iterator[dict[str, Person]]:
    """A signed-in person with each role, without an authenticator; signed in until the end."""
    people = {role: person(stack, roles=[role], **more) for role, more in ROLES.items()}
    yield people
    for one in people.values():
        one.expect(200, "GET", "/session")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("operation", ROUTES)
def test_s49_every_role_gets_a_documented_answer_on_every_route(
    operation: str, role: str, callers: dict[str, Person]
) -> None:
    someone = callers[role]
    headers = {**someone.headers, "Authorization": f"Bearer {someone.token}"}
    method, path = operation.split(" ")

    @FEW
    @given(case=API[path][method].as_strategy(GenerationMode.POSITIVE))
    def every(case: Any) -> None:
        case.call_and_validate(
            base_url=f"{someone.url}/v1", headers=headers, checks=CHECKS, timeout=30
        )

    every()
