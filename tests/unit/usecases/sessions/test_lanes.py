"""Wrong passwords count apart for known clients and for everybody else (S25, S55, S56).

One file, since each sentence is about what one lane leaves to the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from keyfob.domain.errors import KeysUnavailable, TooManyTries
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.errors import (
    PasswordStoreLocked,
    RecoveryRequired,
    WrongCredentials,
)
from keyfob.storage.limits import LimitRow
from tests.support.account_world import PERMANENT, RECOVERED, AccountWorld
from tests.support.fakes import FakeClock, Meddler, fake_mac, unique

WRONG = "not the password at all"
UNKNOWN = "nobody-of-this-name"
QUIET = timedelta(minutes=15)


def elsewhere() -> Client:
    """A client at a network address without earlier tries."""
    return Client(address=unique("address-"), correlation="req-2")


def wrong(account_world: AccountWorld, times: int, *, device: str = "", user_id: str = "") -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            account_world.sign_in(WRONG, device=device, user_id=user_id, client=elsewhere())


def is_known(account_world: AccountWorld, device: str, user_id: str = "") -> bool:
    """Whether a client that shows this device value is let in while strangers are not."""
    with suppress(WrongCredentials, TooManyTries):
        for _ in range(6):
            account_world.sign_in(WRONG, user_id=user_id, client=elsewhere())
    try:
        account_world.sign_in(WRONG, device=device, user_id=user_id, client=elsewhere())
    except WrongCredentials:
        return True
    except TooManyTries:
        return False
    raise AssertionError("a wrong password was right")


@pytest.fixture
def device(account_world: AccountWorld) -> str:
    """The device value of a client that signed in."""
    return account_world.sign_in(PERMANENT, client=elsewhere()).device


def longest_run(instants: Iterable[datetime]) -> int:
    """The most wrong passwords with less than a quarter of an hour between two."""
    runs, last = [0], None
    for one in instants:
        runs = [*runs, 1] if last is None or one - last >= QUIET else [*runs[:-1], runs[-1] + 1]
        last = one
    return max(runs)


PATTERNS: dict[str, Callable[[], Iterator[float]]] = {
    "every second": lambda: itertools.repeat(1),
    "every minute": lambda: itertools.repeat(60),
    "every four minutes": lambda: itertools.repeat(240),
    "every five minutes": lambda: itertools.repeat(300),
    "just before it is quiet": lambda: itertools.repeat(899),
    "at the end and the begin of a window": lambda: itertools.cycle([1190, 1, 1, 1, 8, 1, 1, 1, 1]),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_strangers_can_not_have_the_password_store_lock_an_account_for_long_S56(
    account_world: AccountWorld, clock: FakeClock, device: str, pattern: str
) -> None:
    """Cognito locks it for 2^(n - 5) seconds after n wrong ones without a quarter of an hour."""
    evaluated: list[datetime] = []
    account_world.passwords.before_answer = lambda: evaluated.append(clock.now)
    for seconds in itertools.islice(PATTERNS[pattern](), 80):
        with suppress(WrongCredentials, TooManyTries):
            account_world.sign_in(WRONG, client=elsewhere())
        clock.advance(seconds=seconds)
    busiest = max(
        sum(one <= at < one + timedelta(minutes=20) for at in evaluated) for one in evaluated
    )
    assert busiest <= 10
    assert longest_run(evaluated) <= 5, "one second"
    account_world.passwords.before_answer = None
    assert account_world.sign_in(PERMANENT, device=device)
