"""Guests: people who buy without an account (B8). Pure.

A guest is known by an e-mail address that nobody has confirmed before the payment, and reads the
order by its token.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.policy import Policy

# Purposes of the keyed hashes of tokens and of mailboxes.
TOKEN_PURPOSE = "guest-order"  # noqa: S105 - the purpose, not a token
MAILBOX_PURPOSE = "guest-mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A purchaser without an account.

    `organization` is a name as typed; it is never compared with known ones. `token` is the SHA-256
    of the order's token. `erased_unpaid` and `erased_paid` say when name, address and organization
    are erased.
    """

    name: str
    email: str
    organization: str
    language: str
    token: str
    erased_unpaid: datetime
    erased_paid: datetime

    @property
    def is_erased(self) -> bool:
        """Whether the person can't be named or written to any more."""
        return not self.email

    @property
    def erased(self) -> Guest:
        """The guest without anything that identifies a person."""
        return replace(self, name="", email="", organization="")


def digest_of(token: str) -> str:
    """The row's copy of an order's token: 64 hexadecimal digits."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def kept_until(checkout_ends: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """When a guest's data is erased: if the order is never paid, and if it is.

    A paid order's data counts as books do, from the last instant at which it could be paid.
    """
    return checkout_ends + policy.guest_data_kept, checkout_ends + policy.order_data_kept
