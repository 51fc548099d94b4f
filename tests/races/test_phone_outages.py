"""The provider, keys and tables that fail, refuse or hang while a code is on its way (S50)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.client import control, eventually, phone_messages, phone_requests
from local.stack import PHONE_PRICES, Stack
from tests.races.proxy import Proxy
from tests.support.running.faults import LOSE
from tests.support.running.holder_attempts import DONE, Told, ask
from tests.support.running.rows import Rows
from tests.support.running.subscribers import Phone, Subscriber, Subscriptions

TEXT = PHONE_PRICES["US"][0]
_COMMIT = "TransactWriteItems"
_READS = ("GetItem", "BatchGetItem")
_SPEND = ("phone-spend-hour", "everybody")
_REFUSED = Told(status=503, code="phone_unavailable")
# Beyond what a client waits for an answer.
_SLOW = 6.0
FAULTS = {
    "hang": _REFUSED,
    "slow": _REFUSED,
}


@pytest.fixture(scope="module")
def proxied(stack: Stack) -> Iterator[Proxy]:
    """Before the functions that send codes and take them."""
    between = Proxy(stack)
    with between.before("PhonesFunction", "ElevationFunction"):
        yield between


@pytest.fixture
def proxy(proxied: Proxy) -> Iterator[Proxy]:
    """It passes everything on again when the test ends."""
    yield proxied
    proxied.heal()


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """License keys for phones."""
    return Subscriptions(stack, 4)


@dataclass
class Caller:
    """Somebody with a phone, signed in by password, for whom nothing was sent yet."""

    owner: Subscriber
    phone: Phone

    def ask(self) -> Told:
        """Have a code sent."""
        body = {"phone": self.phone.id, "channel": "text"}
        return ask(self.owner.person, "POST", "/session/phone-codes", body)

    def elevate(self, code: str = "") -> Told:
        """Sign in with a code, or with the one that came last."""
        body = {"method": "phone", "code": code or self.owner.code(self.phone.number)}
        answer = ask(self.owner.person, "POST", "/session/elevation", body)
        if answer.code == DONE:
            self.owner.person.token = answer.token
        return answer

    def strength(self) -> int:
        """The session's."""
        strength: int = self.owner.person.expect(200, "GET", "/session")["strength"]
        return strength


@pytest.fixture
def caller(subscriptions: Subscriptions) -> Caller:
    """Somebody new."""
    owner = subscriptions.subscriber()
    return Caller(owner, owner.bind())


@pytest.fixture
def failing(stack: Stack, fault: str) -> Iterator[str]:
    """Whoever reaches phones does this, until the test ends."""
    slow = {"seconds": _SLOW} if fault == "slow" else {}
    control(stack.url, "phone", {"answer": fault, **slow})
    yield fault
    control(stack.url, "phone", {"answer": "normal", "seconds": 0.0})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_code_that_could_not_be_sent_counts_as_asked_for_and_as_spent(
    *, stack: Stack, rows: Rows, caller: Caller, failing: str
) -> None:
    """Nothing is elevated; once the provider is back a code can be asked for at once.

    But of a number that refuses us: that stays as limited as any other (S12).
    """
    spent, asked = rows.tries(*_SPEND), phone_requests(stack.url)["text"]

    assert caller.ask() == FAULTS[failing]

    assert phone_requests(stack.url)["text"] == asked + 1, "it is tried once"
    assert rows.tries(*_SPEND) == spent + TEXT
    if failing == "reject":
        assert caller.ask().code == "too_many_tries"
        caller.owner.unlimited(caller.phone.number)
    else:
        _counts_nothing(rows, caller, asked=1)
    assert caller.strength() == 1
    control(stack.url, "phone", {"answer": "normal"})
    assert caller.ask().code == DONE
    assert caller.elevate().code == DONE
    assert caller.strength() == 2


@pytest.mark.parametrize("fault", ["slow"])
def test_a_code_that_arrives_after_we_gave_up_is_good(
    stack: Stack, caller: Caller, failing: str
) -> None:
    assert failing == "slow"
    seen = len(phone_messages(stack.url, to=caller.phone.number))
    assert caller.ask() == _REFUSED
    eventually(
        lambda: len(phone_messages(stack.url, to=caller.phone.number)) > seen,
        what="the late text",
    )
    assert caller.elevate().code == DONE


def test_a_commit_whose_answer_is_lost_sends_one_message(
    stack: Stack, rows: Rows, proxy: Proxy, caller: Caller
) -> None:
    """S46: the same transaction again is recognized; the message goes out behind it."""
    asked = phone_requests(stack.url)["text"]
    proxy.next(_COMMIT, LOSE)
    assert caller.ask().code == DONE
    assert phone_requests(stack.url)["text"] == asked + 1
    assert rows.tries("phone-gap", caller.phone.number) == 1
    proxy.next(_COMMIT, LOSE)
    assert caller.elevate().code == DONE


def _counts_nothing(rows: Rows, caller: Caller, *, asked: int = 0) -> None:
    """But how often the account has asked."""
    number, account = caller.phone.number, caller.owner.account
    assert rows.tries("phone-sends", account) == asked
    assert rows.tries("phone-sends", number) == rows.tries("phone-day", number) == 0
    assert rows.tries("phone-gap", number) == rows.tries("phone-prefix", number[:-4]) == 0
    assert rows.tries("phone-day", account) == 0
