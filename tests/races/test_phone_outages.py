"""The provider hangs and answers of commits get lost while a code is on its way (S50)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.client import control, eventually, phone_messages, phone_requests
from local.stack import Stack
from tests.races.proxy import Proxy
from tests.support.running.faults import LOSE
from tests.support.running.holder_attempts import DONE
from tests.support.running.phone_caller import (
    REFUSED,
    Caller,
    asks_in_vain,
    asks_with_success,
    counts_nothing,
)
from tests.support.running.rows import Rows
from tests.support.running.subscribers import Subscriptions, pair

_COMMIT = "TransactWriteItems"
# Longer than a client waits for an answer.
_SLOW = 6.0
FAULTS = ("hang", pytest.param("slow", marks=pytest.mark.long))


@pytest.fixture(scope="module")
def proxied(stack: Stack) -> Iterator[Proxy]:
    """A proxy before the functions that send codes and take them."""
    between = Proxy(stack)
    with between.before("PhonesFunction", "ElevationFunction"):
        yield between


@pytest.fixture
def proxy(proxied: Proxy) -> Iterator[Proxy]:
    """The proxy; it passes everything on again when the test ends."""
    yield proxied
    proxied.heal()


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """License keys for phones."""
    return Subscriptions(stack, 4)


@pytest.fixture
def caller(subscriptions: Subscriptions) -> Caller:
    """A new person."""
    owner = subscriptions.subscriber()
    return Caller(owner, owner.bind())


@pytest.fixture
def failing(stack: Stack, fault: str) -> Iterator[str]:
    """The provider does this until the test ends."""
    slow = {"seconds": _SLOW} if fault == "slow" else {}
    control(stack.url, "phone", {"answer": fault, **slow})
    yield fault
    control(stack.url, "phone", {"answer": "normal", "seconds": 0.0})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_code_that_could_not_be_sent_counts_as_asked_for_and_as_spent(
    *, stack: Stack, rows: Rows, caller: Caller, failing: str
) -> None:
    """Nothing is elevated; once the provider is back a new code can be requested at once."""
    assert failing
    asks_in_vain(stack, rows, caller, REFUSED)
    counts_nothing(rows, caller, asked=1)
    asks_with_success(stack, caller)


@pytest.mark.parametrize("fault", ["slow"])
def test_a_code_that_arrives_after_we_gave_up_is_good(
    stack: Stack, caller: Caller, failing: str
) -> None:
    assert failing == "slow"
    seen = len(phone_messages(stack.url, to=caller.phone.number))
    assert caller.ask() == REFUSED
    eventually(
        lambda: len(phone_messages(stack.url, to=caller.phone.number)) > seen,
        what="the late text",
    )
    assert caller.elevate().code == DONE


@pytest.mark.long
def test_a_commit_whose_answer_is_lost_sends_one_message(
    stack: Stack, rows: Rows, proxy: Proxy, caller: Caller
) -> None:
    """S46: the repeated transaction is recognized; the message is sent after it."""
    asked = phone_requests(stack.url)["text"]
    proxy.next(_COMMIT, LOSE)
    assert caller.ask().code == DONE
    assert phone_requests(stack.url)["text"] == asked + 1
    assert rows.tries("phone-gap", pair(caller.owner.account, caller.phone.number)) == 1
    proxy.next(_COMMIT, LOSE)
    assert caller.elevate().code == DONE
