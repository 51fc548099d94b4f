"""Importing the library opens nothing, reads nothing, and costs no SDK that isn't needed."""

from __future__ import annotations

import subprocess
import sys

from tests.support.templates import ROOT

PROBE = """
import os, pkgutil, importlib, socket, sys

class Environment(dict):
    def __init__(self, real): super().__init__(real); self.asked = set()
    def _note(self, key):
        ours = ("TABLE_", "QUEUE_", "STRIPE_SECRET", "STRIPE_API", "KEY_", "USER_POOL", "POLICY",
                "STAGE", "CLOCK", "FRONT", "BUCKET", "SENDER", "SUPPORT", "PUBLIC", "PHONE")
        if key.startswith(ours):
            self.asked.add(key)
    def __getitem__(self, key): self._note(key); return super().__getitem__(key)
    def get(self, key, default=None): self._note(key); return super().get(key, default)
    def __contains__(self, key): self._note(key); return super().__contains__(key)

def no_socket(*_a, **_k): raise AssertionError("a socket was opened at import")
socket.socket.__init__ = no_socket
os.environ = Environment(os.environ)

import botocore.session
def no_client(*_a, **_k): raise AssertionError("a client was made at import")
botocore.session.Session.create_client = no_client

import keyfob
names = [one.name for one in pkgutil.walk_packages(keyfob.__path__, "keyfob.")]
assert len(names) > 40, names
for name in names:
    importlib.import_module(name)
assert not os.environ.asked, os.environ.asked
print(len(names))
"""

PURE = """
import importlib, pkgutil, sys
import keyfob.domain
names = [one.name for one in pkgutil.walk_packages(keyfob.domain.__path__, "keyfob.domain.")]
assert len(names) > 40, names
for name in names:
    importlib.import_module(name)
heavy = {"boto3", "botocore", "pynamodb", "stripe", "pydantic", "aws_lambda_powertools", "jinja2"}
heavy.add("zxcvbn")  # only who sets a password waits for its word lists
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT / "layers/keyfob/python"), "PATH": ""}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_any_module_opens_no_socket_makes_no_client_and_reads_no_setting() -> None:
    done = run(PROBE)
    assert done.returncode == 0, done.stderr


def test_decisions_know_neither_aws_nor_stripe_nor_a_framework() -> None:
    done = run(PURE)
    assert done.returncode == 0, done.stderr
