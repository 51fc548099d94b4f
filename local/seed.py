"""The demo data: a readable file, loaded by an operator's function."""

from pathlib import Path
from typing import Any

import yaml

from local.deploy import ARTIFACTS
from local.services import ROOT
from local.stack import FunctionFailed, Stack

SEED = ROOT / "local" / "seed.yaml"
# Stored in the emulator, not beside it: it comes and goes with the demo data.
_MARK = "seeded"


def content(path: Path = SEED) -> dict[str, Any]:
    """The demo data in the file."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def seed(stack: Stack) -> Any:
    """Load the demo data through the operations function and return its answer.

    Raises:
        FunctionFailed: it was refused.
    """
    answer = stack.invoke("OperationsFunction", {"operation": "seed", **content()})
    if "error" in answer:
        raise FunctionFailed(f"the demo data was refused: {answer}")
    return answer


def seed_once(stack: Stack) -> bool:
    """Load the demo data unless it is loaded already; returns whether it did."""
    s3 = stack.client("s3")
    if s3.list_objects_v2(Bucket=ARTIFACTS, Prefix=_MARK)["KeyCount"]:
        return False
    seed(stack)
    s3.put_object(Bucket=ARTIFACTS, Key=_MARK, Body=b"")
    return True
