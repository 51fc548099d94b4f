"""Signals that stop a local stack's program, so that it stops everything that it started."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from local.stack import heeding_signals

ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Handlers belong to the process: the test runs in the main thread and restores them."""
    assert threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in ENDINGS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN])
def test_each_of_them_is_an_interruption_that_ends_what_runs(
    ending: signal.Signals, before: signal.Handlers
) -> None:
    """SIGINT too where it was ignored at the start, as in a shell's background job."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, before)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with pytest.raises(KeyboardInterrupt), heeding_signals():
        os.kill(os.getpid(), ending)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_program_that_ignores_a_hangup_goes_on() -> None:
    """A program under nohup goes on when its terminal closes."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heeding_signals():
            os.kill(os.getpid(), signal.SIGHUP)
    except KeyboardInterrupt:
        pytest.fail("it was interrupted")
    with pytest.raises(KeyboardInterrupt), heeding_signals():
        os.kill(os.getpid(), signal.SIGTERM)
