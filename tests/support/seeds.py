"""Sealed seeds under keys that everybody knows, and who opened them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.inventory.seeds import Seeds
from keyfob.domain.inventory.token import SealedSeed


@dataclass
class FakeDataKeys:
    """A `DataKeys` whose keys everybody knows; `silent` leaves every call without an answer."""

    silent: bool = False

    def make(self, name: str) -> bytes:
        return f"{name}:".encode() + bytes(32)

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        if self.silent:
            raise KeysUnavailable
        return wrapped.removeprefix(f"{name}:".encode())


class WatchedSeeds(Seeds):
    """Knows whose seeds were opened, and can forget the data keys it has at hand."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.opened: list[str] = []

    def open(self, serial: str, sealed: SealedSeed) -> bytes:
        self.opened.append(serial)
        return super().open(serial, sealed)

    def forget(self) -> None:
        """As a new environment begins."""
        self._open.clear()
