"""Our background processes: detached from the terminal, identified by id and start time.

A process id alone may have been reassigned since it was recorded, so the start time is compared
before every signal.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_POLL = 0.05
# Kept so that a process started and stopped by the same program is reaped, not left a zombie.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of ours: its id and its start time, as the system reports it."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs (not merely one with the same id)."""
        if self.pid in _children:
            _children[self.pid].poll()
        return _started(self.pid) == self.started

    def stop(self, *, patience: float) -> bool:
        """Ask it to end and wait up to `patience` seconds; false if it had to be killed."""
        if not self._signal(signal.SIGTERM):
            return True
        in_time = self._gone_within(patience)
        # The group is its own (see spawn): its child processes must not outlive it.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if self._gone_within(patience) and self.pid in _children:
            _children.pop(self.pid).wait()
        return in_time

    def _signal(self, number: signal.Signals) -> bool:
        if not self.alive:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:  # it ended between the look and the signal
            return False
        return True

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True


def spawn(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> Process:
    """Start `command` in its own session (Ctrl-C in the terminal doesn't reach it)."""
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - our own programs with our own arguments
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    return Process(pid=child.pid, started=_started(child.pid) or "never")


def _started(pid: int) -> str | None:
    """When the process with this id started; None if there is none or only its zombie."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _started_by_ps(pid)
    try:
        # The name in parentheses may contain anything; the fields behind it are regular.
        fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, start = fields[0], fields[19]
    return None if state in "ZX" else f"{_boot()}:{start}"


def _boot() -> str:
    """The boot's id: start times in /proc count from the boot and mean nothing without it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(  # noqa: S603 - a number is all that varies
        ["ps", "-o", "state=,lstart=", "-p", str(pid)],  # noqa: S607 - found on PATH on any Unix
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout.strip()
    state, _, start = answer.partition(" ")
    return None if not answer or state.startswith("Z") else start.strip()
