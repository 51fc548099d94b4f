"""What a commit promises to the outside: messages to people and effects on other services. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """Messages, then effects."""

    ORDER_CONFIRMATION = "order_confirmation"
    ORDER_CANCELED = "order_canceled"
    ORDER_EXPIRED = "order_expired"
    ORDER_REFUNDED = "order_refunded"
    ORDER_SHIPPED = "order_shipped"
    REPLACEMENT_SHIPPED = "replacement_shipped"
    LICENSE_KEY = "license_key"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    CREDENTIAL_APPROVED = "credential_approved"
    CREDENTIAL_ACTIVATED = "credential_activated"
    CREDENTIAL_SUSPENDED = "credential_suspended"
    CREDENTIAL_REENABLED = "credential_reenabled"
    CREDENTIAL_REVOKED = "credential_revoked"
    TOKEN_REGISTERED = "token_registered"  # noqa: S105
    TOKEN_LOCKED = "token_locked"  # noqa: S105
    TOKEN_BLOCKED = "token_blocked"  # noqa: S105
    TOKEN_RESYNCHRONIZED = "token_resynchronized"  # noqa: S105
    TOKEN_RESET = "token_reset"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    TEMPORARY_PASSWORD = "temporary_password"  # noqa: S105

    EXPIRE_CHECKOUT = "expire_checkout"
    REFUND_PAYMENT = "refund_payment"
    RESET_PASSWORD = "reset_password"  # noqa: S105


EFFECTS = frozenset({Kind.EXPIRE_CHECKOUT, Kind.REFUND_PAYMENT, Kind.RESET_PASSWORD})


class Seal(Protocol):
    """Encrypts a secret for the notifier, bound to one outbox row."""

    def __call__(self, message_id: str, secret: str) -> bytes:
        """The ciphertext."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One promise, kept exactly once for each (kind, subject, version, recipient).

    `recipient` is an account's id, resolved to an address when the mail is sent, so that the row
    holds no personal data; an effect's recipient is the service that is called, or the account it
    is about. `sealed` is the one secret the message carries, encrypted for the notifier alone.
    """

    kind: Kind
    subject: str
    version: int
    recipient: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    sealed: bytes | None = None
    correlation: str = ""

    @property
    def id(self) -> str:
        """`eff_…` or `msg_…`: the relay tells the two apart by the key alone."""
        return message_id(self.kind, self.subject, self.version, self.recipient)


def message_id(kind: Kind, subject: str, version: int, recipient: str) -> str:
    """The same for the same promise, so that making it twice fails the second transaction."""
    identity = "\n".join((kind, subject, str(version), recipient)).encode()
    return f"{'eff' if kind in EFFECTS else 'msg'}_{hashlib.sha256(identity).hexdigest()[:40]}"


def is_effect(row_id: str) -> bool:
    """Whether this row is done by the effects worker rather than the notifier."""
    return row_id.startswith("eff_")
