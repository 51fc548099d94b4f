"""The position of the daily check: the last head that it compared with its entries. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from keyfob.domain.audit.entry import GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of a check of the hours up to a head; the next check goes on after it.

    Attributes:
        hour: the head's hour; empty if there is none yet.
        head: the head's hash.
        heads: how many were checked.
        entries: how many were read.
        faults: all that was found; a fault doesn't stop the check from going on.
    """

    hour: str = ""
    head: str = GENESIS
    heads: int = 0
    entries: int = 0
    faults: tuple[str, ...] = ()

    def content(self) -> bytes:
        """The signed bytes: canonical JSON, which is no head's."""
        return json.dumps({"check": asdict(self)}, sort_keys=True, separators=(",", ":")).encode()


def parse(content: bytes) -> Check:
    """Parse a check from its canonical JSON."""
    value: dict[str, Any] = json.loads(content)["check"]
    return Check(**{**value, "faults": tuple(value["faults"])})
