"""The local stack: the AWS emulator and the front, started, deployed to and stopped together.

    with local_stack() as stack:
        stack.invoke("OperationsFunction", {"operation": "seed"})

`python -m local.stack --state DIR` shows whether the stack in a directory runs.
"""

import argparse
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from signal import SIG_IGN, SIGHUP, SIGINT, SIGTERM, Signals
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, NoReturn

import boto3
from botocore.config import Config

from local.clock import LocalClock
from local.deploy import Deployer, Deployment
from local.operators import Operator, operator
from local.progress import say, step
from local.record import Record, fresh, load, with_free_ports
from local.services import (
    REGION,
    ROOT,
    await_emulator,
    await_front,
    make,
    spawn_emulator,
    spawn_front,
)

TEMPLATE = ROOT / "template.yaml"
_DIRECT = Config(connect_timeout=3, read_timeout=70, retries={"total_max_attempts": 2}, proxies={})
# One try, as in the functions: a repeated request would be counted twice.
_ONCE = _DIRECT.merge(Config(retries={"total_max_attempts": 1}))
# Services that the front plays, below these paths.
_PLAYED = {"sesv2": "/_ses", "pinpoint-sms-voice-v2": "/_sms"}
# Thousandths of a dollar for a text and a call. US and CA: mobile numbers look like others; DE and
# GB: they don't.
PHONE_PRICES = {"US": [8, 14], "CA": [8, 14], "DE": [98, 16], "GB": [45, 13]}
# Calls need a sender; this number rings nowhere.
PHONE_SENDER = "+12025550100"
# The emulator saves its state in well under a second; a busy machine gets much more.
_PATIENCE = 30.0


class FunctionFailed(Exception):
    """A function raised instead of answering; the message is its own error."""


class Stack:
    """A running local stack, as programs use it."""

    def __init__(self, state: Path, record: Record) -> None:
        """Connect to the stack stored in `state` and described by `record`."""
        self.state = state
        self.record = record
        self.url = record.url
        self.emulator_url = record.emulator_url
        self.clock = LocalClock(state / "clock-offset")
        self.outputs: dict[str, str] = {}
        self._session = boto3.Session("test", "test", region_name=REGION)
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    def client(self, service: str) -> Any:
        """A boto3 client for this emulator, as the account's root; cached."""
        played = _PLAYED.get(service)
        with self._making:  # creating clients is not thread-safe, using them is
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,  # type: ignore[call-overload]  # any service, not a literal
                    endpoint_url=f"{self.url}{played}" if played else self.emulator_url,
                    config=_ONCE if played else _DIRECT,
                )
            return self._clients[service]

    def deploy(self, template: Path = TEMPLATE, *, front: bool = False) -> Deployment:
        """Bring the deployed template up to date; raises DeploymentFailed with the reasons.

        With `front` the API refuses requests that don't come through the local front.
        """
        deployer = Deployer(cloudformation=self.client("cloudformation"), s3=self.client("s3"))
        deployed = deployer.deploy(
            template,
            parameters=self._parameters(front=front),
            api_id=self.record.api_id,
        )
        self.outputs = deployed.outputs
        if deployed.action != "unchanged":
            self._set_secrets()
        return deployed

    def invoke(self, output: str, payload: dict[str, Any]) -> Any:
        """Call the function that the stack's output `output` names and return its answer.

        Raises FunctionFailed if the function raised.
        """
        answer = self.client("lambda").invoke(
            FunctionName=self.outputs[output], Payload=json.dumps(payload)
        )
        content = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise FunctionFailed(f"{output}: {json.dumps(content, indent=2)}")
        return content

    def operator(self, name: str) -> Operator:
        """A person of this name at the operators' API, in a session of the operators' role."""
        return operator(self, name)

    def _parameters(self, *, front: bool) -> dict[str, str]:
        return {
            "Stage": "local",
            "ClockFile": str(self.state / "clock-offset"),
            "PublicUrl": self.url,
            "StripeApiBase": f"{self.url}/_stripe",
            "BureauUrl": f"{self.url}/_bureau",
            "RoomsUrl": f"{self.url}/_rooms",
            "LetterProvider": "arn:aws:iam::000000000000:role/local-letter-provider",
            "AllowPlainKeyFiles": "true",
            "PhonePrices": json.dumps(PHONE_PRICES),
            "PhoneSender": PHONE_SENDER,
            "HasFront": "true" if front else "false",
        }

    def _set_secrets(self) -> None:
        stripe = {
            "api_key": self.record.stripe_key,
            "webhook_secrets": [self.record.webhook_secret],
        }
        front = {"current": self.record.front_secret}
        client = {"client_id": "keyfob", "client_secret": self.record.stripe_key}
        secrets = {
            "StripeSecretName": stripe,
            "FrontSecretName": front,
            "BureauSecretName": client,
            "RoomsSecretName": client,
        }
        for output, value in secrets.items():
            self.client("secretsmanager").put_secret_value(
                SecretId=self.outputs[output], SecretString=json.dumps(value)
            )


