"""How much a test tries: little in `make test`, much in `make test-long`."""

from __future__ import annotations

import os

LONG = os.environ.get("KEYFOB_LONG") == "1"


def effort(short: int, long: int) -> int:
    """So many rounds, examples or contestants."""
    return long if LONG else short
