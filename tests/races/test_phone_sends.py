"""Many messages requested at once: each limit is exact across accounts and numbers (S12).

Cases that need more people, numbers or hours than a test has run in this process, over the deployed
tables; the provider's double counts its requests.
"""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.errors import DomainError
from keyfob.domain.phones.number import Channel
from local.client import Person, control, phone_requests
from local.stack import PHONE_PRICES, Stack
from tests.races.at_once import at_once, crowd
from tests.support.effort import effort
from tests.support.running.holder_attempts import DONE, Told, account_of, ask, codes
from tests.support.running.inside import Inside
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.rows import Rows
from tests.support.running.subscribers import new_number, pair, tried, unlimited

TEXT = PHONE_PRICES["US"][0]
# In this process, and through the API.
CROWD, ASKING = effort(12, 100), effort(25, 100)
_EVERYBODY = "everybody"


@pytest.fixture
def sent(stack: Stack) -> Callable[[], int]:
    """The number of texts and calls requested from the provider since the test began."""
    before = phone_requests(stack.url)["all"]
    return lambda: phone_requests(stack.url)["all"] - before


def test_one_of_many_requests_of_one_account_for_one_number_is_sent(
    stack: Stack, rows: Rows, sent: Callable[[], int]
) -> None:
    """From five sessions and as many addresses as requests; their minute decides."""
    someone, number = person(stack), new_number()
    unlimited(stack, tried(number[:-4]))
    tokens = _five_sessions(someone)
    answers = crowd([partial(_try, someone, number, one) for one in tokens * (ASKING // 5)])
    assert codes(answers) == {DONE: 1, "too_many_tries": ASKING - 1}
    assert sent() == 1
    account = account_of(someone)
    assert _counted(rows, account, number) == {"phone-gap": 1, "phone-first": 1}
    assert rows.tries("phone-sends", account) == rows.tries("phone-day", account) == 1
    assert rows.tries("phone-prefix", tried(number[:-4])) == 1
    told = _entries(rows, account)
    assert told == ["phone.tested"]


def test_five_of_many_requests_of_one_account_for_many_numbers_are_sent(
    stack: Stack, rows: Rows, sent: Callable[[], int]
) -> None:
    """Five in ten minutes; then five more, up to the day's limit."""
    someone = person(stack)
    account, tokens = account_of(someone), _five_sessions(someone)
    for round_ in range(1, effort(2, 6)):
        numbers = [new_number() for _ in range(ASKING // 5)]
        asked = zip(itertools.cycle(tokens), numbers * 5, strict=False)
        answers = crowd([partial(_try, someone, number, token) for token, number in asked])
        allowed = 5 if round_ < 5 else 0
        assert codes(answers) == Counter({DONE: allowed, "too_many_tries": ASKING - allowed})
        assert sent() == min(5 * round_, 20)
        assert rows.tries("phone-day", account) == sent()
        assert sum(rows.tries("phone-first", pair(account, one)) for one in numbers) == allowed
        stack.clock.move(timedelta(minutes=11))


@pytest.mark.long
def test_a_number_gets_no_more_however_many_accounts_ask(
    inside: Inside, rows: Rows, stack: Stack, sent: Callable[[], int]
) -> None:
    """20 a day, beside two of each account; 6 accounts at each moment."""
    number, now = new_number(), stack.clock.now()
    askers = [_actor() for _ in range(6)]
    for minute, goes in ((0, 6), (2, 6), (4, 6), (6, 6), (8, 6), (20, 2), (22, 0)):
        told = _at_once(
            inside.at(now + timedelta(minutes=minute)), [(number, one) for one in askers]
        )
        assert told == Counter({DONE: goes, "too_many_tries": 6 - goes}), minute
    assert sent() == 32
    assert rows.tries("phone-number", number) == 20
    assert [rows.tries("phone-first", pair(one.id, number)) for one in askers] == [2] * 6


@pytest.mark.long
def test_a_range_of_numbers_gets_sixty_in_an_hour(
    inside: Inside, rows: Rows, stack: Stack, sent: Callable[[], int]
) -> None:
    """More numbers of the range, each requested by an account and from an address of its own."""
    start = new_number()[:-2]
    numbers = [f"{start}{line:02}" for line in range(CROWD)]
    unlimited(stack, tried(start[:-2]))
    asked = [(number, _actor()) for number in numbers]
    told = _at_once(inside.at(stack.clock.now()), asked)
    assert told == {DONE: 60, "too_many_tries": CROWD - 60}
    assert sent() == 60 == rows.tries("phone-prefix", tried(start[:-2]))
    assert sum(rows.tries("phone-gap", tried(pair(one.id, number))) for number, one in asked) == 60
    unlimited(stack, tried(start[:-2]))


@pytest.mark.long
def test_an_address_sends_thirty_in_an_hour(
    inside: Inside, rows: Rows, stack: Stack, sent: Callable[[], int]
) -> None:
    """For a hundred accounts and numbers."""
    address = new_address()
    asked = [(new_number(), _actor(address)) for _ in range(CROWD)]
    _unlimited(stack, asked)
    told = _at_once(inside.at(stack.clock.now()), asked)
    assert told == {DONE: 30, "too_many_tries": CROWD - 30}
    assert sent() == 30 == rows.tries("phone-address", address)
    assert sum(rows.tries("phone-day", actor.id) for _, actor in asked) == 30


@pytest.mark.parametrize("period", ["hour", "day"])
def test_the_spending_limit_is_exact_to_a_thousandth(
    *, inside: Inside, rows: Rows, stack: Stack, sent: Callable[[], int], period: str
) -> None:
    """The breaker: seven texts are paid for, and not quite an eighth."""
    now = stack.clock.now()
    name = f"phone-spend-{period}"
    spent = _spent(rows, name, now)
    most = {"hour": 10**6, "day": 10**7, period: spent + 8 * TEXT - 1}
    asked = [(new_number(), _actor()) for _ in range(CROWD)]
    _unlimited(stack, asked)
    told = _at_once(_breaking(inside, most).at(now), asked)
    assert told == {DONE: 7, "phone_messages_paused": CROWD - 7}
    assert sent() == 7
    assert _spent(rows, name, now) == spent + 7 * TEXT
    assert sum(rows.tries("phone-gap", tried(pair(one.id, number))) for number, one in asked) == 7
    # The deployed limits leave more to spend.
    assert _at_once(inside.at(now), [(new_number(), _actor())]) == {DONE: 1}


def test_a_failed_request_counts_as_spent_and_for_the_account_for_a_while(
    inside: Inside, rows: Rows, stack: Stack, failing: None, sent: Callable[[], int]
) -> None:
    """S50: each failed request returns its counts once, however many fail at the same time."""
    number, actor, now = new_number(), _actor(), stack.clock.now()
    _unlimited(stack, [(number, actor)])
    spent = _spent(rows, "phone-spend-hour", now)
    told = _at_once(inside.at(now), [(number, actor) for _ in range(CROWD)])
    assert set(told) <= {"phone_unavailable", "too_many_tries"}
    assert told["phone_unavailable"] == sent() >= 1
    assert _spent(rows, "phone-spend-hour", now) == spent + sent() * TEXT
    assert set(_counted(rows, actor.id, number).values()) == {0}
    assert rows.tries("phone-day", actor.id) == rows.tries("phone-prefix", tried(number[:-4])) == 0
    assert rows.tries("phone-sends", actor.id) == sent() <= 5
    control(stack.url, "phone", {"answer": "normal"})
    another = [(number, _actor())] * 5
    assert _at_once(inside.at(now), another) == {DONE: 1, "too_many_tries": 4}


@pytest.fixture
def failing(stack: Stack) -> Iterator[None]:
    """The provider fails."""
    control(stack.url, "phone", {"answer": "error"})
    yield
    control(stack.url, "phone", {"answer": "normal"})


def _breaking(inside: Inside, most: dict[str, int]) -> Inside:
    return inside.with_policy(phone_spend_an_hour=most["hour"], phone_spend_a_day=most["day"])


def _unlimited(stack: Stack, asked: Sequence[tuple[str, Actor]]) -> None:
    """Forget the messages that other tests sent."""
    for number, _ in asked:
        unlimited(stack, number, tried(number[:-4]))


def _try(someone: Person, number: str, token: str) -> Told:
    return ask(someone, "POST", "/phone-tests", {"number": number, "channel": "text"}, token=token)


def _at_once(inside: Inside, asked: Sequence[tuple[str, Actor]]) -> Counter[str]:
    """How often each answer was given to these parallel requests."""
    tests = inside.phones().codes

    def send(number: str, actor: Actor) -> str:
        try:
            tests.test(number, Channel.TEXT, actor)
        except DomainError as refusal:
            return refusal.code
        return DONE

    return Counter(at_once([partial(send, *one) for one in asked]))


def _actor(address: str = "") -> Actor:
    """A new account at a new address."""
    return Actor(
        kind="account",
        id=f"acc_{secrets.token_hex(10)}",
        address=address or new_address(),
        correlation="races",
    )


def _five_sessions(someone: Person) -> list[str]:
    again = [Person(someone.url, someone.user_id) for _ in range(4)]
    for one in again:
        one.headers = {"X-Forwarded-For": new_address()}
        one.sign_in(PERMANENT)
    return [someone.token, *(one.token for one in again)]


def _counted(rows: Rows, account: str, number: str) -> dict[str, int]:
    both = pair(account, number)
    return {
        "phone-gap": rows.tries("phone-gap", tried(both)),
        "phone-first": rows.tries("phone-first", both),
    }


def _spent(rows: Rows, name: str, now: datetime) -> int:
    """In thousandths of a dollar, in the present window."""
    return rows.tries(name, _EVERYBODY) if rows.window_end(name, _EVERYBODY) > now else 0


def _entries(rows: Rows, account: str) -> list[Any]:
    found = [entry["action"] for entry in rows.entries(f"ACTOR#{account}")]
    return [action for action in found if action.startswith("phone.")]
