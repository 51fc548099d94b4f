"""Fixtures of the races: the stack from inside and outside, and what can be broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keyfob.gateways import aws
from local.stack import Stack
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
def the_audit_trail_survives_the_races(stack: Stack) -> Iterator[None]:
    """Whatever raced, died or came twice: every chain is whole afterwards (S46, S48)."""
    stack.invoke("AuditHeadsFunction", {})
    before = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    yield
    # The clock has moved over hours that were to be sealed.
    stack.invoke("AuditHeadsFunction", {})
    after = stack.invoke("OperationsFunction", {"operation": "verify_audit"})
    # What another suite broke on purpose, in the same stack, is not ours.
    assert set(after["faults"]) <= set(before["faults"])
    assert after["entries"] > before["entries"]
