"""Letters on their way to the provider, in the `letters` table (C2, S31, S46).

    LETTERS / <letter>   sealed ──taken──▶ sealed, batch ──in the batch's files──▶ batch ──▶ gone
    BATCHES / <batch>    open, with its letters ──written──▶ written ──▶ gone

A batch and its marks on letters are one transaction: its letters never change, and no letter is in
two. This table has no point-in-time recovery and no stream, because what is erased here must be
gone. One partition each is enough: letters stay for days, not for years.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import BinaryAttribute, ListAttribute, NumberAttribute, UnicodeAttribute

from keyfob.domain.due_index import instant
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Remove, Row, Update, Write

LETTERS, BATCHES = "LETTERS", "BATCHES"
# One transaction has at most 100 items: the batch, and each of its letters.
MOST_LETTERS = 90
# A broom for what no job removed; the jobs are due long before.
_BROOM = timedelta(days=14)


class LetterRow(Row):
    """(`LETTERS`, letter): its account; until it stands in a batch, its sealed content."""

    class Meta:
        table_name = "letters"

    account = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    batch = UnicodeAttribute(null=True)
    expires = NumberAttribute()


class BatchRow(Row):
    """(`BATCHES`, batch): its letters; `written_at` says since when its files are complete."""

    class Meta:
        table_name = "letters"

    letters: ListAttribute[str] = ListAttribute()
    made_at = UnicodeAttribute()
    written_at = UnicodeAttribute(null=True)
    expires = NumberAttribute()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StoredLetter:
    """A letter's row."""

    id: str
    account: str
    sealed: bytes | None
    batch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch's row."""

    id: str
    letters: tuple[str, ...]
    made_at: datetime
    written: bool


class LetterStore:
    """Reads letters and batches, strongly consistent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> list[StoredLetter]:
        """Letters in no batch, as many as fit into one."""
        found: list[StoredLetter] = []
        for item in self._database.query(LetterRow, key=("pk", LETTERS), page=MOST_LETTERS):
            if "batch" not in item:
                found.append(_letter(LetterRow.from_raw_data(item)))
            if len(found) == MOST_LETTERS:
                break
        return found

    def letters(self, ids: Sequence[str]) -> list[StoredLetter]:
        """Those of these letters that there are still."""
        rows = self._database.get_many(LetterRow, [(LETTERS, one) for one in ids])
        return [_letter(row) for row in rows]

    def batches(self) -> list[Batch]:
        """Every batch, oldest first."""
        items = self._database.query(BatchRow, key=("pk", BATCHES))
        return [_batch(BatchRow.from_raw_data(item)) for item in items]

    def write(self, update: Update) -> None:
        """Perform one update.

        Raises:
            Conflict: the row isn't as the update wants it.
        """
        self._database.write(update)


def put(letter: str, account: str, sealed: bytes, now: datetime) -> Put:
    """The write that stores a new letter."""
    return Put(
        row=LetterRow(
            LETTERS,
            letter,
            account=account,
            requested_at=instant(now),
            sealed=sealed,
            expires=_expires(now),
        )
    )


def take(letters: Sequence[StoredLetter], now: datetime) -> tuple[Batch, list[Write]]:
    """The batch of these letters, and the writes that make it: all of them, or nothing.

    Its id is made of the day and its letters: the same letters always have the same one.
    """
    ids = tuple(sorted(one.id for one in letters))
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]
    batch = Batch(id=f"{now:%Y%m%d}-{digest}", letters=ids, made_at=now, written=False)
    row = BatchRow(
        BATCHES, batch.id, letters=list(ids), made_at=instant(now), expires=_expires(now)
    )
    marks = [
        Update(
            row=LetterRow,
            key=(LETTERS, one),
            actions=[LetterRow.batch.set(batch.id)],
            condition=LetterRow.sealed.exists() & LetterRow.batch.does_not_exist(),
        )
        for one in ids
    ]
    return batch, [Put(row=row), *marks]


def erase(letter: str, batch: str) -> Update:
    """The update that erases what is in the batch's files now."""
    return Update(
        row=LetterRow,
        key=(LETTERS, letter),
        actions=[LetterRow.sealed.remove()],
        condition=LetterRow.batch == batch,
    )


def written(batch: str, now: datetime) -> Update:
    """The update that says that the batch's files are complete."""
    return Update(
        row=BatchRow,
        key=(BATCHES, batch),
        actions=[BatchRow.written_at.set(instant(now))],
        condition=BatchRow.pk.exists(),
    )


def remove(letter: str, account: str) -> Remove:
    """The write that removes a letter; one that is gone already stays so."""
    own = (LetterRow.account == account) | LetterRow.pk.does_not_exist()
    return Remove(row=LetterRow, key=(LETTERS, letter), condition=own)


def remove_waiting(letter: str) -> Remove:
    """The write that removes a letter that is in no batch."""
    condition = LetterRow.batch.does_not_exist()
    return Remove(row=LetterRow, key=(LETTERS, letter), condition=condition)


def remove_batch(batch: str) -> Remove:
    """The write that removes a batch."""
    return Remove(row=BatchRow, key=(BATCHES, batch), condition=BatchRow.pk.exists())


def _expires(now: datetime) -> int:
    return int((now + _BROOM).timestamp())


def _letter(row: LetterRow) -> StoredLetter:
    return StoredLetter(id=row.sk, account=row.account, sealed=row.sealed, batch=row.batch)


def _batch(row: BatchRow) -> Batch:
    made_at: Any = row.made_at
    return Batch(
        id=row.sk,
        letters=tuple(row.letters),
        made_at=datetime.fromisoformat(made_at),
        written=row.written_at is not None,
    )
