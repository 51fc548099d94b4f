"""Tries a mutant: the tests that cover it, in a forked process, with its code in place of ours.

The parent imports what takes long and none of ours; a child imports the mutant and runs pytest.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.mutants.finding import Mutant

_SECONDS = 240
# Exit codes of pytest: tests failed, or could not be imported; our own: pytest did not run.
_FAILED, _BROKEN = (1, 2), 99
# Third-party modules that the tests need.
_HEAVY = (
    "aws_lambda_powertools",
    "botocore.session",
    "cryptography",
    "holidays",
    "hypothesis",
    "jinja2",
    "moto",
    "phonenumbers",
    "pydantic",
    "pynamodb.models",
    "pytest",
    "pytest_socket",
    "samtranslator.yaml_helper",
    "stripe",
)


def warm_up() -> None:
    """Import it, once."""
    for name in _HEAVY:
        importlib.import_module(name)


def killed_by(mutant: Mutant, tests: Sequence[str], log: Path) -> str | None:
    """The first of these tests that fails with the mutant in place; None if all pass."""
    child = os.fork()
    if child == 0:
        os._exit(_in_child(mutant, tests, log))
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return _verdict(os.waitstatus_to_exitcode(status), log)
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "nothing ended in time"


def _in_child(mutant: Mutant, tests: Sequence[str], log: Path) -> int:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.dont_write_bytecode = True
    try:
        _put_in_place(mutant)
        pytest: Any = importlib.import_module("pytest")
        options = [
            "-x",
            "-q",
            "--assert=plain",
            "-rfE",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
        ]
        return int(pytest.main([*options, *tests]))
    except BaseException:  # noqa: BLE001 - a mutant may break anything
        traceback.print_exc()
        return _BROKEN
    finally:
        sys.stdout.flush()


def _put_in_place(mutant: Mutant) -> None:
    if mutant.place:
        from tests.support.templates import template

        function, policy, statement, what = mutant.place
        properties = template("template.yaml")["Resources"][function]["Properties"]
        found = properties["Policies"][policy]["Statement"][statement]
        if what == "Condition":
            del found["Condition"]
        else:
            found["Action"].remove(what)
        return
    loader: Any = importlib.machinery.SourceFileLoader
    path = str(mutant.file)
    get_data, path_stats = loader.get_data, loader.path_stats

    def changed(self: Any, wanted: str) -> bytes:
        return mutant.source.encode() if wanted == path else get_data(self, wanted)

    def stats(self: Any, wanted: str) -> Any:
        # Cached bytecode is not the mutant's.
        return {"mtime": 0, "size": 0} if wanted == path else path_stats(self, wanted)

    loader.get_data, loader.path_stats = changed, stats


def _verdict(status: int, log: Path) -> str | None:
    if status == 0:
        return None
    if status not in _FAILED:
        raise RuntimeError(f"no tests were run: see {log}")
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        for word in ("FAILED ", "ERROR "):
            if line.startswith(word):
                return line.removeprefix(word).split(" - ")[0].strip()
    raise RuntimeError(f"no test is said to have failed: see {log}")
