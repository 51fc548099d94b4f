"""New people for tests on the local stack, so that no test sees another's sessions or orders."""

from __future__ import annotations

import itertools
from typing import Any

from local.client import Person
from local.stack import Stack

TEMPORARY = "temporary-password-1"
PERMANENT = "correct horse battery staple"
_numbers = itertools.count(1)
_addresses = itertools.count(1)


def unsigned(stack: Stack, **changes: Any) -> Person:
    """A new account that has never signed in; from a network address of its own."""
    user_id = f"person{next(_numbers)}"
    account = {
        "user_id": user_id,
        "organization": "acme",
        "email": f"{user_id}@acme.example",
        "first_name": "Test",
        "last_name": user_id.title(),
        "applications": ["parts-portal", "design-vault"],
        "temporary_password": TEMPORARY,
        **changes,
    }
    stack.invoke("OperationsFunction", {"operation": "seed", "accounts": [account]})
    return Person(api(stack), account["user_id"], headers={"X-Forwarded-For": new_address()})


def person(stack: Stack, **changes: Any) -> Person:
    """A new account, signed in with its permanent password (strength 1)."""
    new = unsigned(stack, **changes)
    new.first_sign_in(TEMPORARY, PERMANENT)
    return new


def api(stack: Stack) -> str:
    """The API's own address without the front, so that tests can choose their network address."""
    return f"{stack.emulator_url}/_aws/execute-api/{stack.record.api_id}"


def new_address() -> str:
    """A network address that no other test uses (RFC 2544's range for tests)."""
    number = next(_addresses)
    return f"198.18.{number // 250}.{number % 250 + 1}"
