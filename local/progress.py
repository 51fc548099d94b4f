"""Progress lines on the console during a long step."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LIVE_EVERY = 0.5
_PLAIN_EVERY = 10.0


def say(text: str = "") -> None:
    """Print a line at once, also when the output is a pipe."""
    # The reader of the pipe may be gone: started processes must be stopped all the same.
    with suppress(BrokenPipeError):
        print(text, flush=True)


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show `doing` with the seconds it has taken so far, and how it ended.

    On a terminal one line is kept up to date; elsewhere (a log, CI) a line is written at the end
    and every ten seconds before, so that a slow step doesn't look dead.
    """
    began = time.monotonic()
    over = threading.Event()
    ticker = threading.Thread(target=_tick, args=(doing, began, over), daemon=True)
    ticker.start()
    ending = "failed after"
    try:
        yield
        ending = "done in"
    finally:
        over.set()
        ticker.join()
        _finish(f"{doing} … {ending} {time.monotonic() - began:.1f} s")


def _tick(doing: str, began: float, over: threading.Event) -> None:
    live = sys.stdout.isatty()
    while not over.wait(_LIVE_EVERY if live else _PLAIN_EVERY):
        so_far = f"{doing} … {time.monotonic() - began:.0f} s"
        if live:
            print(f"\r\x1b[K{so_far}", end="", flush=True)
        else:
            say(so_far)


def _finish(line: str) -> None:
    say(f"\r\x1b[K{line}" if sys.stdout.isatty() else line)
