"""Failures in log lines: types, codes and places, never the error's text.

A foreign error's text may contain an address or a name (S47).
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any


def described(error: BaseException) -> dict[str, Any]:
    """The types and codes of the error and its causes, and where it was raised."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < 10:
        code = _code(cause)
        chain.append(f"{type(cause).__name__}({code})" if code else type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": chain, "where": where}


def _code(error: BaseException) -> str:
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's
        return str(response.get("Error", {}).get("Code", ""))
    return str(getattr(error, "code", None) or "")
