"""Recovery codes: 40 random bits, mailed to people who forgot a password (A4). Pure.

NIST SP 800-63B-4, section 4.2: at least 20 bits, one code at a time, limited life. Only a keyed
hash of a code is stored.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keyfob.domain.errors import InvalidInput
from keyfob.domain.ids import CROCKFORD, base32, forgiven, grouped
from keyfob.domain.policy import Policy

PURPOSE = "recovery-code"
_MILLISECOND = timedelta(milliseconds=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = 40
_DIGITS = 8
_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The last request under a user id; `account` is the id of no account if none has it.

    `mac` is the code's keyed hash. `made` and `used` are in whole milliseconds.
    """

    key: str
    account: str
    mac: str
    made: datetime
    used: datetime | None = None

    def is_good(self, now: datetime, policy: Policy) -> bool:
        """Whether its code can still be used."""
        return self.used is None and now < self.made + policy.recovery_code_lifetime


def generate() -> str:
    """A new code, `XXXX-XXXX`."""
    return grouped(base32(secrets.randbits(_BITS), _DIGITS), _GROUP)


def normalized(typed: str) -> str:
    """The code in typed text, normalized by `ids.forgiven`.

    Raises:
        InvalidInput: it can't be anybody's code; nothing was looked up or counted.
    """
    digits = forgiven(typed)
    if len(digits) != _DIGITS or any(digit not in CROCKFORD for digit in digits):
        raise InvalidInput(
            "This is not a recovery code. Copy it from the e-mail exactly as it stands there.",
            fields={"code": "has a typing error"},
        )
    return grouped(digits, _GROUP)


def bound(key: str, account: str, code: str) -> str:
    """The input of the keyed hash, which binds the code to its row and its account."""
    return f"{key}:{account}:{code}"


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, UTC."""
    return (at - _1970) // _MILLISECOND


def moment(value: float) -> datetime:
    """The instant this many milliseconds after 1970."""
    return _1970 + int(value) * _MILLISECOND
