"""Secrets as text: hexadecimal, base32, base64 (RFC 4648), read only where they are certain. Pure.

The alphabets overlap: 40 hexadecimal digits are base64 of 30 bytes as well. A wrong secret shows at
the first code of its token, when it can't be mended. So a text is read only if its encoding writes
the secret exactly so, and no narrower alphabet would do for it (S64).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
# White space of XML, by which base64 may be folded (RFC 6030; XML Schema, base64Binary).
_FOLDS = re.compile(r"[ \t\r\n]+")
# All that text of a secret consists of, with its usual separators.
_TEXT = re.compile(rb"[0-9A-Za-z+/_=:\s-]+")
# Sixteen bytes in hexadecimal.
_HEX_DIGITS = 32


class Uncertain(ValueError):
    """A text that isn't of the expected encoding, or not of it alone. Nothing of it is quoted."""


def from_hex(text: str) -> bytes:
    """The bytes of pairs of hexadecimal digits, in either case.

    Raises:
        Uncertain: anything else is in it, a separator or a blank.
    """
    if not _HEX.fullmatch(text):
        raise Uncertain("is not hexadecimal")
    return bytes.fromhex(text)


def from_base32(text: str) -> bytes:
    """The bytes of base32 in one case, with all of its padding or none.

    Raises:
        Uncertain: it is no such text, or hexadecimal as well.
    """
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 8)
    # Base64 can lack all the digits that base32 lacks, but hardly has one case only.
    if text not in {bare, padded} or bare not in {bare.upper(), bare.lower()}:
        raise Uncertain("is not base32")
    secret = _exactly(padded.upper(), base64.b32decode, base64.b32encode, "is not base32")
    if _HEX.fullmatch(bare):
        raise Uncertain("is hexadecimal as well as base32")
    return secret


def from_base64(text: str) -> bytes:
    """The bytes of base64 with its padding, which white space of XML may fold.

    Raises:
        Uncertain: it is no such text, or hexadecimal or base32 as well.
    """
    bare = _FOLDS.sub("", text)
    secret = plain_base64(bare)
    if _HEX.fullmatch(bare):
        raise Uncertain("is hexadecimal as well as base64")
    try:
        from_base32(bare)
    except Uncertain:
        return secret
    raise Uncertain("is base32 as well as base64")


def plain_base64(text: str) -> bytes:
    """The bytes of base64 that is folded by white space of XML, whatever else it could be.

    Raises:
        Uncertain: it is no such text.
    """
    return _exactly(_FOLDS.sub("", text), base64.b64decode, base64.b64encode, "is not base64")


def is_text(secret: bytes) -> bool:
    """Whether a secret is text of a secret, as if it had been encoded twice.

    Sixteen random bytes are so in one of 400 million cases. Decimal digits could be hexadecimal
    only; fewer than 32 are no secret of 16 bytes (the examples of RFC 4226 and 6030 have 20).
    """
    if secret.isdigit():
        return len(secret) >= _HEX_DIGITS
    return bool(_TEXT.fullmatch(secret))


def _exactly(
    text: str, decode: Callable[[str], bytes], encode: Callable[[bytes], bytes], refusal: str
) -> bytes:
    """Decode a text that `encode` would write just so: no foreign characters, no spare bits."""
    try:
        secret = decode(text)
    except ValueError as error:
        raise Uncertain(refusal) from error
    if not secret or encode(secret).decode() != text:
        raise Uncertain(refusal)
    return secret
