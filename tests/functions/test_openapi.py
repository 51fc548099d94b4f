"""The OpenAPI document that clients are written against."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_document_kept_is_the_one_the_handlers_give() -> None:
    """A fresh process, as `make openapi` runs it: other tests import the handlers with settings."""
    generated = subprocess.run(
        [sys.executable, "-m", "local.openapi"],
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT}/layers/keyfob/python:{ROOT}/functions",
            "AWS_DEFAULT_REGION": "eu-central-1",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert generated == kept, "docs/openapi.json is stale: run `make openapi`"
