"""A phone in somebody's hand: reads texts, takes calls, knows nothing of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.client import Unexpected, eventually, phone_messages

_PATIENCE = 60.0  # seconds


@dataclass
class Handset:
    """A phone; `url` is where messages are captured, `heard` how many its owner has seen."""

    url: str
    number: str
    heard: int = 0

    def next(self) -> dict[str, Any]:
        """The one text or call since the last; a requested one is there at once.

        Raises:
            Unexpected: there are more, or none in time.
        """
        new = eventually(self.unheard, seconds=_PATIENCE, what=f"a text or a call to {self.number}")
        if len(new) != 1:
            raise Unexpected(f"{len(new)} messages to {self.number} instead of one")
        self.heard += 1
        return new[0]

    def unheard(self) -> list[dict[str, Any]]:
        """The messages since the last one read or heard."""
        return phone_messages(self.url, to=self.number)[self.heard :]
