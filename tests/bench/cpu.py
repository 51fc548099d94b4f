"""The hot path's own processor time a request: everything but botocore and PynamoDB.

Run in a process of its own: `python -m tests.bench.cpu`. The network answers from memory, what
botocore and PynamoDB take is measured where our code calls them and subtracted, and the floor
stands beside it: the HMACs of the window and opening the seed, nothing else.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from statistics import median
from typing import Any

from local.progress import step
from tests.bench.figures import table
from tests.support.canned import ENVIRONMENT, Holder, Network, elevation_event
from tests.support.context import Context
from tests.support.templates import ROOT

_WARM = 50
_CALLS = 600


def measure() -> None:
    """Measure in a fresh process and print."""
    with step("Verifying codes with the network answering from memory"):
        path = f"{ROOT}/layers/keyfob/python:{ROOT}/functions:{ROOT}"
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.cpu"],
            env={**ENVIRONMENT, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
    rows = [
        [name, *(f"{figures[part]:.0f} µs" for part in ("all", "sdk", "own", "quiet", "floor"))]
        for name, figures in json.loads(done.stdout).items()
    ]
    head = ["a request", "all", "botocore, PynamoDB", "our own", "… undisturbed", "floor"]
    table("Processor time a verification", head, rows)


class Elsewhere:
    """Processor time of calls to other libraries; calls within calls count once."""

    def __init__(self) -> None:
        self.nanoseconds = 0
        self._depth = 0

    def watch(self, owner: Any, name: str) -> None:
        """Measure this function or method from now on."""
        called = getattr(owner, name)

        def watched(*args: Any, **named: Any) -> Any:
            if self._depth:
                return called(*args, **named)
            self._depth = 1
            began = time.perf_counter_ns()
            try:
                return called(*args, **named)
            finally:
                self.nanoseconds += time.perf_counter_ns() - began
                self._depth = 0

        is_class_method = isinstance(owner, type) and getattr(called, "__self__", None) is owner
        setattr(owner, name, staticmethod(watched) if is_class_method else watched)


def _sdk() -> Elsewhere:
    """Botocore's clients, and PynamoDB where it converts rows and requests."""
    from pynamodb.attributes import Attribute, MapAttribute
    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.operand import Path

    from elevation import wiring
    from keyfob.storage.audit.store import AuditRow
    from keyfob.storage.credentials.store import CredentialRow
    from keyfob.storage.rows import Put, Update
    from keyfob.storage.sessions.store import SessionsRow

    sdk = Elsewhere()
    client = wiring.runtime().database._client
    for operation in ("batch_get_item", "get_item", "transact_write_items", "update_item"):
        sdk.watch(client, operation)
    for row in (SessionsRow, CredentialRow):
        sdk.watch(row, "from_raw_data")
        sdk.watch(row, "get_operation_kwargs_from_class")
    sdk.watch(AuditRow, "__init__")
    for write in (Put, Update):
        sdk.watch(write, "request")
    for operand in (Path, Attribute, MapAttribute):
        for name in ("set", "__eq__", "__getitem__"):
            sdk.watch(operand, name)
    sdk.watch(Condition, "__and__")
    return sdk


def _per_call(work: Callable[[], object], sdk: Elsewhere) -> dict[str, float]:
    """Microseconds a call: medians, and for our own code also the tenth percentile.

    On a busy machine the latter is nearer to the time of an uninterrupted call.
    """
    for _ in range(_WARM):
        work()
    everything, theirs, own = [], [], []
    for _ in range(_CALLS):
        sdk.nanoseconds = 0
        began = time.perf_counter_ns()
        work()
        taken = time.perf_counter_ns() - began
        everything.append(taken / 1000)
        theirs.append(sdk.nanoseconds / 1000)
        own.append((taken - sdk.nanoseconds) / 1000)
    return {
        "all": median(everything),
        "sdk": median(theirs),
        "own": median(own),
        "quiet": sorted(own)[_CALLS // 10],
    }


def _floor(holder: Holder) -> float:
    """Microseconds for opening the seed and the HMACs of the window."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, sealed = AESGCM(b"k" * 32), holder.sealed.content
    serial = holder.device.serial.encode()
    window = range(10) if holder.device.period is None else range(3)

    def work() -> None:
        secret = key.decrypt(sealed[:12], sealed[12:], serial)
        for factor in window:
            hmac.new(secret, factor.to_bytes(8, "big"), hashlib.sha1).digest()

    return _per_call(work, Elsewhere())["all"]


def _figures() -> dict[str, dict[str, float]]:
    import elevation.app
    from elevation import wiring

    floors: dict[str, float] = {}
    found: dict[str, dict[str, float]] = {}
    sdk = _sdk()
    for name, period in (("time-based", 60), ("event-based", None)):
        holder = Holder(period=period)
        floors[name] = _floor(holder)
        network = Network(holder)
        for client in (
            wiring.runtime().database._client,
            wiring.verification()._checks["token"]._seeds._keys._client,  # type: ignore[attr-defined]
        ):
            client.meta.events.unregister("before-send", unique_id="network")
            network.connect(client)
        for kind, code, status in (("right", holder.right, 201), ("wrong", holder.wrong, 403)):
            # Valid for longer than the run: the window has the codes beside the present one, too.
            event = elevation_event(holder.token, code())

            def send(event: dict[str, Any] = event, status: int = status) -> None:
                answer = elevation.app.handler(event, Context())
                assert answer["statusCode"] == status, answer

            found[f"{kind} code, {name}"] = _per_call(send, sdk) | {"floor": floors[name]}
    return found


if __name__ == "__main__":
    with redirect_stdout(io.StringIO()):
        measured = _figures()
    print(json.dumps(measured))
