"""The record of a local stack, by which another program finds and stops it."""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from local.processes import Process

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`<state>/stack.json`: ports, secrets and processes of one local stack.

    The secrets are generated for this stack alone and protect nothing beyond this machine.
    """

    emulator_port: int
    front_port: int
    api_id: str
    front_secret: str
    stripe_key: str
    webhook_secret: str
    emulator: Process | None = None
    front: Process | None = None

    @property
    def emulator_url(self) -> str:
        """The AWS emulator's address."""
        return f"http://{HOST}:{self.emulator_port}"

    @property
    def url(self) -> str:
        """The front's address: the only one a person needs."""
        return f"http://{HOST}:{self.front_port}"

    @property
    def processes(self) -> dict[str, Process]:
        """The running processes, in the order in which to stop them."""
        named = {"front": self.front, "emulator": self.emulator}
        return {name: process for name, process in named.items() if process and process.alive}

    @property
    def running(self) -> bool:
        """Whether both processes run."""
        return len(self.processes) == 2

    def save(self, state: Path) -> None:
        """Write the record, readable by its owner only."""
        beside = state / f"stack.json.{os.getpid()}"
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        beside.replace(state / "stack.json")


def load(state: Path) -> Record | None:
    """The record stored in `state`; None if no stack was ever started there."""
    try:
        kept: dict[str, Any] = json.loads((state / "stack.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    for name in ("emulator", "front"):
        kept[name] = Process(**kept[name]) if kept[name] else None
    return Record(**kept)


def fresh(*, front_port: int | None) -> Record:
    """A record for a new stack; the front gets `front_port` if it is free."""
    return Record(
        emulator_port=_free_port(None),
        front_port=_free_port(front_port),
        api_id=secrets.token_hex(4),
        front_secret=secrets.token_urlsafe(24),
        stripe_key=f"sk_test_{secrets.token_hex(16)}",
        webhook_secret=f"whsec_{secrets.token_hex(16)}",
    )


def with_free_ports(record: Record) -> Record:
    """The same stack on its last ports, or on others if these are taken."""
    return replace(
        record,
        emulator_port=_free_port(record.emulator_port),
        front_port=_free_port(record.front_port),
    )


def _free_port(preferred: int | None) -> int:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred or 0))
        except OSError:
            return _free_port(None)
        port: int = probe.getsockname()[1]
        return port
