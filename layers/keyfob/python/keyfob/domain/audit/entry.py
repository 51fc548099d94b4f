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
    """The actor of an audit entry: identity, network address and request.

    `kind` is account, guest, link (a mailed one), operator, stripe or system; `id` is never a
    holder's name or e-mail address; an operator's is the name of the session at AWS, or `console`.
    `address` is the client's network address; `correlation` ties logs, queues and entries of one
    request together; `about` is the account acted on, if it isn't the actor's own; `reason` is why
    an operator acts.
    """

    kind: str
    id: str
    address: str = ""
    correlation: str = ""
    about: str | None = None
    reason: str = ""

    @property
    def account(self) -> str:
        """The account that the act concerns: `about`, or else the actor's own."""
        return self.about or self.id

    def acting_for(self, account: str) -> Actor:
        """The same actor, acting on this account."""
        return replace(self, about=account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One audited event.

    With a `subject` it joins that subject's chain. Without one (a sign-in, a refusal) it stands
    alone under its actor and is covered by the signed head of its hour.
    """

    action: str
    actor: Actor
    at: datetime
    subject: str | None = None
    facts: Facts = field(default_factory=dict)

    def with_circumstances(self) -> Entry:
        """The entry with the actor's reason and the account acted on among its facts (S60)."""
        actor = self.actor
        more = {"reason": actor.reason, "account": actor.about if self.subject is None else None}
        return replace(self, facts={**{k: v for k, v in more.items() if v}, **self.facts})


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An entry with its number in the chain, the previous hash and its own hash.

    Without slots, so that the hash is computed once for the entry's row and its subject's row.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An entry as stored: partition key, hour, stored hash and content."""

    pk: str
    hour: str
    hash: str
    recorded: Recorded

    @property
    def end(self) -> tuple[int, str]:
        """Number and hash: the end of the chain up to this entry."""
        return self.recorded.number, self.hash


def foreign(
    what: str, asked: str, form: re.Pattern[str], *, otherwise: str, by: Actor, at: datetime
) -> Entry:
    """Audit entry: the actor named an object that isn't theirs or doesn't exist (S23).

    Args:
        what: the kind of object: order, credential, connection or session.
        asked: the name that was given; recorded only if it matches `form`, since no other input of
            a client has a place in the trail.
        form: the pattern of valid names.
        otherwise: the text recorded in place of an invalid name.
        by: the actor.
        at: the instant.
    """
    fact = asked if form.fullmatch(asked) else otherwise
    return Entry(action=f"{what}.refused", actor=by, at=at, facts={"asked": fact})


def follow(entry: Entry, *, number: int, head: str) -> Recorded:
    """`entry` placed after entry `number`, whose hash is `head`."""
    return Recorded(entry=entry, number=number + 1, previous=head)


def alone(entry: Entry) -> Recorded:
    """An entry that belongs to no chain."""
    return Recorded(entry=entry, number=0, previous=GENESIS)
