"""Fixtures of the races: the stack from inside and outside, and switches that break its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from keyfob.gateways import aws
from local.stack import Stack
from tests.support.gateway import FUNCTION_OF
from tests.support.running.fixtures import (
    lifecycle_control,
    lives,
    relay,
    rows,
    ses,
    stripe,
    stripe_side,
    supply,
)
from tests.support.running.inside import Inside
from tests.support.running.people import api

__all__ = [
    "lifecycle_control",
    "lives",
    "relay",
    "rows",
    "ses",
    "stripe",
    "stripe_side",
    "supply",
]


@pytest.fixture(scope="package")
def inside(stack: Stack) -> Iterator[Inside]:
    """The library in this process, over the deployed tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "client", lambda service, **_: stack.client(service))
        yield Inside(stack)


@pytest.fixture(scope="package", autouse=True)
def _warm(stack: Stack) -> None:
    """Start each function of the API once, before a crowd starts several processes of one at once.

    The first start unpacks and compiles; many at once take longer than the front waits.
    """
    answered = set()
    for (method, route), function in sorted(FUNCTION_OF.items()):
        if function not in answered:
            target = f"{api(stack)}/v1{re.sub('{[^}]+}', 'nobody', route)}"
            assert requests.request(method, target, timeout=60).status_code < 500, route
            answered.add(function)


@pytest.fixture(scope="package", autouse=True)
def the_audit_trail_survives_the_races(stack: Stack) -> Iterator[None]:
    """Every chain is whole after all races, deaths and repetitions (S46, S48)."""
    stack.invoke("AuditHeadsFunction", {})
    before = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    yield
    # The clock has moved past hours that were due for sealing.
    stack.invoke("AuditHeadsFunction", {})
    after = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    # Faults that another suite made in the same stack don't count.
    assert set(after["faults"]) <= set(before["faults"])
    assert after["entries"] > before["entries"]
