"""Facts for messages about a connection of two accounts: whether it still holds, and user ids."""

from __future__ import annotations

from typing import Any

from keyfob.domain.clock import Clock
from keyfob.domain.connections.connection import Side, State
from keyfob.domain.messages.declared import Truth
from keyfob.domain.messages.outbox import Message
from keyfob.storage.connections.store import ConnectionStore
from keyfob.storage.directory.store import Directory


class Connections:
    """Reads connection and accounts just before the message is sent."""

    def __init__(self, directory: Directory, connections: ConnectionStore, clock: Clock) -> None:
        self._directory = directory
        self._connections = connections
        self._clock = clock

    def still_true(self, message: Message) -> dict[str, Any] | None:
        """The message's facts, with the accounts' user ids; None if it is obsolete."""
        facts = dict(message.facts)
        if message.kind.declared.truth is Truth.CONNECTION_REQUEST and not self._waits(facts):
            return None
        named = {side.value: self._directory.account(str(facts[side])) for side in Side}
        return facts | {side: one.user_id for side, one in named.items() if one}

    def _waits(self, facts: dict[str, Any]) -> bool:
        """Whether this very request can still be confirmed."""
        asked = self._connections.of_child(str(facts["child"]))
        return (
            asked is not None
            and asked.id == facts["connection"]
            and asked.shown_to(Side.PARENT, self._clock()) is State.REQUESTED
        )
