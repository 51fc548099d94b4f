"""A token's codes, computed from RFC 4226 without the service's code."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


def code_at(secret: bytes, factor: int, *, digits: int = 8, algorithm: str = "sha1") -> str:
    """The code for a moving factor (RFC 4226, section 5.3)."""
    message = factor.to_bytes(8, "big")
    digest = hmac.new(secret, message, getattr(hashlib, algorithm)).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentToken:
    """A device; `period` in seconds, None if each press of its button advances it."""

    serial: str
    secret: bytes
    algorithm: str = "sha1"
    digits: int = 8
    period: int | None = 30

    def code(self, factor: int) -> str:
        """Its code at this moving factor."""
        return code_at(self.secret, factor, digits=self.digits, algorithm=self.algorithm)
