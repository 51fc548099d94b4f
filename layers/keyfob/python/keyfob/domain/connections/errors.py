"""Refusals about connected accounts."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting


class Connected(Conflicting):
    """An account that uses another account's credential and so can't have its own (A8)."""

    code = "connected"
    detail = "This account uses the credential of another account. Disconnect it first."


class NotConnectable(Conflicting):
    """Two accounts that can't be connected to share a credential (A8)."""

    code = "not_connectable"
    detail = (
        "Only accounts of one person can be connected: e-mail address and names must be exactly "
        "equal, and both accounts must be in use."
    )
