"""Deletes an accepted purchase order that nobody needs any more, by an effect (S66).

An operator has refused it, another file has come before the payment, or its purchaser was erased
and no books need it.
"""

from __future__ import annotations

from typing import Protocol

from keyfob.domain.messages.facts import SignedFileFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message
from keyfob.storage.messages.store import Lease


class CheckedFiles(Protocol):
    """Where checked files are kept. No answer raises an error: the effect is due again."""

    def discard(self, order: str, file: str) -> None:
        """Delete the checked file; one that is gone already is no error."""


class SignedFileDeletion:
    """The effect that deletes a file. Idempotent."""

    def __init__(self, files: CheckedFiles) -> None:
        self._files = files

    def perform(self, lease: Lease) -> bool:
        """Delete the file."""
        order = lease.message.subject.partition("#")[2]
        self._files.discard(order, str(lease.message.facts["file"]))
        return True


def deletion(file: str, *, subject: str, version: int, correlation: str) -> Message:
    """The effect that deletes this file of `subject`, an order or its signed purchase order."""
    return Message(
        kind=Kind.DELETE_SIGNED_ORDER,
        subject=subject,
        version=version,
        recipient="files",
        facts=SignedFileFacts(file=file),
        correlation=correlation,
    )
