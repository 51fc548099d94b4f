"""`make bench`: what importing costs, and what requests take through the local stack."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.client import Person
from local.progress import say, step
from local.seed import seed
from local.stack import Stack, local_stack
from tests.support.people import PERMANENT, person

ROOT = Path(__file__).parent.parent.parent
_ROUNDS = 7
_REQUESTS = 200
_BARE = (
    "import botocore.session as s; "
    "s.get_session().create_client('dynamodb', region_name='eu-central-1'); "
    "from aws_lambda_powertools import Logger; Logger(service='x')"
)
FUNCTIONS = (
    "session",
    "webstore",
    "stripe_webhook",
    "payment_worker",
    "outbox_relay",
    "notifier",
    "effects_worker",
    "lifecycle_sweep",
    "lifecycle_worker",
    "audit_heads",
    "token_import",
    "operations",
)


def imports() -> None:
    """Each function's import against the bare client and logger, in turn, the median of rounds."""
    say("\nImport of a function, .pyc warm, beside a botocore DynamoDB client + Powertools Logger")
    programs = {"(bare client + logger)": _BARE}
    programs |= {name: f"import {name}.app" for name in FUNCTIONS}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    with step("Importing each in turn"):
        for _ in range(_ROUNDS + 1):
            for name, program in programs.items():
                taken[name].append(_import_seconds(program))
    bare = statistics.median(taken["(bare client + logger)"][1:])
    for name, seconds in taken.items():
        median = statistics.median(seconds[1:])
        say(f"  {name:<24} {median * 1000:6.0f} ms   {median / bare:4.2f} x")


def _import_seconds(program: str) -> float:
    timed = f"import time; t = time.perf_counter(); {program}; print(time.perf_counter() - t)"
    environment = {
        "PYTHONPATH": f"{ROOT}/layers/keyfob/python:{ROOT}/functions",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "STAGE": "bench",
    }
    done = subprocess.run(
        [sys.executable, "-c", timed], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def requests_through(stack: Stack) -> None:
    """Latencies and throughput of the usual requests, one at a time and eight at once."""
    say("\nRequests through the local stack (API, function, tables), milliseconds")
    say(f"  {'':<32} {'p50':>6} {'p95':>6} {'p99':>6} {'a second':>9}")
    ada = person(stack)

    def sign_in() -> None:
        Person(ada.url, ada.user_id, headers=ada.headers).sign_in(PERMANENT)

    kinds: dict[str, Callable[[], object]] = {
        "GET /partners (public)": lambda: ada.expect(200, "GET", "/partners"),
        "GET /session": lambda: ada.expect(200, "GET", "/session"),
        "POST /orders": ada.order,
    }
    for name, request in kinds.items():
        for concurrency in (1, 8):
            _measure(f"{name}, {concurrency} at once", request, concurrency)
    _measure("POST /session, 1 at once", sign_in, 1)


def _measure(name: str, request: Callable[[], object], concurrency: int) -> None:
    def timed(_number: int) -> float:
        began = time.perf_counter()
        request()
        return (time.perf_counter() - began) * 1000

    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(timed, range(concurrency * 3)))  # every worker warm
        began = time.perf_counter()
        taken = sorted(pool.map(timed, range(_REQUESTS)))
        seconds = time.perf_counter() - began
    p50, p95, p99 = (taken[int(len(taken) * share)] for share in (0.5, 0.95, 0.99))
    say(f"  {name:<32} {p50:6.0f} {p95:6.0f} {p99:6.0f} {_REQUESTS / seconds:9.0f}")


def main() -> None:
    """Measure and print."""
    imports()
    with local_stack() as stack:
        seed(stack)
        requests_through(stack)


if __name__ == "__main__":
    main()
