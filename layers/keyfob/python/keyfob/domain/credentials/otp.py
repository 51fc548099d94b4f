"""One-time passwords over windows of moving factors: HOTP (RFC 4226), TOTP (RFC 6238). Pure.

The moving factor is an event-based token's counter; a time-based token's is the number of whole
periods since 1970 (RFC 6238, section 4.2, with T0 = 0).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest

from pyotp import HOTP

from keyfob.domain.errors import InvalidInput
from keyfob.domain.inventory.token import Algorithm, Token
from keyfob.domain.text import without_blanks

_DIGESTS = {
    Algorithm.SHA1: hashlib.sha1,
    Algorithm.SHA256: hashlib.sha256,
    Algorithm.SHA512: hashlib.sha512,
}
_LENGTHS = (6, 8)


class Codes:
    """The codes of one token, computed from its opened secret.

    A search always covers the whole window, and codes are compared in constant time.
    """

    def __init__(self, token: Token) -> None:
        self._token = token
        self._hotp = HOTP(
            base64.b32encode(token.secret).decode(),
            digits=token.digits,
            digest=_DIGESTS[token.algorithm],
        )

    def at(self, factor: int) -> str:
        """The code for this moving factor, leading zeros kept (RFC 4226, section 5.3)."""
        return self._hotp.at(factor)

    def find(self, code: str, factors: Iterable[int]) -> int | None:
        """The first moving factor (from 0 on) that has this code."""
        matching = [one for one in factors if one >= 0 and compare_digest(self.at(one), code)]
        return matching[0] if matching else None

    def find_pair(self, first: str, second: str, factors: range) -> int | None:
        """The moving factor whose code is `first` while its successor's is `second`."""
        found = None
        known = max(factors.start, 0)
        code = self.at(known)
        for factor in range(known, factors.stop):
            following = self.at(factor + 1)
            both = compare_digest(code, first) & compare_digest(following, second)
            if both and found is None:
                found = factor
            code = following
        return found


def require_code(typed: str, name: str, *, digits: int | None = None) -> str:
    """The code in typed text, without blanks: 6 or 8 ASCII digits, or exactly `digits`.

    Raises:
        InvalidInput: it can't be a code; nothing was compared and no try is counted.
    """
    lengths = (digits,) if digits else _LENGTHS
    code = without_blanks(typed)
    if not code.isascii() or not code.isdigit() or len(code) not in lengths:
        wanted = " or ".join(map(str, lengths))
        raise InvalidInput(fields={name: f"a code has {wanted} digits, nothing else"})
    return code


def step_of(now: datetime, period: int) -> int:
    """The moving factor of a time-based token with a perfect clock; `period` in seconds."""
    return int(now.timestamp()) // period
