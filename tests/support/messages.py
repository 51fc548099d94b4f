"""Messages made for tests alone."""

from __future__ import annotations

from typing import Any

from keyfob.domain.messages.declared import MessageChannel
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message


def a_message(kind: Kind, **changes: Any) -> Message:
    """A message with every fact that its kind declares; `changes["facts"]` overrides these."""
    required = kind.declared.facts.__required_keys__  # type: ignore[attr-defined]
    facts = dict.fromkeys(required, "2026-11-22T07:00:00+00:00") | changes.pop("facts", {})
    said = {"subject": "S#1", "version": 1, "recipient": "acc_ada", **changes}
    return Message(kind=kind, facts=facts, **said)


def by_channel(channel: MessageChannel) -> frozenset[Kind]:
    """The kinds that go out this way."""
    return frozenset(kind for kind in Kind if kind.declared.channel is channel)
