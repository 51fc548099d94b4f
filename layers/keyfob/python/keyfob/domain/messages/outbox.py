"""Messages to people and effects on other services, queued by a commit. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from keyfob.domain.messages.declared import MessageChannel
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.policy import Policy


class Seal(Protocol):
    """Encrypts a secret for the notifier, bound to one outbox row."""

    def __call__(self, message_id: str, secret: str) -> bytes:
        """The ciphertext."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message or effect, sent exactly once for each (kind, subject, version, recipient).

    `facts` are those that the kind declares. `recipient` is an account's id, or the subject of an
    invitation, a registration or a guest's order, resolved to an address when the mail is sent, so
    that the row holds no personal data; an effect's recipient is the service that is called, or the
    account it is about. `sealed` is the one secret the message
    carries, encrypted for the notifier alone.
    """

    kind: Kind
    subject: str
    version: int
    recipient: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes | None = None
    correlation: str = ""

    def require_facts(self) -> None:
        """Refuse a message without the facts of its template, or with others, before it is queued.

        A row that waits is not judged: it may be older than the declaration.

        Raises:
            TypeError: naming the facts.
        """
        declared: Any = self.kind.declared.facts
        wrong = declared.__required_keys__ - set(self.facts)
        wrong |= set(self.facts) - declared.__required_keys__ - declared.__optional_keys__
        if wrong:
            raise TypeError(f"{self.kind} lacks or doesn't know {', '.join(sorted(wrong))}")

    @property
    def id(self) -> str:
        """`eff_…` or `msg_…`: the relay distinguishes the two by the key alone."""
        return message_id(self.kind, self.subject, self.version, self.recipient)


def message_id(kind: Kind, subject: str, version: int, recipient: str) -> str:
    """The message's id; a second transaction with the same message has the same id and fails."""
    identity = "\n".join((kind, subject, str(version), recipient)).encode()
    begins = "eff" if kind.declared.channel is MessageChannel.EFFECT else "msg"
    return f"{begins}_{hashlib.sha256(identity).hexdigest()[:40]}"


def secret_kept_until(message: Message, died_at: datetime, policy: Policy) -> datetime | None:
    """When the secret of a dead message is erased; None if it carries none.

    An operator has so long to revive the message, unless the secret grants nothing any more before.
    """
    if message.sealed is None:
        return None
    latest = died_at + policy.dead_secret_kept
    until = message.facts.get("until")
    return min(latest, datetime.fromisoformat(until)) if until else latest


def is_effect(row_id: str) -> bool:
    """Whether this row is processed by the effects worker rather than the notifier."""
    return row_id.startswith("eff_")
