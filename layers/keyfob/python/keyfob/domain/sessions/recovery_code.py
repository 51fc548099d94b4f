"""Recovery codes: 75 random bits, mailed to people who forgot a password (A4). Pure.

NIST SP 800-63B-4, section 4.2: one code at a time, limited life. With more than 64 bits wrong ones
need no count by account (section 3.1.2.2), so that strangers who guess keep nobody from recovering.
A request while a code is good mails that same code: strangers who ask don't make it invalid.

Stored are a keyed hash, and the code sealed for the notifier, which mails it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from keyfob.domain.errors import InvalidInput
from keyfob.domain.ids import CROCKFORD, base32, forgiven, grouped
from keyfob.domain.policy import Policy

PURPOSE = "recovery-code"
_MILLISECOND = timedelta(milliseconds=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = 75
_DIGITS = 15
_GROUP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The last code under a user id; `account` is the id of no account if none has it.

    `mac` is the code's keyed hash, `sealed` the code for the notifier, under the name `sealed_as`.
    `made` and `used` are in whole milliseconds; `until` is when it expires.
    """

    key: str
    account: str
    mac: str
    sealed: bytes
    made: datetime
    until: datetime
    used: datetime | None = None

    @property
    def sealed_as(self) -> str:
        """The name under which the code is sealed."""
        return name_of(self.key, self.made)

    def is_good(self, now: datetime) -> bool:
        """Whether its code can still be used."""
        return self.used is None and now < self.until

    def extended(self, now: datetime, policy: Policy) -> Recovery | None:
        """The code, good for its whole lifetime again; None if another one is due.

        NIST SP 800-63B-4, section 4.2: a code that is sent by e-mail is good for a day at most.
        """
        until = now + policy.recovery_code_lifetime
        if not self.is_good(now) or until > self.made + policy.recovery_code_extended:
            return None
        return replace(self, until=until)


def name_of(key: str, made: datetime) -> str:
    """The name under which a code of this row, made then, is sealed."""
    return f"{key}#{milliseconds(made)}"


def generate() -> str:
    """A new code, `XXXXX-XXXXX-XXXXX`."""
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
