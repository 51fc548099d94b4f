"""The way through everything: the demo, on a stack of its own, for it moves the clock by years."""

from __future__ import annotations

from local.demo import play
from local.narrator import Narrator
from local.seed import seed
from local.stack import local_stack


def test_the_demo_plays_to_its_end() -> None:
    """Every function by its own role; whatever ends differently than it must raises."""
    tell = Narrator()
    with local_stack() as stack:
        seed(stack)
        play(stack, tell)
    assert tell.checks > 100
