"""Key files dropped at once (G1, S16, S18, S42)."""

from __future__ import annotations

import json
import secrets
from functools import partial
from typing import Any

from local.device import Device, key_file
from local.key_files import drop
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.rows import Rows

ROUNDS = effort(1, 5)
TOKENS = effort(8, 30)


def report(stack: Stack, name: str, content: str) -> dict[str, Any]:
    """Drop the file; returns its report."""
    drop(stack, name, content.encode(), seconds=90)
    bucket, key = stack.outputs["KeyFilesBucket"], f"reports/{name}.report.json"
    found = stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    report: dict[str, Any] = json.loads(found)
    return report


def test_one_of_two_files_with_one_serial_and_two_secrets_is_taken_G1_S18(
    stack: Stack, rows: Rows
) -> None:
    for number in range(ROUNDS):
        prefix = f"RIVAL-{number}"
        files = [
            [
                Device(f"{prefix}-SAME", stack.clock.now, secret=secrets.token_bytes(20)),
                Device(f"{prefix}-{side}", stack.clock.now),
            ]
            for side in "AB"
        ]
        reports = at_once(
            [
                partial(report, stack, f"{prefix}-{side}.csv", key_file(*devices))
                for side, devices in zip("AB", files, strict=True)
            ]
        )
        outcomes = sorted(one["outcome"] for one in reports)
        assert outcomes == ["imported", "refused"], reports
        winner = next(one for one in reports if one["outcome"] == "imported")
        token = rows.token(f"{prefix}-SAME")
        assert token["batch"].partition("#")[0] == winner["batch"]


def test_one_file_dropped_under_two_names_at_once_is_one_batch_G1_S42(stack: Stack) -> None:
    for number in range(ROUNDS):
        devices = [Device(f"TWIN-{number}-{one}", stack.clock.now) for one in range(TOKENS)]
        content = key_file(*devices)
        names = [f"twin-{number}-{side}.csv" for side in "ab"]
        reports = at_once([partial(report, stack, name, content) for name in names])
        assert {one["batch"] for one in reports} == {reports[0]["batch"]}
        assert {one["outcome"] for one in reports} <= {"imported", "already_imported"}
        assert max(one["added"] for one in reports) <= TOKENS
