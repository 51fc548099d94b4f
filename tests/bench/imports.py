"""Each function's import, its client opened as in INIT, beside a bare client and the logger."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from local.progress import step
from tests.bench.figures import milliseconds, share, table
from tests.support.canned import ENVIRONMENT
from tests.support.templates import ROOT, capability, functions

BARE = (
    "import botocore.session as s; s.get_session().create_client('dynamodb'); "
    "from aws_lambda_powertools import Logger; Logger(service='x')"
)
_ROUNDS = 9
_HOT_ROUNDS = 25
_TABLES = (
    "accounts",
    "sessions",
    "credentials",
    "orders",
    "outbox",
    "proofing",
    "letters",
    "audit",
)


def measure() -> None:
    """Compare the hot path with the bare function many times in turn; then measure the others."""
    with step("Importing the hot path and the bare client in turn"):
        hot = _in_turn({"bare": BARE, "elevation": "import elevation.app"}, _HOT_ROUNDS)
    names = sorted(capability(one) for one in functions().values())
    with step("Importing every function in turn"):
        programs = {"bare": BARE} | {name: f"import {name}.app" for name in names}
        taken = _in_turn(programs, _ROUNDS)
    taken |= hot
    medians = {name: _medians(figures) for name, figures in taken.items()}
    bare_wall, bare_cpu = medians["bare"]
    rows = []
    for name, (wall, cpu) in sorted(medians.items(), key=lambda one: one[1]):
        called = "(a bare DynamoDB client and the logger)" if name == "bare" else f"`{name}`"
        rows.append(
            [called, milliseconds(wall), share(wall, bare_wall), share(cpu, bare_cpu)],
        )
    head = ["importing, clients open as in INIT", "median", "to bare", "processor, to bare"]
    table("Imports, .pyc warm, each in a fresh process", head, rows)


def _medians(figures: list[tuple[float, float]]) -> tuple[float, float]:
    return median(wall for wall, _ in figures), median(cpu for _, cpu in figures)


def _in_turn(programs: dict[str, str], rounds: int) -> dict[str, list[tuple[float, float]]]:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(rounds + 1):
        for name, program in programs.items():
            taken[name].append(_seconds(program))
    return {name: figures[1:] for name, figures in taken.items()}  # the first one compiles


def _seconds(program: str) -> tuple[float, float]:
    """Wall and processor time."""
    timed = (
        "import time; w, c = time.perf_counter(), time.process_time(); "
        f"{program}; print(time.perf_counter() - w, time.process_time() - c)"
    )
    tables = {f"TABLE_{name.upper()}": name for name in _TABLES}
    path = f"{ROOT}/layers/keyfob/python:{ROOT}/functions"
    done = subprocess.run(
        [sys.executable, "-c", timed],
        env={**ENVIRONMENT, **tables, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu = map(float, done.stdout.split())
    return wall, cpu
