"""The demo on a stack of its own, whose clock it moves by years; `tests/service` plays it, too."""

from __future__ import annotations

import pytest

from local.demo import play
from local.narrator import Narrator
from local.seed import seed
from local.stack import local_stack


@pytest.mark.long
def test_the_demo_plays_to_its_end() -> None:
    """Every function has its own role; every result that differs from the expected one raises."""
    tell = Narrator()
    with local_stack(front=True) as stack:
        seed(stack)
        play(stack, tell)
    assert tell.checks > 100
