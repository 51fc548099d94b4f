"""Sealed seeds under publicly known keys, and a record of their openings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.inventory.seeds import Seeds
from keyfob.domain.inventory.token import SealedSeed


@dataclass
class FakeDataKeys:
    """A `DataKeys` with publicly known keys; `silent` leaves every call without an answer."""

    silent: bool = False

    def make(self, name: str) -> bytes:
        return f"{name}:".encode() + bytes(32)

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        if self.silent:
            raise KeysUnavailable
        return wrapped.removeprefix(f"{name}:".encode())


class WatchedSeeds(Seeds):
    """Records the opened seeds, and can forget the cached data keys."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.opened: list[str] = []

    def open(self, serial: str, sealed: SealedSeed) -> bytes:
        self.opened.append(serial)
        return super().open(serial, sealed)

    def forget(self) -> None:
        """Start like a new environment."""
        self._open.clear()
