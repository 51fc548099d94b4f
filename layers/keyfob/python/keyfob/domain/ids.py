"""Identifiers and random secrets, from the operating system's generator."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from keyfob.domain.text import letters_and_digits

# Crockford's base32: no I, L, O or U, so that a person can read a value aloud.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
# The form of an order's number.
ORDER_NUMBER = re.compile(r"SO-[0-9]{1,12}", re.ASCII)


def base32(value: int, digits: int) -> str:
    """`value` as exactly `digits` Crockford digits, most significant first."""
    if value < 0 or value >> (5 * digits):
        raise ValueError(f"{digits} digits can't hold this value")
    return "".join(CROCKFORD[(value >> (5 * place)) & 31] for place in reversed(range(digits)))


def grouped(digits: str, size: int) -> str:
    """`digits` in groups of `size` with dashes between them, as a person reads and types them."""
    return "-".join(digits[start : start + size] for start in range(0, len(digits), size))


def forgiven(typed: str) -> str:
    """The letters and digits of typed or pasted text, in capitals, O as 0 and I and L as 1.

    The caller checks that these are Crockford digits.
    """
    return letters_and_digits(typed).upper().translate(_ALIKE)


def ulid(now: datetime) -> str:
    """A sortable unique id: 48 bits of milliseconds, then 80 random bits (26 characters)."""
    milliseconds = int(now.timestamp() * 1000)
    return base32((milliseconds << 80) | secrets.randbits(80), 26)


def new_id(prefix: str) -> str:
    """`<prefix>_` and 100 random bits; it reveals neither time nor maker."""
    return f"{prefix}_{base32(secrets.randbits(100), 20).lower()}"


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_trial() -> str:
    """24 random bits (four characters) that distinguish a try from the few counted with it."""
    return secrets.token_urlsafe(3)


def new_short_id() -> str:
    """30 random bits (six characters) that distinguish an object from its owner's few others."""
    return base32(secrets.randbits(30), 6).lower()
