"""Idempotent requests: the same Idempotency-Key with the same body gets the same answer.

An idempotency record is written in the transaction of its result, in the same table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from keyfob.domain.errors import IdempotencyKeyReused
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row

SK = "-"


class IdempotencyRow(Row):
    """`RECEIPT#<account>#<hash of the Idempotency-Key>`: the result of this request."""

    body = UnicodeAttribute()
    result = UnicodeAttribute()
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """An idempotent request: its account, its key, a hash of its body."""

    account: str
    key: str
    body: str

    @property
    def pk(self) -> str:
        """The row's key; the client's key is hashed since it may hold anything."""
        return f"RECEIPT#{self.account}#{hashlib.sha256(self.key.encode()).hexdigest()}"


def result_of(
    database: Database, row: type[IdempotencyRow], record: IdempotencyRecord
) -> str | None:
    """The result of an earlier request with this key.

    Raises:
        IdempotencyKeyReused: the earlier request had another body.
    """
    found = database.get(row, record.pk, SK)
    if found is None:
        return None
    if found.body != record.body:
        raise IdempotencyKeyReused
    return found.result


def put(
    row: type[IdempotencyRow],
    record: IdempotencyRecord,
    result: str,
    *,
    until: datetime,
) -> Put:
    """The write that records the result of an idempotent request."""
    expires = int(until.timestamp())
    return Put(row=row(record.pk, SK, body=record.body, result=result, expires=expires))
