"""Fixtures of the races: the stack from inside and outside, and what can be broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import requests

from keyfob.gateways import aws
from local.stack import Stack
from tests.races.holder_attempts import Stock
from tests.races.inside import Inside
from tests.races.lifecycle_control import LifecycleControl, feed
from tests.races.lives import Lives
from tests.races.rows import Rows
from tests.races.stripe_side import StripeSide

Switch = Callable[..., None]


@pytest.fixture(scope="package")
def inside(stack: Stack) -> Iterator[Inside]:
    """The library in this process, over the deployed tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "client", lambda service, **_: stack.client(service))
        yield Inside(stack)


@pytest.fixture(scope="session")
def rows(stack: Stack) -> Rows:
    """The tables."""
    return Rows(stack)


@pytest.fixture(scope="session")
def stripe_side(stack: Stack) -> StripeSide:
    """Stripe's view."""
    return StripeSide(stack)


@pytest.fixture(scope="package")
def supply(stack: Stack) -> Stock:
    """License keys with tokens, for one holder after the other."""
    return Stock(stack)


@pytest.fixture(scope="package")
def lives(inside: Inside, rows: Rows) -> Lives:
    """Credentials at any point of their lives."""
    return Lives(inside, rows)


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


@pytest.fixture
def stripe(stack: Stack) -> Iterator[Switch]:
    """Makes Stripe misbehave until the test ends."""
    normal = {"webhooks": "deliver", "answer": "normal"}
    yield lambda **faults: _control(stack, "stripe", faults)
    _control(stack, "stripe", normal)


@pytest.fixture
def ses(stack: Stack) -> Iterator[Switch]:
    """Makes the mail service misbehave until the test ends."""
    yield lambda **faults: _control(stack, "ses", faults)
    _control(stack, "ses", {"answer": "normal"})


@pytest.fixture
def relay(stack: Stack) -> Iterator[Switch]:
    """Stops and starts the relay from the outbox's stream to the queues; it runs afterwards."""
    yield partial(feed, stack, "OutboxRelayFunction")
    feed(stack, "OutboxRelayFunction", on=True)


@pytest.fixture(scope="module")
def lifecycle_control(stack: Stack) -> Iterator[LifecycleControl]:
    """The clock stands still, but for what a test has it do."""
    with LifecycleControl(stack) as held:
        yield held


def _control(stack: Stack, party: str, faults: dict[str, str]) -> None:
    answer = requests.post(f"{stack.url}/_control/{party}", json=faults, timeout=10)
    answer.raise_for_status()
