"""Processes are identified by id and start time, and no other process is ever signaled."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local.processes import Process, spawn

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("no", flush=True)
time.sleep(60)
"""
WITH_A_CHILD = """
import subprocess, sys
child = "import time; print('hello', flush=True); time.sleep(60)"
subprocess.run([sys.executable, "-c", child])
"""


def run(code: str, folder: Path) -> Process:
    return spawn([sys.executable, "-c", code], env={}, cwd=folder, log=folder / "log")


def await_words(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while not (folder / "log").read_bytes():
        assert time.monotonic() < deadline, "the process said nothing"
        time.sleep(0.02)


def test_a_process_is_alive_until_it_is_stopped(tmp_path: Path) -> None:
    process = run("import time; time.sleep(60)", tmp_path)
    assert process.alive
    assert process.stop(patience=30)
    assert not process.alive


def test_a_process_with_the_same_id_but_another_start_is_not_ours(tmp_path: Path) -> None:
    process = run("import time; time.sleep(60)", tmp_path)
    stranger = replace(process, started="some other time")
    assert not stranger.alive
    assert stranger.stop(patience=1)
    assert process.alive, "a stranger was signaled"
    process.stop(patience=30)


def test_a_process_that_will_not_end_is_killed_and_this_is_told(tmp_path: Path) -> None:
    process = run(STUBBORN, tmp_path)
    await_words(tmp_path)
    assert not process.stop(patience=0.2)
    assert not process.alive


def test_the_children_of_a_process_do_not_outlive_it(tmp_path: Path) -> None:
    process = run(WITH_A_CHILD, tmp_path)
    await_words(tmp_path)
    process.stop(patience=30)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("its child is still there")


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    process = run("", tmp_path)
    assert process.stop(patience=30)
    assert process.stop(patience=30)
