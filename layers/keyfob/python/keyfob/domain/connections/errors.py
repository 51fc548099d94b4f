"""What is refused about connected accounts."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting


class Connected(Conflicting):
    """An account that uses another one's credential, and so can't have one of its own (A8)."""

    code = "connected"
    detail = "This account uses the credential of another account. Disconnect it first."


class NotConnectable(Conflicting):
    """Two accounts of which one can't use the other's credential (A8)."""

    code = "not_connectable"
    detail = (
        "Only accounts of one person can be connected: e-mail address and names must be exactly "
        "equal, and both accounts must be in use."
    )
