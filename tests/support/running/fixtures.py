"""Fixtures of suites that have a running `stack`; each imports some in its `conftest.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
import requests

from local.browser import Browser
from local.client import Person
from local.stack import Stack
from tests.support.running.holder_attempts import Stock
from tests.support.running.inside import Inside
from tests.support.running.lifecycle_control import LifecycleControl, feed
from tests.support.running.lives import Lives
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.stripe_side import StripeSide

Switch = Callable[..., None]
Paused = Callable[..., AbstractContextManager[None]]

_NORMAL: dict[str, dict[str, Any]] = {
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
    """A new person, signed in."""
    return person(stack)


@pytest.fixture
def browser(stack: Stack) -> Browser:
    """A person's browser, which has no cookies yet."""
    return Browser(stack.url)


@pytest.fixture(scope="package")
def rows(stack: Stack) -> Rows:
    """The tables."""
    return Rows(stack)


@pytest.fixture(scope="package")
def stripe_side(stack: Stack) -> StripeSide:
    """Stripe's view."""
    return StripeSide(stack)


@pytest.fixture(scope="package")
def supply(stack: Stack) -> Stock:
    """License keys with tokens, for a series of holders."""
    return Stock(stack)


@pytest.fixture(scope="package")
def lives(inside: Inside, rows: Rows) -> Lives:
    """Credentials at any point of their lives."""
    return Lives(inside, rows)


@pytest.fixture(scope="module")
def lifecycle_control(stack: Stack) -> Iterator[LifecycleControl]:
    """The clock, which works only at a test's request."""
    with LifecycleControl(stack) as held:
        yield held


@pytest.fixture
def stripe(stack: Stack) -> Iterator[Switch]:
    """Makes Stripe misbehave (`stripe(webhooks="drop")`) until the test ends."""
    yield from _misbehaving(stack, "stripe")


@pytest.fixture
def ses(stack: Stack) -> Iterator[Switch]:
    """Makes the mail service misbehave (`ses(answer="error")`) until the test ends."""
    yield from _misbehaving(stack, "ses")


@pytest.fixture
def relay(stack: Stack) -> Iterator[Switch]:
    """Stops and starts the relay from the outbox's stream to the queues; it runs afterwards.

    Take what comes by mail, such as a holder of the supply, before you stop it.
    """
    yield partial(feed, stack, "OutboxRelayFunction")
    feed(stack, "OutboxRelayFunction", on=True)


@pytest.fixture
def paused(stack: Stack) -> Paused:
    """`with paused("NotifierFunction"):` keeps that function's messages in its queue."""

    @contextmanager
    def pausing(*functions: str) -> Iterator[None]:
        try:
            for function in functions:
                feed(stack, function, on=False)
            yield
        finally:
            for function in functions:
                feed(stack, function, on=True)

    return pausing


def _misbehaving(stack: Stack, party: str) -> Iterator[Switch]:
    def switch(**faults: object) -> None:
        url = f"{stack.url}/_control/{party}"
        requests.post(url, json=faults, timeout=10).raise_for_status()

    yield switch
    switch(**_NORMAL[party])
