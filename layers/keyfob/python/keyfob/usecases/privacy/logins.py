"""Deletes the login of an account whose data was erased (S66)."""

from __future__ import annotations

from typing import Protocol

from keyfob.storage.messages.store import Lease


class Logins(Protocol):
    """The password store. No answer raises `IdentityUnavailable`: the effect is due again."""

    def delete(self, account: str) -> None:
        """Delete the account's login; one that is gone already is no error."""


class LoginDeletion:
    """The effect that follows an erasure. Idempotent."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def perform(self, lease: Lease) -> bool:
        """Delete the login.

        Raises:
            IdentityUnavailable: the password store did not answer.
        """
        self._logins.delete(lease.message.recipient)
        return True
