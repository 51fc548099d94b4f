"""Guessing passwords from everywhere at once (S4, S9, S25)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import requests

from keyfob.domain.errors import TooManyTries
from keyfob.domain.limits import Limit, Quota
from keyfob.storage.limits import Limits
from local.stack import Stack
from tests.races.at_once import at_once, crowd
from tests.support.effort import effort
from tests.support.running.inside import Inside
from tests.support.running.people import PERMANENT, api, new_address, person

GUESSES = effort(20, 60)
MORE = effort(10, 30)


def test_five_of_many_wrong_passwords_from_as_many_addresses_are_evaluated(stack: Stack) -> None:
    """A wrong password answered 401 was evaluated; 429 was not, the right one included."""
    someone = person(stack)
    answers = _guess(stack, (someone.user_id for _ in range(GUESSES)), new_address)
    assert answers == {"wrong_credentials": 5, "too_many_tries": GUESSES - 5}
    assert _code(_sign_in(stack, someone.user_id, PERMANENT, new_address())) == "too_many_tries"


def test_an_unknown_user_id_is_limited_like_a_known_one(stack: Stack) -> None:
    """S25: the limit doesn't reveal which user ids exist."""
    unknown = f"nobody-{uuid.uuid4().hex[:8]}"
    answers = _guess(stack, (unknown for _ in range(GUESSES)), new_address)
    assert answers == {"wrong_credentials": 5, "too_many_tries": GUESSES - 5}


def test_fifty_of_many_guesses_of_many_user_ids_from_one_address_are_evaluated(
    stack: Stack,
) -> None:
    """One address can't try a common password on everybody."""
    address = new_address()
    someones = (f"nobody-{uuid.uuid4().hex[:8]}" for _ in range(50 + MORE))
    answers = _guess(stack, someones, lambda: address)
    assert answers == {"wrong_credentials": 50, "too_many_tries": MORE}


def test_ten_of_many_tries_at_once_are_let_through(inside: Inside) -> None:
    """S4: three windows, the first try of each among them."""
    limit = Limit(name="race", tries=10, period=timedelta(minutes=10))
    limits = Limits(inside.database())

    def charged(subject: str) -> bool:
        try:
            limits.take([Quota(limit=limit, subject=subject)], inside.clock())
        except TooManyTries:
            return False
        return True

    for subject in ("one", "two", "three"):
        assert at_once([partial(charged, subject)] * GUESSES).count(True) == 10


def _guess(stack: Stack, user_ids: Iterator[str], address: Callable[[], str]) -> Counter[str]:
    def guess(user_id: str) -> str:
        return _code(_sign_in(stack, user_id, f"wrong-{uuid.uuid4().hex}", address()))

    return Counter(crowd([partial(guess, user_id) for user_id in user_ids]))


def _sign_in(stack: Stack, user_id: str, password: str, address: str) -> requests.Response:
    return requests.post(
        f"{api(stack)}/v1/session",
        json={"user_id": user_id, "password": password},
        headers={"X-Forwarded-For": address},
        timeout=40,
    )


def _code(answer: requests.Response) -> str:
    return str(answer.json().get("code", answer.status_code))
