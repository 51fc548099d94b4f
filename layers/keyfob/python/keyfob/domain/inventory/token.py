"""Hardware tokens of the inventory. Pure.

Time-based tokens follow RFC 6238, event-based ones RFC 4226.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.text import narrowed, with_plain_dashes, without_blanks

# The words for a field that has none.
SERIAL = "must be the serial number on the token: 4 to 32 letters, digits and dashes"
_SERIAL = re.compile(r"[A-Z0-9-]{4,32}", re.ASCII)


class TokenType(StrEnum):
    """The moving factor of a token: time, or a counter of button presses."""

    TOTP = "totp"
    HOTP = "hotp"


class TokenState(StrEnum):
    """The state of a token; a token without one is free."""

    ASSIGNED = "assigned"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


class Algorithm(StrEnum):
    """The hash under the token's HMAC."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that fulfills every rule.

    `serial` has 4 to 32 of A-Z, 0-9 and dash; `secret` 16 to 64 bytes. A time-based token has a
    `period` in seconds, and a `drift` if its manufacturer knows one: the periods by which its clock
    was ahead (RFC 6030, TimeDrift). An event-based one has the `counter` of its next code.
    """

    serial: str
    secret: bytes = field(repr=False)
    type: TokenType
    algorithm: Algorithm
    digits: int
    period: int | None = None
    counter: int | None = None
    drift: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSeed:
    """A sealed secret as stored: the data key's name, then nonce and ciphertext."""

    data_key: str
    content: bytes = field(repr=False)


def normalized_serial(typed: str) -> str:
    """A serial number as stored: upper case, no blanks, `-` for any dash.

    Dashes are kept, since manufacturers tell two tokens apart by them.
    """
    return with_plain_dashes(without_blanks(narrowed(typed))).upper()


def is_serial(text: str) -> bool:
    """Whether this is a serial number as stored."""
    return _SERIAL.fullmatch(text) is not None


def serial_of(typed: str) -> str | None:
    """The normalized serial number in typed text; None if it can't be one."""
    serial = normalized_serial(typed)
    return serial if is_serial(serial) else None


def require_serial(typed: str) -> str:
    """The normalized serial number in typed text.

    Raises:
        InvalidInput: it can't be a serial number; nothing was looked up and no try is counted.
    """
    serial = serial_of(typed)
    if serial is None:
        raise InvalidInput(fields={"serial": SERIAL})
    return serial


def masked(serial: str) -> str:
    """The shown part of a serial number: its last four characters, at most half of it."""
    return f"…{serial[-min(4, len(serial) // 2) :]}"


def is_same(one: Token, other: Token) -> bool:
    """Whether both describe one device, wherever its counter and its clock stand."""

    def shape(token: Token) -> tuple[object, ...]:
        return token.serial, token.type, token.algorithm, token.digits, token.period

    return shape(one) == shape(other) and compare_digest(one.secret, other.secret)
