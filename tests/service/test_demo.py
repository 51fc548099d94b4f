"""The demo's story, played in this process."""

from __future__ import annotations

from local.demo import play
from local.narrator import Narrator
from tests.support.running.service import Service


def test_the_demo_plays_to_its_end(alone: Service) -> None:
    """Every result that differs from the expected one raises; the demo's clock moves by years."""
    tell = Narrator()
    play(alone, tell)
    assert tell.checks > 100
