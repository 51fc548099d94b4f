"""License keys: 90 random bits that a person can read, say and type (S27). Pure.

Only a keyed hash of a key is stored, together with what the key entitles to.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from keyfob.domain.audit.entry import GENESIS
from keyfob.domain.errors import InvalidInput
from keyfob.domain.ids import CROCKFORD, base32, forgiven, grouped
from keyfob.domain.orders.product_kind import ProductKind

if TYPE_CHECKING:
    # The sign-in imports this module, and needs no schedule.
    from keyfob.domain.orders.key_schedule import Schedule

_BITS = 90
_DIGITS = 18
_CHECK_DIGITS = 2
# The greatest prime below 32²: every wrong digit and every swap changes the remainder.
_CHECK_MODULUS = 1021
_GROUP = 5


class Mac(Protocol):
    """A keyed hash whose key never leaves the key service."""

    def __call__(self, purpose: str, value: str) -> str:
        """Hexadecimal; the same for the same purpose and value."""


class KeyState(StrEnum):
    """Whether a license key is still good for a credential."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    REISSUED = "reissued"  # dead: another key is good for the same unit
    STOPPED = "stopped"  # as long as a dispute of its payment lasts
    CANCELED = "canceled"  # dead: the money for its unit went back
    LAPSED = "lapsed"  # dead: nobody redeemed it in its year


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseKey:
    """A license key, good for the `unit`-th credential (from 0) of an order.

    `account` is the purchaser's, empty for a guest's. `holder` is the account that alone may redeem
    it; None: any. `successor` is the subject of the key that was issued in its place, `credential`
    that of the credential it was redeemed for. Earlier keys have no `schedule`: they don't lapse.
    """

    subject: str
    order: str
    unit: int
    kind: ProductKind
    proofing: bool
    paid_at: datetime
    state: KeyState
    account: str = ""
    product: str = ""
    holder: str | None = None
    successor: str | None = None
    credential: str | None = None
    schedule: Schedule | None = None
    version: int = 0
    head: str = GENESIS

    @property
    def is_issued(self) -> bool:
        """Whether it can be redeemed."""
        return self.state is KeyState.ISSUED

    @property
    def is_waiting(self) -> bool:
        """Whether it wasn't redeemed, and can or may yet be."""
        return self.state in {KeyState.ISSUED, KeyState.STOPPED}

    @property
    def purchaser(self) -> str:
        """The recipient of its mails, as `Order.purchaser`."""
        return self.account or f"ORDER#{self.order}"

    def has_lapsed(self, now: datetime) -> bool:
        """Whether its year is over, even if the clock hasn't recorded that yet."""
        if self.is_issued and self.schedule:
            return now >= self.schedule.lapses_at
        return self.state is KeyState.LAPSED

    def is_for(self, account: str) -> bool:
        """Whether this account can redeem it."""
        return self.is_issued and self.holder in {None, account}


def generate() -> str:
    """A new key, `XXXXX-XXXXX-XXXXX-XXXXX`, its last two symbols a check."""
    return written(secrets.randbits(_BITS))


def written(value: int) -> str:
    """The key for these 90 bits."""
    digits = base32(value, _DIGITS) + base32(value % _CHECK_MODULUS, _CHECK_DIGITS)
    return grouped(digits, _GROUP)


def normalized(typed: str) -> str:
    """The key in typed or pasted text, normalized by `ids.forgiven`.

    Raises:
        InvalidInput: it can't be a license key; nothing was looked up.
    """
    digits = forgiven(typed)
    value = _value(digits[:_DIGITS])
    if (
        len(digits) != _DIGITS + _CHECK_DIGITS
        or value is None
        or written(value) != grouped(digits, _GROUP)
    ):
        raise InvalidInput(
            "This is not a license key. Copy it from the e-mail exactly as it stands there.",
            fields={"license_key": "has a typing error"},
        )
    return grouped(digits, _GROUP)


def _value(digits: str) -> int | None:
    value = 0
    for digit in digits:
        place = CROCKFORD.find(digit)
        if place < 0:
            return None
        value = value * 32 + place
    return value
