"""Known and unknown user ids: does the time that an answer takes tell them apart (S25)?

Reported, never asserted. On AWS it is to be measured there.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from math import sqrt

from local.client import Person
from local.progress import step
from local.seed import seed
from local.stack import Stack, local_stack
from tests.bench.figures import milliseconds, table
from tests.support.running.people import TEMPORARY, api, new_address

_SAMPLES = 200
_EACH = 3  # of a user id: a fourth request for a code would do nothing
_PEOPLE = -(-_SAMPLES // _EACH)
_WARM = 5

Ask = Callable[[str], None]


def measure() -> None:
    """Measure three routes; the last one also with user ids that requested no code."""
    with local_stack() as stack:
        seed(stack)
        with step(f"Adding {_PEOPLE} accounts"):
            known = _accounts(stack)
        unknown = [f"nobody{number}" for number in range(_PEOPLE)]
        strange = [f"stranger{number}" for number in range(_PEOPLE)]
        wrong = {"code": "00000-00000-00000", "password": "a phrase that nobody knows"}
        sign_in = _asking(stack, 401, "/session", password="not the password at all")
        request = _asking(stack, 202, "/password-recovery")
        confirm = _asking(stack, 403, "/password-recovery/confirmation", **wrong)
        rows = [
            _row("`POST /session`", sign_in, known, unknown),
            _row("`POST /password-recovery`", request, known, unknown),
            _row("`POST …/confirmation`", confirm, known, unknown),
        ]
        stack.clock.move(timedelta(hours=1))  # wrong codes have expired by then
        rows.append(_row("… the unknown never asked for", confirm, known, strange))
    head = ["quartiles through the local stack", "known", "unknown", "p"]
    table(f"Known and unknown user ids, {_SAMPLES} samples of each, interleaved", head, rows)


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """The two-sided p value of the hypothesis that both come from one distribution.

    U by its normal approximation, without ties (H. B. Mann and D. R. Whitney, 1947).
    """
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks = sum(rank for rank, (_, is_one) in enumerate(ranked, 1) if is_one)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
    return 2 * (1 - statistics.NormalDist().cdf(abs(z)))


def _row(name: str, ask: Ask, known: Sequence[str], unknown: Sequence[str]) -> list[str]:
    """One of each by turns, in random order."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    with step(name):
        for number in range(_WARM):
            ask(f"warm{number}")
        for number in range(_SAMPLES):
            pair = [(True, known[number % _PEOPLE]), (False, unknown[number % _PEOPLE])]
            random.shuffle(pair)
            for is_known, user_id in pair:
                began = time.perf_counter()
                ask(user_id)
                taken[is_known].append(time.perf_counter() - began)
    p = mann_whitney(taken[True], taken[False])
    return [name, _quartiles(taken[True]), _quartiles(taken[False]), f"{p:.2f}"]


def _quartiles(values: Sequence[float]) -> str:
    return ", ".join(milliseconds(one) for one in statistics.quantiles(values, n=4))


def _accounts(stack: Stack) -> list[str]:
    accounts = [
        {
            "user_id": f"known{number}",
            "organization": "acme",
            "email": f"known{number}@acme.example",
            "first_name": "Test",
            "last_name": "Known",
            "applications": [],
            "temporary_password": TEMPORARY,
        }
        for number in range(_PEOPLE)
    ]
    for start in range(0, _PEOPLE, 10):
        some = accounts[start : start + 10]
        stack.invoke("OperationsFunction", {"operation": "seed", "accounts": some})
    return [str(one["user_id"]) for one in accounts]


def _asking(stack: Stack, status: int, path: str, **body: str) -> Ask:
    """Sends this to the route, each time from another address, so that no limit is reached."""

    def ask(user_id: str) -> None:
        someone = Person(api(stack), user_id, headers={"X-Forwarded-For": new_address()})
        someone.expect(status, "POST", path, {"user_id": user_id, **body})

    return ask
