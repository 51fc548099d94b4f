"""Activation codes: 75 random bits that an agent reads aloud and a holder types (S28). Pure.

Only a keyed hash is stored, in the case. It binds the code to account and case: any other code,
also another holder's, is simply wrong. NIST SP 800-63A-4 (3.1.9) wants 64 bits of such a
continuation code.
"""

from __future__ import annotations

import secrets

from keyfob.domain.errors import InvalidInput
from keyfob.domain.ids import CROCKFORD, base32, forgiven, grouped

PURPOSE = "activation-code"
_BITS, _DIGITS, _GROUP = 75, 15, 5


def generate() -> str:
    """A new code, `XXXXX-XXXXX-XXXXX`."""
    return grouped(base32(secrets.randbits(_BITS), _DIGITS), _GROUP)


def normalized(typed: str) -> str:
    """The code in typed or pasted text, normalized by `ids.forgiven`.

    Raises:
        InvalidInput: it can't be an activation code; nothing was compared or counted.
    """
    digits = forgiven(typed)
    if len(digits) != _DIGITS or not set(digits) <= set(CROCKFORD):
        raise InvalidInput(
            fields={"activation_code": "must have fifteen letters and digits in groups of five"}
        )
    return grouped(digits, _GROUP)


def bound(account: str, case: str, code: str) -> str:
    """The value whose keyed hash is stored."""
    return f"{account}:{case}:{code}"
