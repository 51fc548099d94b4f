"""Tokens' secrets at rest: AES-256-GCM under a data key, the serial as associated data (S16).

A ciphertext moved to another token's row does not open. Each quarter has one data key, made by the
key service and stored wrapped in a row of its own; it is unwrapped once an environment. Only those
who may ask the key service to unwrap it can open seeds.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keyfob.domain.clock import Clock
from keyfob.domain.inventory.token import SealedSeed

_NONCE_BYTES = 12


class DataKeys(Protocol):
    """The key service: makes data keys and unwraps them, each bound to its name."""

    def make(self, name: str) -> bytes:
        """A new data key, wrapped."""

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The data key: 32 bytes.

        Raises:
            ValueError: it was made under another name, or altered.
        """


class WrappedKeys(Protocol):
    """The storage of wrapped data keys."""

    def get(self, name: str) -> bytes | None:
        """The key with this name."""

    def keep(self, name: str, wrapped: bytes, now: datetime) -> bytes:
        """Store this key unless one exists; returns the stored one."""


class BrokenSeed(Exception):
    """A sealed secret that was altered, or that belongs to another token."""


class Seeds:
    """Seals and opens tokens' secrets."""

    def __init__(self, keys: DataKeys, kept: WrappedKeys, clock: Clock) -> None:
        self._keys = keys
        self._kept = kept
        self._clock = clock
        self._open: dict[str, AESGCM] = {}

    def seal(self, serial: str, secret: bytes) -> SealedSeed:
        """Encrypt a secret under this quarter's data key.

        Raises:
            BrokenSeed: the data key of this quarter was altered.
            KeysUnavailable, StorageUnavailable: the data key could not be obtained.
        """
        now = self._clock()
        name = quarter_of(now)
        if name not in self._open:
            wrapped = self._kept.get(name) or self._kept.keep(name, self._keys.make(name), now)
            self._unwrap(name, wrapped)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        content = nonce + self._open[name].encrypt(nonce, secret, serial.encode())
        return SealedSeed(data_key=name, content=content)

    def open(self, serial: str, sealed: SealedSeed) -> bytes:
        """The opened secret.

        Raises:
            BrokenSeed: it was sealed for another token, or altered, or its data key is gone.
            KeysUnavailable, StorageUnavailable: the data key could not be obtained.
        """
        name = sealed.data_key
        if name not in self._open:
            wrapped = self._kept.get(name)
            if wrapped is None:
                raise BrokenSeed(f"the data key {name} is gone")
            self._unwrap(name, wrapped)
        nonce, ciphertext = sealed.content[:_NONCE_BYTES], sealed.content[_NONCE_BYTES:]
        try:
            return self._open[name].decrypt(nonce, ciphertext, serial.encode())
        except (InvalidTag, ValueError) as error:
            raise BrokenSeed(f"the sealed secret of {serial} does not open") from error

    def _unwrap(self, name: str, wrapped: bytes) -> None:
        try:
            self._open[name] = AESGCM(self._keys.unwrap(name, wrapped))
        except ValueError as error:
            raise BrokenSeed(f"the data key {name} does not unwrap") from error


def quarter_of(at: datetime) -> str:
    """The name of the data key at this instant: `2026Q4`."""
    return f"{at.year}Q{(at.month + 2) // 3}"
