"""Has a PDF inspected in a process of its own: no file can stop or read the one that has rights.

Waits 20 seconds at most. A file whose inspection fails or takes longer is refused (fail closed).
"""

from __future__ import annotations

import os
import subprocess
import sys

from keyfob.domain.orders.signed_order import MOST_BYTES, Reason

_PROGRAM = "keyfob.gateways.pdf_inspection"
_SECONDS = 20
_ANSWER = "inspected "


def refusal(content: bytes, most_pages: int) -> Reason | None:
    """Why this file is refused; None if it is a harmless PDF."""
    if not 0 < len(content) <= MOST_BYTES:
        return Reason.SIZE
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", _PROGRAM, str(most_pages)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Reason.TOO_COMPLEX
    answer = done.stdout.decode(errors="replace")
    if not answer.startswith(_ANSWER):
        return Reason.TOO_COMPLEX
    reason = answer.removeprefix(_ANSWER)
    return Reason(reason) if reason else None


def _environment() -> dict[str, str]:
    """The variables that the program needs to start, and none with a key of ours."""
    kept = {one: os.environ[one] for one in ("LD_LIBRARY_PATH", "PATH") if one in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path)}
