"""The front as a process of its own."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).parents[3]


def test_the_front_serves_on_its_port_until_it_is_asked_to_end(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "port": port,
        "state": tmp_path,
        "emulator": "http://127.0.0.1:1",
        "api-id": "a1b2c3d4",
        "front-secret": "front-secret",
        "stripe-key": "sk_test_1234567890",
        "webhook-secret": "whsec_0987654321",
    }
    command = [sys.executable, "-m", "local.front"]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as front:
        assert front.stdout is not None
        assert front.stdout.readline().strip() == f"front listens on http://127.0.0.1:{port}"
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=10).ok
        front.send_signal(signal.SIGTERM)
        said, _ = front.communicate(timeout=15)
    assert front.returncode == 0
    assert [line.rpartition(" 200 ")[0] for line in said.splitlines()] == ["GET /"]
