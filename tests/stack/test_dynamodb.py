"""The tables in memory answer like the local stack's; unit tests rely on it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from local.stack import Stack
from tests.contract.tables import CHOSEN, Call, compare, programs
from tests.support.dynamodb import Client, Engine

# The emulator accepts requests here that DynamoDB refuses.
_WRONG_IN_THE_EMULATOR = frozenset({"a sum of words", "no expression"})


@pytest.fixture(scope="module")
def client() -> Client:
    """Our tables."""
    return Client(Engine())


@settings(max_examples=60, deadline=None, database=None)
@given(program=programs)
def test_random_programs_are_answered_as_by_the_local_stack(
    program: list[Call], client: Client, stack: Stack
) -> None:
    compare(client, stack.client("dynamodb"), program)


@pytest.mark.parametrize("name", sorted(CHOSEN.keys() - _WRONG_IN_THE_EMULATOR))
def test_chosen_programs_are_answered_as_by_the_local_stack(
    name: str, client: Client, stack: Stack
) -> None:
    compare(client, stack.client("dynamodb"), CHOSEN[name])
