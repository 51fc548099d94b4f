"""INIT of the hot path in AWS's own Lambda emulator, beside a bare function."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import requests

from local.progress import say, step
from tests.bench.figures import milliseconds, share, table
from tests.bench.imports import BARE
from tests.support.canned import ENVIRONMENT, elevation_event
from tests.support.templates import ROOT

_ROUNDS = 15
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")
_HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def measure() -> None:
    """Start both in turn; print the INIT times that the emulator reports."""
    emulator = _emulator()
    if emulator is None:
        say("\nINIT is left out: AWS's Lambda emulator for this machine is not in .venv-sam.")
        return
    with TemporaryDirectory() as place:
        bare = Path(place) / "bare.py"
        bare.write_text(BARE.replace("; ", "\n") + _HANDLER)
        taken: dict[str, list[float]] = {"bare.handler": [], "elevation.app.handler": []}
        with step("Starting functions in AWS's Lambda emulator in turn"):
            for _ in range(_ROUNDS + 1):
                for handler, seconds in taken.items():
                    seconds.append(_init_seconds(emulator, handler, Path(place)))
    reference = median(taken["bare.handler"][1:])
    rows = [
        [f"`{name}`", milliseconds(median(one[1:])), share(median(one[1:]), reference)]
        for name, one in taken.items()
    ]
    table("INIT in AWS's Lambda emulator", ["handler", "median", "to bare"], rows)


def _emulator() -> Path | None:
    kind = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    places = f".venv-sam/lib/*/site-packages/samcli/local/rapid/aws-lambda-rie-{kind}"
    found = next(iter(ROOT.glob(places)), None)
    return found if sys.platform == "linux" else None


def _init_seconds(emulator: Path, handler: str, place: Path) -> float:
    port, log = _free_port(), place / "log"
    environment = {
        **ENVIRONMENT,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/layers/keyfob/python:{ROOT}/functions:{place}",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
        "LAMBDA_TASK_ROOT": str(place),
    }
    command = [
        str(emulator),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{_free_port()}",
        sys.executable,
        "-m",
        "awslambdaric",
        handler,
    ]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=place, stdout=output, stderr=output
        )
        try:
            _invoke(port)
        finally:
            process.terminate()
            process.wait()
    found = _INIT.search(log.read_text())
    if not found:
        raise RuntimeError(f"the emulator told of no INIT:\n{log.read_text()}")
    return float(found[1]) / 1000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _invoke(port: int) -> None:
    """The first invocation starts INIT; it takes the emulator a moment to listen."""
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    event = json.dumps(elevation_event("nobody", ""))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with suppress(requests.ConnectionError):
            requests.post(url, data=event, timeout=30).raise_for_status()
            return
        time.sleep(0.02)
    raise RuntimeError("the Lambda emulator does not answer")
