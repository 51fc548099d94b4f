"""The import of a large key file: time and memory of the function, the emulator's not counted.

The handler runs in a process of its own with the settings of the deployed function, against the
tables and keys of the local stack.
"""

from __future__ import annotations

import io
import json
import secrets
import subprocess
import sys
from typing import Any

from pskc import PSKC

from local.device import Device, key_file
from local.progress import step
from local.services import REGION
from local.stack import Stack, local_stack
from tests.bench.figures import table
from tests.support.templates import ROOT

TOKENS = 100_000
_PASSWORD = "a password for this batch"
_TOTP = "urn:ietf:params:xml:ns:keyprov:pskc:totp"
_PROGRAM = """
import json, resource, sys, time
from token_import.app import handler
from tests.support.context import Context
began = time.perf_counter()
answer = handler(json.loads(sys.stdin.read()), Context())
used = resource.getrusage(resource.RUSAGE_SELF)
# Not `ru_maxrss`: it begins with what the process had that started this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"wall": time.perf_counter() - began, "cpu": used.ru_utime + used.ru_stime,
                  "memory": int(peak.split()[1]), "answer": answer}))
"""


def measure(count: int = TOKENS) -> None:
    """A table, and a container encrypted under a password."""
    with step(f"Writing two key files with {count:,} tokens each"):
        files = {"bench/tokens.csv": _csv(count), "bench/tokens.xml": _pskc(count)}
    rows = []
    with local_stack() as stack:
        stack.client("secretsmanager").put_secret_value(
            SecretId=stack.outputs["KeyFilesSecretName"],
            SecretString=json.dumps({"bench/tokens.xml": {"password": _PASSWORD}}),
        )
        for name, content in files.items():
            with step(f"Importing {name}"):
                found = _imported(stack, name, content)
            rows.append(
                [
                    f"{name.rpartition('.')[2].upper()}, {len(content) / 1e6:.0f} MB",
                    f"{found['wall']:.0f} s",
                    f"{found['cpu']:.0f} s",
                    f"{found['memory'] / 1024:.0f} MiB",
                ]
            )
    head = [f"{count:,} tokens", "time", "processor", "peak memory"]
    table("Import of a key file through the local stack", head, rows)


def _csv(count: int) -> bytes:
    devices = (Device(f"CSV-{number:06d}", _never) for number in range(count))
    return key_file(*devices).encode()


def _pskc(count: int) -> bytes:
    container = PSKC()
    for number in range(count):
        container.add_key(
            id=str(number),
            serial=f"PSKC-{number:06d}",
            algorithm=_TOTP,
            secret=secrets.token_bytes(20),
            response_length=8,
            response_encoding="DECIMAL",
            time_interval=30,
        )
    container.encryption.setup_pbkdf2(_PASSWORD)
    output = io.BytesIO()
    container.write(output)
    return output.getvalue()


def _never() -> Any:
    raise AssertionError("these tokens show no codes")


def _imported(stack: Stack, name: str, content: bytes) -> dict[str, Any]:
    bucket = stack.outputs["KeyFilesBucket"]
    # Not under `incoming/`, where dropping it would start the deployed function.
    put = stack.client("s3").put_object(Bucket=bucket, Key=name, Body=content)
    event = json.loads((ROOT / "events/workers/import_tokens.json").read_text())
    event["detail"]["object"] |= {"key": name, "etag": put["ETag"].strip('"')}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env=_settings(stack),
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if found["answer"]["outcome"] != "imported":
        raise RuntimeError(done.stdout)
    return found


def _settings(stack: Stack) -> dict[str, str]:
    """The deployed function's settings, and the way to the emulator."""
    functions = stack.client("lambda").get_paginator("list_functions").paginate()
    [own] = [
        one["Environment"]["Variables"]
        for page in functions
        for one in page["Functions"]
        if one["Handler"] == "token_import.app.handler"
    ]
    return {
        **own,
        "AWS_ENDPOINT_URL": stack.emulator_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "PYTHONPATH": f"{ROOT}/layers/keyfob/python:{ROOT}/functions:{ROOT}",
    }
