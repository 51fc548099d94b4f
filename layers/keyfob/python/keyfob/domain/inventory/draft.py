"""Tokens as key files describe them, and which of them are accepted. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from keyfob.domain.inventory.encoding import is_text
from keyfob.domain.inventory.token import Algorithm, Token, TokenType, is_serial

_DIGITS = (6, 8)
_PERIODS = (30, 60)
# RFC 4226 (section 4, R6) asks for 128 bits; more than an HMAC's block adds nothing.
_SECRET_BYTES = range(16, 65)
_TEXT_FAULT = "the secret is text of a secret: it may have been encoded twice"
_MAX_COUNTER = 2**48 - 1
_COUNTER_FAULT = f"the counter must be a whole number from 0 to {_MAX_COUNTER:,}"
# A day of 30 seconds each, as far as a resynchronization reaches.
_MAX_DRIFT = 2_880
_DRIFT_FAULT = f"the time drift must be at most {_MAX_DRIFT:,} periods either way"


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
        sure = self.labeled or _is_long_enough(self.secret)
        return self.serial if sure and is_serial(self.serial) else None


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


def _faults(draft: Draft) -> Iterator[str]:
    timed, counted = draft.type is TokenType.TOTP, draft.type is TokenType.HOTP
    readable, fitting = draft.secret is not None, _is_long_enough(draft.secret)
    rules = (
        (is_serial(draft.serial), "the serial number must have 4 to 32 of A-Z, 0-9, dash"),
        (readable, "the secret can't be read for certain"),
        (not readable or fitting, "the secret must have 16 to 64 bytes"),
        (not fitting or not is_text(draft.secret or b""), _TEXT_FAULT),
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


def _is_long_enough(secret: bytes | None) -> bool:
    return secret is not None and len(secret) in _SECRET_BYTES
