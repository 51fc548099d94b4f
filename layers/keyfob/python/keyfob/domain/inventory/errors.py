"""Refusals about tokens of the inventory."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting


class TokenNotAvailable(Conflicting):
    """A token that an operator can't ship: unknown, in use, or sent for something else (B5)."""

    code = "token_not_available"
    detail = "This token can't be shipped."
