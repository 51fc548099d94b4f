"""Tokens of mailed links: `<id>.<secret of 256 bits>`. Pure.

A row keeps the SHA-256 of the secret alone, so that who reads the table can't use the link.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from keyfob.domain import ids

_FORM = re.compile(r"([a-z]{3}_[0-9a-z]{20})\.([\w-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkToken:
    """The id of a row, and the secret that opens it."""

    id: str
    secret: str

    def __str__(self) -> str:
        """As it stands in a link."""
        return f"{self.id}.{self.secret}"

    @property
    def digest(self) -> str:
        """The row's copy of the secret: 64 hexadecimal digits."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def opens(self, digest: str) -> bool:
        """Whether this is the row's secret; in constant time."""
        return hmac.compare_digest(self.digest, digest)


def new_token(row_id: str) -> LinkToken:
    """A token with a new secret for this row."""
    return LinkToken(id=row_id, secret=ids.new_secret())


def parse(text: str) -> LinkToken | None:
    """The token in a link's text; None if it can't be one."""
    found = _FORM.fullmatch(text)
    return LinkToken(id=found[1], secret=found[2]) if found else None
