"""Audit entries as rows. They are only ever added: no role may update or delete one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain import ids
from keyfob.domain.audit.entry import Actor, Entry, Recorded, Stored
from keyfob.domain.audit.heads import ACTOR, hour_of
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row

HOUR_SHARDS = 8
HOUR_INDEX = "hour"


class AuditRow(Row):
    """`pk` is the subject or `ACTOR#<id>`, `sk` the entry's number or a ULID."""

    class Meta:
        table_name = "audit"

    action = UnicodeAttribute()
    actor_kind = UnicodeAttribute()
    actor_id = UnicodeAttribute()
    address = UnicodeAttribute(null=True)
    correlation = UnicodeAttribute(null=True)
    at = UnicodeAttribute()
    facts = JSONAttribute()
    number = NumberAttribute()
    previous = UnicodeAttribute()
    hash = UnicodeAttribute()
    hour = UnicodeAttribute()


def put(recorded: Recorded) -> Put:
    """The write that adds this entry; it never overwrites an existing one."""
    entry = recorded.entry
    pk = entry.subject or f"{ACTOR}{entry.actor.id}"
    sk = _place(recorded.number) if entry.subject else ids.ulid(entry.at)
    return Put(
        row=AuditRow(
            pk,
            sk,
            action=entry.action,
            actor_kind=entry.actor.kind,
            actor_id=entry.actor.id,
            address=entry.actor.address or None,
            correlation=entry.actor.correlation or None,
            at=entry.at.isoformat(),
            facts=dict(entry.facts),
            number=recorded.number,
            previous=recorded.previous,
            hash=recorded.hash,
            hour=f"{hour_of(entry.at)}#{zlib.crc32(pk.encode()) % HOUR_SHARDS}",
        )
    )


def _place(number: int) -> str:
    return f"{number:012d}"


def recorded(row: AuditRow) -> Recorded:
    """The entry in a row."""
    chained = not row.pk.startswith(ACTOR)
    return Recorded(
        entry=Entry(
            action=row.action,
            actor=Actor(
                kind=row.actor_kind,
                id=row.actor_id,
                address=row.address or "",
                correlation=row.correlation or "",
            ),
            at=datetime.fromisoformat(row.at),
            subject=row.pk if chained else None,
            facts=row.facts,
        ),
        number=int(row.number),
        previous=row.previous,
    )


def stored(row: AuditRow) -> Stored:
    """A row with its entry, as the check compares them."""
    return Stored(pk=row.pk, hour=row.hour.partition("#")[0], hash=row.hash, recorded=recorded(row))


class AuditStore:
    """Reading the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Iterator[AuditRow]:
        """Every entry; a subject's entries come together, in order."""
        for item in self._database.scan(AuditRow):
            yield AuditRow.from_raw_data(item)

    def chain(self, subject: str, *, first: int) -> Iterator[Stored]:
        """A subject's entries from the one of this number on, in order."""
        items = self._database.query(AuditRow, key=("pk", subject), since=("sk", _place(first)))
        for item in items:
            yield stored(AuditRow.from_raw_data(item))

    def each(self, keys: Sequence[tuple[str, str]]) -> Iterator[Stored]:
        """The entries under these keys."""
        for row in self._database.get_many(AuditRow, keys):
            yield stored(row)

    def last(self, subject: str) -> tuple[int, str] | None:
        """Number and hash of a subject's last entry."""
        newest = self._database.query(AuditRow, key=("pk", subject), newest_first=True, limit=1)
        for item in newest:
            return int(item["number"]["N"]), item["hash"]["S"]
        return None

    def of_subject(self, subject: str, *, limit: int, before: str | None) -> list[Recorded]:
        """At most `limit` entries of a subject, newest first; continues at `before`."""
        items = self._database.query(
            AuditRow,
            key=("pk", subject),
            until=("sk", before) if before else None,
            newest_first=True,
            limit=limit,
        )
        return [recorded(AuditRow.from_raw_data(item)) for item in items]

    def first_hour(self) -> str | None:
        """The hour of the oldest entry; scans the whole trail, for the very first head."""
        return min((row.hour.partition("#")[0] for row in self.all()), default=None)

    def of_hour(self, hour: str) -> Iterator[dict[str, Any]]:
        """Keys, number and hash of the entries of an hour (`2026-11-22T07`), in no order."""
        for shard in range(HOUR_SHARDS):
            for item in self._database.query(
                AuditRow, index=HOUR_INDEX, key=("hour", f"{hour}#{shard}")
            ):
                yield {name: next(iter(value.values())) for name, value in item.items()}
