"""The clock's functions in a process of their own, with the settings of the deployed ones.

Run by `tests.bench.clock` as `python -m tests.bench.clock_work JOB`: arguments come as JSON on
stdin, figures go as JSON to stdout. The functions' own output is discarded.

Tests' doubles are imported where they are used: the memory of a sweep is the function's own.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from keyfob.gateways import aws
from local.clock import LocalClock
from tests.support.context import Context
from tests.support.tally import Tally

ROWS = 100  # of a sweep whose price is counted


class Countdown(Context):
    """An invocation that has so many seconds, as Lambda gives them."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


def sweep(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Sweep until nothing is left, or `once`; each run has a function's time."""
    handler, client = _opened("lifecycle_sweep")
    tally, runs, queued = Tally(), 0, 0
    tally.watch(client)
    began = time.perf_counter()
    while True:
        report = handler({}, Countdown(arguments["seconds"]))
        runs, queued = runs + 1, queued + report["queued"]
        if report["finished"] or arguments["once"]:
            break
    return {
        "seconds": time.perf_counter() - began,
        "runs": runs,
        "queued": queued,
        "queries": tally.calls["Query"],
        "items": tally.items,
        "writes": tally.calls["UpdateItem"],
        "held": tally.held,
        "memory": _peak(),
    }


def work(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """One worker processes these one after the other."""
    from tests.support.deployment import failed, for_worker

    handler, _ = _opened(arguments["function"])
    taken, said, processor = [], io.StringIO(), time.process_time()
    with redirect_stdout(said):
        for due in arguments["due"]:
            event = for_worker("due_order", {"due": due})
            began = time.perf_counter()
            answer = handler(event, Context())
            taken.append(time.perf_counter() - began)
            if failed(answer):
                raise RuntimeError(due)
    return {
        "p50": median(taken),
        "rate": len(taken) / sum(taken),
        "processor": (time.process_time() - processor) / len(taken),
        "said": len(said.getvalue()) / len(taken),
    }


def costs(_arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The charges of each thing, and the size of a credential in the due index."""
    from tests.support.clock_costs import TOLD, ClockCosts
    from tests.support.dynamodb import Client, Engine, answer_clients_of
    from tests.support.masses import stored
    from tests.support.templates import create_tables
    from tests.support.units import size_of

    # In memory: the emulator doesn't report all of these charges.
    engine = Engine()
    answer_clients_of(aws._session(), engine)
    create_tables(Client(engine), lambda name: os.environ.get(f"TABLE_{name.upper()}", name))
    look: Any = Client(engine)
    counted = ClockCosts(os.environ, look, LocalClock(Path(os.environ["CLOCK_FILE"])).now)
    charged = {f"due {stage}": counted.due(stage) for stage in (*TOLD, "moot")}
    charged |= {f"mail {stage}": counted.mail(stage) for stage in TOLD}
    charged["mail at night"] = counted.mail("reminder", by_night=True)
    charged["sweep, nothing due"] = counted.sweep(0)
    charged[f"sweep, {ROWS} due"] = counted.sweep(ROWS)
    now = datetime.now(UTC)
    [key] = stored(1, due=1, at=now, later=now, whole=False)
    return {
        "charged": {name: vars(one) for name, one in charged.items()},
        "entry": size_of(key),
    }


def _opened(function: str) -> tuple[Any, Any]:
    """A function's handler, and the DynamoDB client that it uses."""
    handler = importlib.import_module(f"{function}.app").handler
    database = importlib.import_module(f"{function}.wiring").runtime().database
    return handler, database._client


def _peak() -> int:
    """Peak memory in KiB. Not `ru_maxrss`, which starts at the parent process's value."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1])


JOBS = {"sweep": sweep, "work": work, "costs": costs}


if __name__ == "__main__":
    with redirect_stdout(io.StringIO()):
        figures = JOBS[sys.argv[1]](json.loads(sys.stdin.read()))
    print(json.dumps(figures))
