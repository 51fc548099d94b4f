"""Every audited row: where each subject says that its chain ends."""

from __future__ import annotations

from collections.abc import Iterator

from keyfob.directory.store import AccountRow
from keyfob.dynamo import Database
from keyfob.orders.store import OrderRow

# One row class a table is enough to scan it: version and head are the same in all.
_TABLES = (AccountRow, OrderRow)


def audited_rows(database: Database) -> Iterator[tuple[str, tuple[int, str]]]:
    """Subject, version and head of every row that has them."""
    for table in _TABLES:
        for item in database.scan(table):
            if "head" in item:
                pk, sk = item["pk"]["S"], item["sk"]["S"]
                yield _subject(pk, sk), (int(item["version"]["N"]), item["head"]["S"])


def _subject(pk: str, sk: str) -> str:
    partner, product = pk.partition("#")[2], sk.removeprefix("PRODUCT#")
    return f"PRODUCT#{partner}#{product}" if sk.startswith("PRODUCT#") else pk
