"""Hardware tokens as their manufacturer describes them, and which are accepted. Pure.

Time-based tokens follow RFC 6238, event-based ones RFC 4226.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest

from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.encoding import is_text
from keyfob.domain.text import narrowed, with_plain_dashes, without_blanks

# The words for a field that has none.
SERIAL = "must be the serial number on the token: 4 to 32 letters, digits and dashes"
_SERIAL = re.compile(r"[A-Z0-9-]{4,32}", re.ASCII)
_DIGITS = (6, 8)
_PERIODS = (30, 60)
# RFC 4226 (section 4, R6) asks for 128 bits; more than an HMAC's block adds nothing.
_SECRET_BYTES = range(16, 65)
_MAX_COUNTER = 2**48 - 1
_COUNTER_FAULT = f"the counter must be a whole number from 0 to {_MAX_COUNTER:,}"
# A day of 30 seconds each, as far as a resynchronization reaches.
_MAX_DRIFT = 2_880
_DRIFT_FAULT = f"the time drift must be at most {_MAX_DRIFT:,} periods either way"


class TokenType(StrEnum):
    """The moving factor of a token: time, or a counter of button presses."""

    TOTP = "totp"
    HOTP = "hotp"


class TokenState(StrEnum):
    """The state of a token; a token without one is free."""

    ASSIGNED = "assigned"
    RETIRED = "retired"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A token as read from a key file; None where a value could not be understood.

    `row` is its position: a line of a table or the number of a package. `faults` are the errors
    found while reading; if there are any, nothing else is checked. `warnings` are the defaults that
    were taken though they may be wrong. `labeled`: `serial` can hold nothing but a serial number.
    """

    row: int
    serial: str
    secret: bytes | None = field(default=None, repr=False)
    type: TokenType | None = None
    algorithm: Algorithm | None = None
    digits: int | None = None
    period: int | None = None
    counter: int | None = None
    drift: int = 0
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    labeled: bool = False

    @property
    def name(self) -> str | None:
        """The serial number, if it is safe to show.

        In a table with shifted columns a secret may stand in its place, but not beside a good
        secret.
        """
        sure = self.labeled or _long_enough(self.secret)
        return self.serial if sure and _SERIAL.fullmatch(self.serial) else None


def normalized_serial(typed: str) -> str:
    """A serial number as stored: upper case, no blanks, `-` for any dash.

    Dashes are kept, since manufacturers tell two tokens apart by them.
    """
    return with_plain_dashes(without_blanks(narrowed(typed))).upper()


def serial_of(typed: str) -> str | None:
    """The normalized serial number in typed text; None if it can't be one."""
    serial = normalized_serial(typed)
    return serial if _SERIAL.fullmatch(serial) else None


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


def token_of(draft: Draft) -> Token | tuple[str, ...]:
    """The token, or its faults, which never quote the file."""
    found = draft.faults or tuple(_faults(draft))
    if found or not (draft.secret and draft.type and draft.algorithm and draft.digits):
        return found
    timed = draft.type is TokenType.TOTP
    return Token(
        serial=draft.serial,
        secret=draft.secret,
        type=draft.type,
        algorithm=draft.algorithm,
        digits=draft.digits,
        period=draft.period if timed else None,
        counter=None if timed else draft.counter,
        drift=draft.drift if timed else 0,
    )


def is_same(one: Token, other: Token) -> bool:
    """Whether both describe one device, wherever its counter and its clock stand."""

    def shape(token: Token) -> tuple[object, ...]:
        return token.serial, token.type, token.algorithm, token.digits, token.period

    return shape(one) == shape(other) and compare_digest(one.secret, other.secret)


def _faults(draft: Draft) -> Iterator[str]:
    timed, counted = draft.type is TokenType.TOTP, draft.type is TokenType.HOTP
    readable = draft.secret is not None
    rules = (
        (_SERIAL.fullmatch(draft.serial), "the serial number must have 4 to 32 of A-Z, 0-9, dash"),
        (readable, "the secret can't be read for certain"),
        (not readable or _long_enough(draft.secret), "the secret must have 16 to 64 bytes"),
        (
            not (draft.secret and _long_enough(draft.secret) and is_text(draft.secret)),
            "the secret is text of a secret: it may have been encoded twice",
        ),
        (draft.type, "the type must be totp or hotp"),
        (draft.algorithm, "the algorithm must be sha1, sha256 or sha512"),
        (draft.digits in _DIGITS, "codes must have 6 or 8 digits"),
        (not timed or draft.period in _PERIODS, "the period must be 30 or 60 seconds"),
        (not counted or _is_counter(draft.counter), _COUNTER_FAULT),
        (not timed or abs(draft.drift) <= _MAX_DRIFT, _DRIFT_FAULT),
    )
    yield from (fault for holds, fault in rules if not holds)


def _is_counter(counter: int | None) -> bool:
    return counter is not None and 0 <= counter <= _MAX_COUNTER


def _long_enough(secret: bytes | None) -> bool:
    return secret is not None and len(secret) in _SECRET_BYTES
