"""Which messages follow from what happened to a credential. Pure."""

from __future__ import annotations

from datetime import datetime

from keyfob.credentials.credential import Change, Credential, Transition
from keyfob.inventory.token import masked
from keyfob.messages.outbox import Kind, Message

_TOLD = {
    Change.APPROVED: Kind.CREDENTIAL_APPROVED,
    Change.ACTIVATED: Kind.CREDENTIAL_ACTIVATED,
    Change.SUSPENDED: Kind.CREDENTIAL_SUSPENDED,
    Change.REENABLED: Kind.CREDENTIAL_REENABLED,
    Change.REVOKED: Kind.CREDENTIAL_REVOKED,
    Change.TOKEN_REGISTERED: Kind.TOKEN_REGISTERED,
    Change.TOKEN_LOCKED: Kind.TOKEN_LOCKED,
    Change.TOKEN_BLOCKED: Kind.TOKEN_BLOCKED,
    Change.TOKEN_RESYNCHRONIZED: Kind.TOKEN_RESYNCHRONIZED,
    Change.TOKEN_RESET: Kind.TOKEN_RESET,
    Change.TOKEN_REVOKED: Kind.TOKEN_REVOKED,
}


def promises(
    seen: Credential, transition: Transition, now: datetime, *, correlation: str
) -> list[Message]:
    """The holder is told of everything but the daily use of the token."""
    if transition.change not in _TOLD:
        return []
    to = transition.credential
    facts = {
        "at": now.isoformat(timespec="seconds"),
        "until": to.expires_at.isoformat(timespec="seconds"),
    }
    token = to.token or seen.token
    if token:
        facts["serial"] = masked(token.serial)
    return [
        Message(
            kind=_TOLD[transition.change],
            subject=seen.subject,
            version=seen.version + 1,
            recipient=seen.account,
            facts=facts,
            correlation=correlation,
        )
    ]
