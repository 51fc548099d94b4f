"""One code from many sides at once (S3), and many wrong ones (S4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from local.stack import Stack
from tests.races.anew import begin_anew
from tests.races.at_once import crowd
from tests.support.effort import effort
from tests.support.running.holder_attempts import (
    DONE,
    Told,
    account_of,
    codes,
    five_sessions,
    resynchronize,
    try_code,
)
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

ROUNDS = effort(1, 20)
LIMIT = 5
_PERIOD = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("period", "cold"), [(30, False), (None, True)], ids=["time-based", "event-based, cold"]
)
def test_one_of_fifty_copies_of_a_right_code_is_accepted_and_none_is_counted_as_wrong(
    *, stack: Stack, rows: Rows, period: int | None, cold: bool
) -> None:
    """S2, S3, E3: ten copies in each of five sessions; a cold function answers all of them, too."""
    holder = Supply(stack, 1, period=period).holder()
    account, device = account_of(holder.person), holder.device
    sessions = five_sessions(holder)
    for _ in range(ROUNDS):
        stack.clock.move(_PERIOD)
        before = rows.credential(account)
        spent = device.counter if period is None else device.step
        code = device.press() if period is None else device.at(spent)
        if cold:
            begin_anew(stack, "ElevationFunction")
        answers = crowd([partial(try_code, holder, code, token=one) for one in sessions * 10])

        # The accepting session has another session token; the old one opens nothing.
        assert codes(answers) == {DONE: 1, "code_already_used": 40, "not_authenticated": 9}
        (accepted,) = (number for number, one in enumerate(answers) if one.code == DONE)
        sessions[accepted % 5] = answers[accepted].token
        after = rows.credential(account)
        assert after["last"] == spent
        assert after["failed"] == []
        assert after["version"] == before["version"] + 1
        live = rows.sessions(account)
        assert live[answers[accepted].token.split(".")[1]]["strength"] == 2


@pytest.mark.parametrize(
    ("guesses", "rounds"), [(200, effort(1, 2)), pytest.param(40, 18, marks=pytest.mark.long)]
)
def test_five_of_many_wrong_codes_are_evaluated_and_the_right_one_is_refused_with_the_rest(
    stack: Stack, rows: Rows, guesses: int, rounds: int
) -> None:
    """S4: from five sessions and as many addresses as guesses; the function is cold at first."""
    holder = Supply(stack, 1).holder()
    account, sessions = account_of(holder.person), five_sessions(holder)
    begin_anew(stack, "ElevationFunction")
    for _ in range(rounds):
        stack.clock.move(2 * _PERIOD)
        before = rows.credential(account)
        answers, right = _guessed(holder, sessions, guesses)
        assert codes(answers) == {"wrong_code": LIMIT - 1, "token_locked": guesses - LIMIT + 1}
        assert right.code == "token_locked"
        after = rows.credential(account)
        assert len(set(after["failed"])) == len(after["failed"]) == LIMIT
        assert (after["last"], after["version"]) == (before["last"], before["version"] + 1)
        assert rows.happened(after)[-1] == "token.locked"
        assert {one["strength"] for one in rows.sessions(account).values()} == {1}

        assert try_code(holder, holder.device.code()).code == "token_locked"
        assert resynchronize(holder, holder.device.pair()).code == DONE
        assert rows.credential(account)["failed"] == []


def _guessed(holder: Holder, sessions: list[str], guesses: int) -> tuple[list[Told], Told]:
    """Answers to the guesses, and to a right code sent among them once one guess is locked out."""
    device, locked = holder.device, threading.Event()
    near = {device.code(ahead) for ahead in range(-5, 6)}
    wrong = next(code for code in map("{:08}".format, range(100)) if code not in near)

    def guess(token: str) -> Told:
        answer = try_code(holder, wrong, token=token)
        if answer.code == "token_locked":
            locked.set()
        return answer

    def right() -> Told:
        assert locked.wait(timeout=60)
        return try_code(holder, device.code())

    acts: list[Callable[[], Told]] = [
        partial(guess, sessions[number % 5]) for number in range(guesses)
    ]
    acts.insert(5, right)
    answers = crowd(acts)
    return answers, answers.pop(5)
