"""Handlers with their real wiring; no socket is opened here either."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_socket import disable_socket

from tests.support.deployment import _deployed

__all__ = ["_deployed"]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ignore the metrics library's warning about a request that counts nothing."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.filterwarnings("ignore:No application metrics"))


@pytest.fixture(scope="module", autouse=True)
def _handlers(_deployed: None) -> None:
    """Runs before a module's shared fixtures: one of them may be the first to call a handler."""


@pytest.fixture(autouse=True)
def _no_socket() -> None:
    disable_socket(allow_unix_socket=True)
