"""Audited rows, each of which states the end of its subject's chain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keyfob.storage.credentials.store import LIVE, PAST, live_key
from keyfob.storage.database import Database
from keyfob.storage.directory.store import SK, AccountRow
from keyfob.storage.inventory.store import BatchRow
from keyfob.storage.orders.order_row import OrderRow
from keyfob.storage.orders.stock import STOCK
from keyfob.storage.proofing.calendar import AGENTS
from keyfob.storage.proofing.store import CaseRow
from keyfob.storage.registrations.invitations import InvitationRow
from keyfob.storage.rows import AuditedRow

# One row class for each table is enough: version and head are the same in all its rows.
_TABLES: tuple[type[AuditedRow], ...] = (
    AccountRow,
    OrderRow,
    BatchRow,
    CaseRow,
    InvitationRow,
)
_PRODUCT = "PRODUCT#"
_CREDENTIAL = "CREDENTIAL#"
_AGENT = "AGENT#"
_STOCK = "STOCK#"
# Rows whose subjects have both keys in their name: `SUBSCRIPTION#<organization>#<application>`.
_PAIRS = ("SUBSCRIPTION#", "ACCESS#", "SPONSORSHIP#")

Position = tuple[int, str]


class Subjects:
    """Reads version and head of audited rows of every kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Iterator[tuple[str, Position]]:
        """Every subject with the number and hash of its last entry."""
        for table in _TABLES:
            for item in self._database.scan(table):
                position = _position(item)
                if position:
                    yield _subject(item), position

    def position(self, subject: str) -> Position | None:
        """The end of this subject's chain as its row states it now; None if there is no row."""
        for table in _TABLES:
            for key in _keys(subject):
                found = self._database.get_raw(table, *key) or {}
                position = _position(found)
                if position and _subject(found) == subject:
                    return position
        return None


def _position(item: dict[str, Any]) -> Position | None:
    """The chain's end in a row; None for an imported token, whose entry is its batch's."""
    number = int(item["version"]["N"]) if "head" in item else 0
    # Anything that is not a hash is no end of a chain either.
    return (number, item["head"].get("B", b"").hex()) if number else None


def _subject(item: dict[str, Any]) -> str:
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    if sk.startswith(_PRODUCT):
        return f"{_PRODUCT}{pk.partition('#')[2]}#{sk.removeprefix(_PRODUCT)}"
    if sk == LIVE or sk.startswith(PAST):
        return f"{_CREDENTIAL}{pk.partition('#')[2]}#{item['id']['S']}"
    if pk == STOCK:
        return f"{_STOCK}{sk}"
    if pk == AGENTS:
        return f"{_AGENT}{sk}"
    return f"{pk}#{sk}" if pk.startswith(_PAIRS) else str(pk)


def _keys(subject: str) -> list[tuple[str, str]]:
    """The possible keys of a subject's row; a credential's moves when it is revoked."""
    kind, _, rest = subject.partition("#")
    owner, _, name = rest.partition("#")
    if kind + "#" == _PRODUCT:
        return [(f"PARTNER#{owner}", f"{_PRODUCT}{name}")]
    if kind + "#" == _CREDENTIAL:
        return [live_key(owner), (live_key(owner)[0], PAST + name)]
    if kind + "#" == _STOCK:
        return [(STOCK, owner)]
    if kind + "#" == _AGENT:
        return [(AGENTS, owner)]
    if subject.startswith(_PAIRS):
        return [(f"{kind}#{owner}", name)]
    return [(subject, SK)]
