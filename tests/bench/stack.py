"""Requests through the local stack: API, function, tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from local.client import Person
from local.progress import step
from local.seed import seed
from local.stack import Stack, local_stack
from tests.bench.figures import table
from tests.support.running.people import PERMANENT, person
from tests.support.running.stack_holders import Holder, Supply

_REQUESTS = 200
_AT_ONCE = 8
_WRONG = 4  # in a row; one more locks the token

Timed = Callable[[], float]


def measure() -> None:
    """One at a time and eight at once; a line each."""
    with local_stack() as stack:
        seed(stack)
        rows = [*_usual(stack), *_elevations(stack)]
    head = ["milliseconds through the local stack", "p50", "p95", "p99", "a second"]
    table("Requests, 1 and 8 at once", head, rows)


def _usual(stack: Stack) -> list[list[str]]:
    ada = person(stack)

    def sign_in() -> object:
        return Person(ada.url, ada.user_id, headers=ada.headers).sign_in(PERMANENT)

    kinds: dict[str, Callable[[], object]] = {
        "GET /partners (public)": lambda: ada.expect(200, "GET", "/partners"),
        "GET /session": lambda: ada.expect(200, "GET", "/session"),
        "POST /orders": ada.order,
    }
    rows = []
    for name, request in kinds.items():
        with step(name):
            for concurrency in (1, _AT_ONCE):
                client = _timed(request)
                rows.append(_row(f"`{name}`, {concurrency}", [client] * concurrency))
    rows.append(_row("`POST /session`, 1", [_timed(sign_in)]))
    return rows


def _elevations(stack: Stack) -> list[list[str]]:
    """Event-based tokens: each press gives a new code, so that no request waits for one."""
    with step(f"Giving tokens to {_AT_ONCE} holders"):
        supply = Supply(stack, _AT_ONCE, period=None)
        holders = [supply.holder() for _ in range(_AT_ONCE)]
    rows = []
    for concurrency in (1, _AT_ONCE):
        some = holders[:concurrency]
        with step(f"POST /session/elevation, {concurrency} at once"):
            right = [_timed(partial(_right, holder)) for holder in some]
            rows.append(_row(f"`POST /session/elevation`, right code, {concurrency}", right))
            wrong = [_wrong(holder) for holder in some]
            rows.append(_row(f"`POST /session/elevation`, wrong code, {concurrency}", wrong))
    return rows


def _right(holder: Holder) -> None:
    answer = holder.person.elevate(holder.device.press())
    if answer.status_code != 201:
        raise RuntimeError(answer.text)


def _wrong(holder: Holder) -> Timed:
    """Wrong codes; before the token would lock, an unmeasured right one clears the count."""
    sent = 0

    def send() -> float:
        nonlocal sent
        if sent and sent % _WRONG == 0:
            _right(holder)
        sent += 1
        near = {holder.device.at(holder.device.counter + ahead) for ahead in range(-1, 11)}
        code = next(one for one in ("00000000", "11111111", "22222222") if one not in near)
        began = time.perf_counter()
        answer = holder.person.elevate(code)
        taken = time.perf_counter() - began
        if answer.json().get("code") != "wrong_code":
            raise RuntimeError(answer.text)
        return taken

    return send


def _timed(request: Callable[[], object]) -> Timed:
    def send() -> float:
        began = time.perf_counter()
        request()
        return time.perf_counter() - began

    return send


def _row(name: str, clients: Sequence[Timed]) -> list[str]:
    """All clients run at once; each sends one request after another."""

    def run(client: Timed) -> list[float]:
        for _ in range(3):
            client()  # every worker warm
        return [client() for _ in range(_REQUESTS // len(clients))]

    with ThreadPoolExecutor(len(clients)) as pool:
        taken = sorted(one for each in pool.map(run, clients) for one in each)
    p50, p95, p99 = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.95, 0.99))
    mean = sum(taken) / len(taken)
    return [name, f"{p50:.0f}", f"{p95:.0f}", f"{p99:.0f}", f"{len(clients) / mean:.0f}"]
