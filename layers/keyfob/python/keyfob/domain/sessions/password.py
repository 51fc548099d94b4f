"""Rules for permanent passwords. Pure."""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import Enum, auto

from keyfob.domain.ids import base32, grouped
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import WeakPassword

# As infra/identity.yaml configures the password store; later a temporary one is useless.
TEMPORARY_VALIDITY = timedelta(days=30)
_FEWEST_DIFFERENT = 5
_TEMPORARY_BITS = 100
_TEMPORARY_DIGITS = 20


class PasswordCheck(Enum):
    """The password store's answer about a password."""

    RIGHT = auto()
    MUST_CHANGE = auto()
    WRONG = auto()


def require_usable(password: str, *, user_id: str, policy: Policy) -> None:
    """Length counts, composition doesn't (NIST SP 800-63B-4, section 3.1.1.2).

    Raises:
        WeakPassword: too short or long, a blank at either end (the password store can't keep one),
            the user id in it, or hardly any different characters.
    """
    if not policy.password_min_length <= len(password) <= policy.password_max_length:
        raise WeakPassword(
            f"A password has {policy.password_min_length} to {policy.password_max_length} "
            "characters. A few words in a row make a good one."
        )
    if password != password.strip():
        raise WeakPassword("The password must not begin or end with a blank.")
    if user_id in password.lower():
        raise WeakPassword("The password must not contain the user id.")
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise WeakPassword("The password repeats too few characters. Choose a longer phrase.")


def generate_temporary() -> str:
    """A temporary password of 100 random bits, `XXXXX-XXXXX-XXXXX-XXXXX`, easy to read and type."""
    return grouped(base32(secrets.randbits(_TEMPORARY_BITS), _TEMPORARY_DIGITS), 5)
