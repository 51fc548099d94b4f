"""The size of each function's code and layers, unpacked (Lambda's limit is 250 MB)."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from local.functions import ROOT, declaration, names

# Lambda's limit is 250 MB (262,144,000 bytes); bytecode of the built layers is counted here, too.
MOST_BYTES = 230 * 1024 * 1024


def pinned(requirements: str) -> list[str]:
    """The packages of a lock, without extras."""
    lock = (ROOT / "requirements" / f"{requirements}.txt").read_text()
    return re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*])?==", lock, re.MULTILINE)


def installed(package: str) -> int:
    """The size of a package where this test runs; arm64's differs by a few per cent."""
    found = importlib.metadata.distribution(package)
    files = found.files or ()
    paths = (Path(str(found.locate_file(one))) for one in files)
    return sum(_with_bytecode(one) for one in paths if "__pycache__" not in one.parts)


def _with_bytecode(path: Path) -> int:
    size = path.stat().st_size if path.is_file() else 0
    # Bytecode is about as large as its source.
    return size * 2 if path.suffix == ".py" else size


def folder(path: Path) -> int:
    return sum(_with_bytecode(one) for one in _files(path))


def _files(path: Path) -> Iterator[Path]:
    return (one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)


@cache
def layer(name: str) -> int:
    return sum(installed(one) for one in pinned(name))


@pytest.mark.parametrize("name", names())
def test_code_and_layers_of_a_function_fit_into_lambda_with_room_to_spare(name: str) -> None:
    ours = folder(ROOT / "functions") + folder(ROOT / "layers/keyfob")
    layers = ["vendor", *declaration(name).layers]
    assert ours + sum(layer(one) for one in layers) <= MOST_BYTES


def test_the_sum_sees_every_package() -> None:
    assert layer("typesetting") > 60 * 1024 * 1024, "the compiler, with its fonts"
    assert layer("vendor") > 40 * 1024 * 1024
    assert {"boto3", "pydantic", "holidays"} <= set(pinned("vendor"))


def test_only_those_who_typeset_mount_the_typesetting() -> None:
    mounting = [one for one in names() if "typesetting" in declaration(one).layers]
    assert mounting == ["document_worker", "letters"]
    reading = [one for one in names() if "pdf" in declaration(one).layers]
    assert reading == ["purchase_orders"]
    assert "typst" not in pinned("vendor")
