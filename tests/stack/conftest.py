"""Faults for a while, and people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import requests

from local.client import Person, eventually
from local.stack import Stack
from tests.support.people import person

Faults = Callable[..., None]
Paused = Callable[..., AbstractContextManager[None]]

_NO_FAULTS: dict[str, dict[str, Any]] = {
    "stripe": {
        "webhooks": "deliver",
        "answer": "normal",
        "amount_override": None,
        "currency_override": None,
    },
    "ses": {"answer": "normal"},
}


@pytest.fixture
def holder(stack: Stack) -> Person:
    """Somebody new, signed in."""
    return person(stack)


@pytest.fixture
def stripe(stack: Stack) -> Iterator[Faults]:
    """Breaks Stripe (`stripe(webhooks="drop")`) until the test ends."""
    yield lambda **faults: _control(stack, "stripe", faults)
    _control(stack, "stripe", _NO_FAULTS["stripe"])


@pytest.fixture
def ses(stack: Stack) -> Iterator[Faults]:
    """Breaks the mail service (`ses(answer="error")`) until the test ends."""
    yield lambda **faults: _control(stack, "ses", faults)
    _control(stack, "ses", _NO_FAULTS["ses"])


@pytest.fixture
def paused(stack: Stack) -> Paused:
    """`with paused("NotifierFunction"):` what that function consumes waits in its queue."""

    @contextmanager
    def pausing(*functions: str) -> Iterator[None]:
        sources = [_source_of(stack, function) for function in functions]
        try:
            for source in sources:
                _enable(stack, source, enabled=False)
            yield
        finally:
            for source in sources:
                _enable(stack, source, enabled=True)

    return pausing


def _control(stack: Stack, party: str, faults: dict[str, Any]) -> None:
    requests.post(f"{stack.url}/_control/{party}", json=faults, timeout=10).raise_for_status()


def _source_of(stack: Stack, function: str) -> str:
    [source] = stack.client("lambda").list_event_source_mappings(
        FunctionName=stack.outputs[function]
    )["EventSourceMappings"]
    return str(source["UUID"])


def _enable(stack: Stack, source: str, *, enabled: bool) -> None:
    functions = stack.client("lambda")
    functions.update_event_source_mapping(UUID=source, Enabled=enabled)
    wanted = "Enabled" if enabled else "Disabled"
    eventually(
        lambda: functions.get_event_source_mapping(UUID=source)["State"] == wanted,
        what=f"event source {source} is {wanted}",
    )
