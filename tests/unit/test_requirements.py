"""The locked packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LOCKS = sorted((Path(__file__).parents[2] / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_with_hashes_and_without_an_address_S53(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    packages = [one for one in re.split(r"(?m)^(?=[a-z0-9])", text) if re.match("[a-z0-9]", one)]
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==\S", package), package
        assert "--hash=sha256:" in package, package
    assert "://" not in text
    assert "index-url" not in text
