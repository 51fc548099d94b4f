"""Tests try less in `make test` and more in `make test-long`, which sets KEYFOB_LONG.

A test that takes too long for every change is marked `long`, and is left out of `make test`.
"""

from __future__ import annotations

import os

LONG = os.environ.get("KEYFOB_LONG") == "1"


def effort(short: int, long: int) -> int:
    """The number of rounds, examples or contestants in this run."""
    if not 0 < short < long:
        raise ValueError(f"{short} is not less than {long}")
    return long if LONG else short
