"""Tests try less in `make test` and more in `make test-long`, which sets KEYFOB_LONG.

A test that takes too long for every change is marked `long`, and is left out of `make test`. A test
with two sizes is marked `longer`: it runs in both and takes its numbers from here.
"""

from __future__ import annotations

import os


def examples(short: int, long: int) -> int:
    """The number of examples that Hypothesis makes."""
    return _effort(short, long)


def rounds(short: int, long: int) -> int:
    """The number of times that a test repeats a race."""
    return _effort(short, long)


def _effort(short: int, long: int) -> int:
    if not 0 < short < long:
        raise ValueError(f"{short} is not less than {long}")
    return long if os.environ.get("KEYFOB_LONG") == "1" else short
