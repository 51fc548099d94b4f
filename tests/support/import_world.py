"""Tables in this process, a clock that stands still, and an inventory to import into."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.inventory.report import Report
from keyfob.domain.inventory.seeds import Seeds
from keyfob.storage.database import Database
from keyfob.storage.inventory.data_keys import DataKeyStore
from keyfob.storage.inventory.store import Inventory, Stored
from keyfob.storage.transaction import Transactions
from keyfob.usecases.inventory.importing import KeyFile, TokenImport
from tests.support.dynamodb import Client

OPERATOR = Actor(kind="operator", id="key-files", address="192.0.2.10")


@dataclass
class FakeDataKeys:
    """A `DataKeys` that wraps a key by writing its name before it."""

    made: int = 0
    unwrapped: int = 0

    def make(self, name: str) -> bytes:
        self.made += 1
        return name.encode() + b":" + self.made.to_bytes(32, "big")

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        self.unwrapped += 1
        bound, _, key = wrapped.partition(b":")
        if bound != name.encode():
            raise ValueError(f"the data key {name} is broken")
        return key


@dataclass
class FakeKept:
    """A `WrappedKeys` in memory; `before_keep` runs where another writer may be faster."""

    rows: dict[str, bytes] = field(default_factory=dict)
    before_keep: Callable[[], object] = lambda: None

    def get(self, name: str) -> bytes | None:
        return self.rows.get(name)

    def keep(self, name: str, wrapped: bytes, now: datetime) -> bytes:
        self.before_keep()
        return self.rows.setdefault(name, wrapped)


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class ImportWorld:
    """An inventory, and the import into it."""

    database: Database
    raw: Any
    table: str
    audit_table: str
    clock: Clock
    keys: FakeDataKeys = field(default_factory=FakeDataKeys)
    secrets: dict[str, Mapping[str, str]] = field(default_factory=dict)
    allow_plain: bool = True
    asked: list[str] = field(default_factory=list)

    @property
    def inventory(self) -> Inventory:
        return Inventory(self.database)

    @property
    def transactions(self) -> Transactions:
        return Transactions(
            self.database, self.clock, patience=timedelta(minutes=2), pause=lambda _s: None
        )

    def seeds(self) -> Seeds:
        return Seeds(self.keys, DataKeyStore(self.database), self.clock)

    def importing(self) -> TokenImport:
        def transport(name: str) -> Mapping[str, str]:
            self.asked.append(name)
            return self.secrets.get(name, {})

        return TokenImport(
            inventory=self.inventory,
            seeds=self.seeds(),
            transactions=self.transactions,
            clock=self.clock,
            transport=transport,
            allow_plain=self.allow_plain,
        )

    def drop(self, name: str, content: str | bytes) -> Report:
        """Import a file of this content."""
        return self.importing().run(key_file(name, content), by=OPERATOR)

    def secret_of(self, serial: str) -> bytes:
        """The opened secret of a valid token."""
        stored = self.token(serial)
        return self.seeds().open(serial, stored.sealed)

    def token(self, serial: str) -> Stored:
        """A valid token."""
        stored = self.inventory.token(serial)
        assert stored, f"{serial} doesn't count"
        return stored

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table but data keys."""
        found = self.raw.scan(TableName=self.table)["Items"]
        return [one for one in found if not one["pk"]["S"].startswith("DATAKEY#")]

    def actions(self) -> list[str]:
        """The audit actions, in order."""
        found = self.raw.scan(TableName=self.audit_table)["Items"]
        ordered = sorted(found, key=lambda one: (one["pk"]["S"], one["sk"]["S"]))
        return [one["action"]["S"] for one in ordered]


def key_file(name: str, content: str | bytes) -> KeyFile:
    """A file as it is fetched from the bucket."""
    raw = content.encode() if isinstance(content, str) else content
    digest = sha256(raw).hexdigest()
    return KeyFile(name=name, digest=digest, size=len(raw), content=io.BytesIO(raw))


@pytest.fixture
def import_world(tables: dict[str, str], dynamodb: Client) -> ImportWorld:
    """An empty inventory."""
    names = {short: tables[short] for short in ("credentials", "orders", "audit")}
    return ImportWorld(
        database=Database(dynamodb, names, pause=lambda _s: None),  # type: ignore[arg-type]
        raw=dynamodb,
        table=names["credentials"],
        audit_table=names["audit"],
        clock=Clock(),
    )
