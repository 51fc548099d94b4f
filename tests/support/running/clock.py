"""Waits for work of the service, and runs its sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from local.client import Unexpected, eventually
from local.stack import FunctionFailed, Stack

T = TypeVar("T")


def at_last(stack: Stack, ask: Callable[[], T], what: str) -> T:
    """Waits for automatic work, or lets the clock do it: a worker may have died under load."""
    try:
        return eventually(ask, seconds=25, what=what)
    except Unexpected:
        stack.clock.move(timedelta(minutes=7))
        eventually(lambda: _swept(stack), what="a sweep that comes through")
        return eventually(ask, seconds=60, what=what)


def sweep(stack: Stack) -> None:
    """Queue all due rows, as every five minutes."""
    report = stack.invoke("LifecycleSweepFunction", {})
    assert report["finished"]


def _swept(stack: Stack) -> bool:
    """A sweep that fails on a busy machine is followed by the next, as by the schedule."""
    try:
        sweep(stack)
    except FunctionFailed:
        return False
    return True
