"""Forms that have begun something, in the `registrations` table, until they expire anyway."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute

from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Row

SK = "-"


class UsedFormRow(Row):
    """`FORM#<nonce>`; TTL."""

    class Meta:
        table_name = "registrations"

    expires = NumberAttribute()


class UsedForms:
    """Reads which forms were used, strongly consistent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, nonce: str) -> bool:
        """Whether this form was used."""
        return self._database.get(UsedFormRow, f"FORM#{nonce}", SK) is not None


def use(nonce: str, until: datetime) -> Put:
    """The write that uses a form; a `Conflict` if it was used."""
    return Put(row=UsedFormRow(f"FORM#{nonce}", SK, expires=int(until.timestamp())))
