"""Rules for permanent passwords (NIST SP 800-63B-4, section 3.1.1.2). Pure."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from enum import Enum, auto

from keyfob.domain.ids import base32, grouped
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import WeakPassword

# As infra/identity.yaml configures the password store; later a temporary one is useless.
TEMPORARY_VALIDITY = timedelta(days=30)
# Of 100 guesses that a lane evaluates, one is right with a chance of one in ten million.
_FEWEST_GUESSES = 10**9
# The estimate takes longer than linear in the length, a second for some that are made for that; a
# longer phrase is no easier to guess.
_ESTIMATED = 32
_TEMPORARY_BITS = 100
_TEMPORARY_DIGITS = 20


class PasswordCheck(Enum):
    """The password store's answer about a password."""

    RIGHT = auto()
    MUST_CHANGE = auto()
    WRONG = auto()


def normalized(typed: str) -> str:
    """The password in normalization form C: the same phrase from any keyboard is one password."""
    return unicodedata.normalize("NFC", typed)


def is_long_enough(password: str, policy: Policy) -> bool:
    """Whether it has as many characters as a new password must have."""
    return len(password) >= policy.password_min_length


def require_form(password: str, *, user_id: str, policy: Policy) -> None:
    """Length counts, composition doesn't. It costs nothing: anybody may ask.

    Args:
        password: normalized.
        user_id: must not be in it.
        policy: its length.

    Raises:
        WeakPassword: too short or long, a blank at either end (the password store can't keep one),
            control characters, or the user id in it.
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
    if any(unicodedata.category(character) == "Cc" for character in password):
        raise WeakPassword("The password must not contain control characters, such as a tab.")


def require_usable(
    password: str, *, user_id: str, words: Iterable[str] = (), policy: Policy
) -> None:
    """Require its form, and that it is hard to guess: common words and `words` add little.

    Only for who has proved to be the account's holder: the estimate takes time.

    Args:
        password: normalized.
        user_id: must not be in it.
        words: names of the service, the organization and the person.
        policy: its length.

    Raises:
        WeakPassword: of another form, or too easy to guess.
    """
    require_form(password, user_id=user_id, policy=policy)
    if _guesses(password, [user_id, *words]) < _FEWEST_GUESSES:
        raise WeakPassword(
            "This password is too easy to guess: common words, names, repetitions and rows of "
            "keys add little. Take some uncommon words that have nothing to do with each other."
        )


def _guesses(password: str, words: Iterable[str]) -> int:
    """How many guesses it takes somebody who knows common passwords and these words."""
    # Its word lists take longer to read than a sign-in takes; only a new password needs them.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    ours = [part for word in words for part in {word, *word.split()}]
    found = zxcvbn(password[:_ESTIMATED], user_inputs=ours, max_length=_ESTIMATED)
    return int(found["guesses"])


def generate_temporary() -> str:
    """A temporary password of 100 random bits, `XXXXX-XXXXX-XXXXX-XXXXX`, easy to read and type."""
    return grouped(base32(secrets.randbits(_TEMPORARY_BITS), _TEMPORARY_DIGITS), 5)
