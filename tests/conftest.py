"""Fixtures of every suite. The local stack is started once, when the first test asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.seed import seed
from local.stack import Stack, local_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The deployed template with the demo data, on this machine, gone afterwards."""
    with local_stack() as running:
        seed(running)
        yield running
