"""Runs many acts at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from tests.support.effort import effort

T = TypeVar("T")
_ABREAST = effort(5, 12)


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Start all `acts` together; returns their answers in order."""
    together = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        together.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def crowd(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Run many acts, a few at a time; returns their answers in the order of the acts.

    Each act under way needs a process of the function, and each new process is a cold start.
    """
    with ThreadPoolExecutor(_ABREAST) as pool:
        return list(pool.map(lambda act: act(), acts))
