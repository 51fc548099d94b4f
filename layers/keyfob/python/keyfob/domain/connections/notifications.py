"""Notifications about a change of a connection. Pure."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.connections.connection import Change, Connection
from keyfob.domain.messages.facts import ConnectionFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message

_TOLD = {
    Change.REQUESTED: Kind.CONNECTION_REQUESTED,
    Change.CONNECTED: Kind.CONNECTED,
    Change.DISCONNECTED: Kind.DISCONNECTED,
}


def notifications(
    connection: Connection, change: Change, now: datetime, *, correlation: str
) -> list[Message]:
    """Notify the parent of a request, and both accounts of connecting or disconnecting.

    Declining a request or taking it back notifies no account. `connection` is as it was before the
    change.
    """
    if change not in _TOLD:
        return []
    told = [connection.parent]
    if change is not Change.REQUESTED:
        told.append(connection.child)
    return [
        Message(
            kind=_TOLD[change],
            subject=connection.subject,
            version=connection.version + 1,
            recipient=recipient,
            facts=ConnectionFacts(
                connection=connection.id,
                child=connection.child,
                parent=connection.parent,
                at=now.isoformat(timespec="seconds"),
                until=connection.expires_at.isoformat(timespec="seconds"),
            ),
            correlation=correlation,
        )
        for recipient in told
    ]
