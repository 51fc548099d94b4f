"""Imports and clients of the function that verifies codes, in a fresh process (no timings)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.canned import ENVIRONMENT
from tests.support.templates import ROOT

BARE = """
import sys, json
import botocore.session
botocore.session.get_session().create_client("dynamodb")
from aws_lambda_powertools import Logger
Logger(service="bare")
print(json.dumps({"modules": sorted(sys.modules)}))
"""

PROGRAM = """
import gc, json, sys
import botocore.session
opened, create = [], botocore.session.Session.create_client
def note(self, service, *a, **k):
    opened.append((service, id(self)))
    return create(self, service, *a, **k)
botocore.session.Session.create_client = note

import elevation.app
report = {
    "modules": sorted(sys.modules),
    "collects": gc.isenabled(),
    "frozen": gc.get_freeze_count(),
    "opened": [service for service, _ in opened],
    "sessions": len({session for _, session in opened}),
}

from elevation import wiring
from tests.support.canned import Holder, Network, elevation_event
from tests.support.context import Context
before = len(opened)
holder = Holder()
network = Network(holder)
network.connect(wiring.runtime().database._client)
network.connect(wiring.verification()._checks["token"]._seeds._keys._client)
def status(code):
    event = elevation_event(holder.token, code)
    return elevation.app.handler(event, Context())["statusCode"]
report["statuses"] = [status(holder.right()), status(holder.wrong())]
report["opened later"] = len(opened) - before
report["modules at last"] = sorted(sys.modules)
print(json.dumps(report))
"""

HEAVY = (
    "boto3",
    "pydantic",
    "stripe",
    "jinja2",
    "pskc",
    "defusedxml",
    "requests",
    "aws_lambda_powertools.event_handler",
    "keyfob.http.resolver",
    "keyfob.http.openapi",
    "keyfob.domain.orders.order",
    "keyfob.domain.orders.product",
    "keyfob.storage.orders.store",
    "keyfob.domain.directory.account",
    "keyfob.storage.directory.store",
    "keyfob.storage.inventory.store",
    "phonenumbers",
    "keyfob.domain.phones.number",
    "keyfob.usecases.phones.sending",
    "keyfob.domain.phones.wording",
    "keyfob.usecases.sessions.sign_in",
)


def run(program: str, **more: str) -> dict[str, Any]:
    path = (ROOT / "layers/keyfob/python", ROOT / "functions", ROOT)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**ENVIRONMENT, **more, "PYTHONPATH": ":".join(map(str, path)), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return run(PROGRAM)


def test_it_answers_in_a_process_of_its_own(report: dict[str, Any]) -> None:
    assert report["statuses"] == [201, 403]


@pytest.mark.parametrize("module", HEAVY)
def test_an_unneeded_module_is_never_imported(report: dict[str, Any], module: str) -> None:
    names = {*report["modules"], *report["modules at last"]}
    assert not [name for name in names if name == module or name.startswith(f"{module}.")]


def test_it_imports_few_modules_beyond_a_bare_client_and_the_logger(
    report: dict[str, Any],
) -> None:
    extra = set(report["modules"]) - set(run(BARE)["modules"])
    ours = {name for name in extra if name.partition(".")[0] in {"keyfob", "elevation"}}
    assert len(ours) <= 89, sorted(ours)
    assert len(extra) <= 147, sorted(extra - ours)


def test_both_clients_open_in_init_on_one_session(report: dict[str, Any]) -> None:
    assert report["opened"] == ["dynamodb", "kms"]
    assert report["sessions"] == 1
    assert report["opened later"] == 0


def test_with_a_front_its_secrets_client_opens_in_init_too_S63() -> None:
    init = PROGRAM.partition("from elevation import wiring")[0]
    report = run(f"{init}print(json.dumps(report))", FRONT_SECRET="front")
    assert report["opened"] == ["dynamodb", "kms", "secretsmanager"]


def test_objects_made_in_init_are_exempt_from_later_collections(report: dict[str, Any]) -> None:
    assert report["collects"]
    assert report["frozen"] > 10_000
