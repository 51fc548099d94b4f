"""Audit entries and how they are chained. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

GENESIS = "0" * 64
Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, from where, in which request.

    `kind` is account, guest, operator, stripe or system; `id` never is a name or an address of
    mail; `address` is the client's network address; `correlation` ties logs, queues and entries
    of one request together; `about` is the account that it is done to, if it isn't one's own.
    """

    kind: str
    id: str
    address: str = ""
    correlation: str = ""
    about: str | None = None

    @property
    def account(self) -> str:
        """The account that the act is about: one's own, unless it is done for somebody else."""
        return self.about or self.id

    def acting_for(self, account: str) -> Actor:
        """The same, doing something about this account's things."""
        return replace(self, about=account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened.

    With a `subject` it joins that subject's chain. Without one (a sign-in, a refusal) it stands
    alone under its actor and is covered by the signed head of its hour.
    """

    action: str
    actor: Actor
    at: datetime
    subject: str | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An entry in its place: its number in the chain, the hash before it and its own.

    Without slots, so that the hash is computed once: both the entry and its subject's row have it.
    """

    entry: Entry
    number: int
    previous: str

    @cached_property
    def hash(self) -> str:
        """SHA-256 over every field, so that none can be changed unnoticed (S48)."""
        entry = self.entry
        content = {
            "action": entry.action,
            "actor": [entry.actor.kind, entry.actor.id],
            "address": entry.actor.address,
            "at": entry.at.isoformat(),
            "correlation": entry.actor.correlation,
            "facts": dict(entry.facts),
            "number": self.number,
            "previous": self.previous,
            "subject": entry.subject,
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


def foreign(
    what: str, asked: str, form: re.Pattern[str], *, otherwise: str, by: Actor, at: datetime
) -> Entry:
    """That somebody named what isn't theirs, or isn't there (S23).

    Args:
        what: order, credential, connection, session.
        asked: what they named it; it is written down only where it has the `form` of such a name,
            since whatever else a client sends has no place in the trail.
        form: of such names.
        otherwise: is written down in its place.
        by: who asked.
        at: when.
    """
    fact = asked if form.fullmatch(asked) else otherwise
    return Entry(action=f"{what}.refused", actor=by, at=at, facts={"asked": fact})


def follow(entry: Entry, *, number: int, head: str) -> Recorded:
    """`entry` as the one after entry `number`, whose hash is `head`."""
    return Recorded(entry=entry, number=number + 1, previous=head)


def alone(entry: Entry) -> Recorded:
    """An entry that belongs to no chain."""
    return Recorded(entry=entry, number=0, previous=GENESIS)
