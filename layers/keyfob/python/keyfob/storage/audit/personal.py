"""Personal values of audit entries, in the `accounts` table, whose rows can be erased."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute

from keyfob.domain.audit.personal import PersonalFacts
from keyfob.storage.database import Database
from keyfob.storage.rows import Put, Remove, Row


class PersonalFactsRow(Row):
    """(`PERSONAL#<account>`, salt): the values whose salted hashes an entry has."""

    class Meta:
        table_name = "accounts"

    values = JSONAttribute()


class PersonalFactsStore:
    """Reads personal values of entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, account: str) -> list[PersonalFacts]:
        """Every value that entries about this account have hashes of."""
        items = self._database.query(PersonalFactsRow, key=("pk", f"PERSONAL#{account}"))
        found = map(PersonalFactsRow.from_raw_data, items)
        return [PersonalFacts(account=account, values=row.values, salt=row.sk) for row in found]


def put(personal: PersonalFacts) -> Put:
    """The write that goes into the transaction of the entry."""
    return Put(row=PersonalFactsRow(*_key(personal), values=dict(personal.values)))


def erase(personal: PersonalFacts) -> Remove:
    """The write that leaves the entry with hashes that say nothing."""
    row = PersonalFactsRow
    return Remove(row=row, key=_key(personal), condition=row.pk.exists())


def _key(personal: PersonalFacts) -> tuple[str, str]:
    return f"PERSONAL#{personal.account}", personal.salt