def start(state: Path, *, keep: bool, front_port: int | None = None) -> Stack:
    """Start both processes, or continue with the running ones; raises StartFailed.

    With `keep` the data outlives the processes. `front_port` is a wish, for a new stack only.
    """
    state = state.resolve()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    (state / "logs").mkdir(exist_ok=True)
    record = load(state)
    if record and record.running:
        return Stack(state, record)
    stop(state)  # one of the two may be left
    record = with_free_ports(record) if record else fresh(front_port=front_port)
    try:
        return Stack(state, _start(record, state, keep=keep))
    except BaseException:  # half a stack is of no use, whatever ended the start
        stop(state)
        raise


def _start(record: Record, state: Path, *, keep: bool) -> Record:
    """Record each process before waiting for it, so that it can always be stopped."""
    with step("Starting the AWS emulator"):
        record = replace(record, emulator=spawn_emulator(record, state, keep=keep), front=None)
        record.save(state)
        await_emulator(record, state)
    with step("Starting the front"):
        record = replace(record, front=spawn_front(record, state))
        record.save(state)
        await_front(record, state)
    return record


def stop(state: Path) -> list[str]:
    """Stop the processes of the stack in `state`; returns the names of those that ran."""
    record = load(state.resolve())
    running = record.processes if record else {}
    for name, process in running.items():
        with step(f"Stopping the {name}"):
            in_time = process.stop(patience=_PATIENCE)
        if not in_time:
            say(f"WARNING: the {name} did not end in {_PATIENCE:.0f} s and was killed;")
            say("         what changed since its last clean stop may be lost.")
    return list(running)


@contextmanager
def local_stack(
    state: Path | None = None, *, template: Path = TEMPLATE, front: bool = False
) -> Iterator[Stack]:
    """A deployed stack for the length of a `with` block: tests and the demo use it.

    It lives in `state` or else in a temporary directory that is removed, keeps nothing, and is
    stopped however the block ends, SIGINT, SIGTERM and SIGHUP included. SIGINT counts even if it
    was ignored at the start, as in a shell's background jobs; SIGHUP doesn't, as nohup wants it.
    Only with `front` does the API insist on its front: tests choose their network address.
    """
    scratch = nullcontext(str(state)) if state else TemporaryDirectory(prefix="keyfob-")
    with heeding_signals(), scratch as folder:
        try:
            stack = start(Path(folder), keep=False)
            with step("Deploying the template"):
                stack.deploy(template, front=front)
            yield stack
        finally:
            with _signals(SIG_IGN, SIGINT, SIGTERM, SIGHUP):
                stop(Path(folder))


@contextmanager
def heeding_signals() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into an interruption; SIGHUP only if it isn't ignored."""
    ignored = signal.getsignal(SIGHUP) is SIG_IGN
    with _signals(_interrupt, SIGINT, SIGTERM, *([] if ignored else [SIGHUP])):
        yield


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _signals(handler: Any, *numbers: Signals) -> Iterator[None]:
    """Handle these signals for a while; only in the main thread, as others can't and needn't."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def main() -> int:
    """Show what runs; exits with 1 unless the whole stack is running."""
    parser = argparse.ArgumentParser(prog="python -m local.stack", description=main.__doc__)
    parser.add_argument("--state", type=Path, default=ROOT / ".local")
    state = parser.parse_args().state
    record = load(state)
    for name, process in record.processes.items() if record else ():
        say(f"{name} runs (process {process.pid})")
    if record and record.running:
        say(f"The stack is at {record.url}")
        return 0
    say(f"The stack is not running. {make('up', state)} starts it.")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
