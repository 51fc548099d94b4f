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
    CREDENTIAL_LAPSED = "credential_lapsed"
    CREDENTIAL_RENEWED = "credential_renewed"
    CREDENTIAL_EXPIRED = "credential_expired"
    RENEWAL_NOTICE = "renewal_notice"
    RENEWAL_REFUSED = "renewal_refused"
    ADDED_TOKEN_REFUSED = "added_token_refused"  # noqa: S105
    REVOCATION_REMINDER = "revocation_reminder"
    TOKEN_REGISTERED = "token_registered"  # noqa: S105
    TOKEN_LOCKED = "token_locked"  # noqa: S105
    TOKEN_BLOCKED = "token_blocked"  # noqa: S105
    TOKEN_RESYNCHRONIZED = "token_resynchronized"  # noqa: S105
    TOKEN_RESET = "token_reset"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    PHONE_ADDED = "phone_added"
    PHONE_BLOCKED = "phone_blocked"
    PHONE_FREED = "phone_freed"
    PHONE_REMOVED = "phone_removed"
    CREDENTIAL_REOPENED = "credential_reopened"

    PHONE_ADDED_TEXT = "phone_added_text"
    PASSWORD_RECOVERED_TEXT = "password_recovered_text"  # noqa: S105
    TEMPORARY_PASSWORD = "temporary_password"  # noqa: S105
    RECOVERY_CODE = "recovery_code"
    PASSWORD_RECOVERED = "password_recovered"  # noqa: S105
    CONNECTION_REQUESTED = "connection_requested"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"

    EXPIRE_CHECKOUT = "expire_checkout"
    REFUND_PAYMENT = "refund_payment"
    RESET_PASSWORD = "reset_password"  # noqa: S105


EFFECTS = frozenset({Kind.EXPIRE_CHECKOUT, Kind.REFUND_PAYMENT, Kind.RESET_PASSWORD})


# Told to phones by text; whatever else is no effect is told by mail.
TEXTS = frozenset({Kind.PHONE_ADDED_TEXT, Kind.PASSWORD_RECOVERED_TEXT})


class MessageClass(StrEnum):
    """Why a message is sent: something to watch, something that was asked for, or a reminder.

    Only reminders keep quiet hours.
    """

    SECURITY = "security"
    TRANSACTION = "transaction"
    REMINDER = "reminder"


_CLASS_OF = {
    MessageClass.TRANSACTION: (
        Kind.ORDER_CONFIRMATION,
        Kind.ORDER_CANCELED,
        Kind.ORDER_EXPIRED,
        Kind.ORDER_REFUNDED,
        Kind.ORDER_SHIPPED,
        Kind.REPLACEMENT_SHIPPED,
        Kind.LICENSE_KEY,
        Kind.CREDENTIAL_APPROVED,
        Kind.CREDENTIAL_ACTIVATED,
        Kind.CREDENTIAL_RENEWED,
        Kind.CREDENTIAL_EXPIRED,
        Kind.RENEWAL_REFUSED,
        Kind.ADDED_TOKEN_REFUSED,
    ),
    MessageClass.SECURITY: (
        Kind.PASSWORD_CHANGED,
        Kind.TEMPORARY_PASSWORD,
        Kind.RECOVERY_CODE,
        Kind.PASSWORD_RECOVERED,
        Kind.CONNECTION_REQUESTED,
        Kind.CONNECTED,
        Kind.DISCONNECTED,
        Kind.CREDENTIAL_SUSPENDED,
        Kind.CREDENTIAL_REENABLED,
        Kind.CREDENTIAL_REVOKED,
        Kind.CREDENTIAL_LAPSED,
        Kind.TOKEN_REGISTERED,
        Kind.TOKEN_LOCKED,
        Kind.TOKEN_BLOCKED,
        Kind.TOKEN_RESYNCHRONIZED,
        Kind.TOKEN_RESET,
        Kind.TOKEN_REVOKED,
        Kind.PHONE_ADDED,
        Kind.PHONE_BLOCKED,
        Kind.PHONE_FREED,
        Kind.PHONE_REMOVED,
        Kind.CREDENTIAL_REOPENED,
        Kind.PHONE_ADDED_TEXT,
        Kind.PASSWORD_RECOVERED_TEXT,
    ),
    MessageClass.REMINDER: (Kind.RENEWAL_NOTICE, Kind.REVOCATION_REMINDER),
}
CLASS = {kind: class_ for class_, kinds in _CLASS_OF.items() for kind in kinds}


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
