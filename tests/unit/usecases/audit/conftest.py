"""A trail of three hours, two of them sealed, and its check."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.audit.check import Check
from keyfob.domain.audit.heads import Head
from keyfob.storage.audit.store import AuditStore
from keyfob.storage.database import Database
from keyfob.usecases.audit.documents import Documents, checks_in, heads_in
from keyfob.usecases.audit.sealing import Sealing
from keyfob.usecases.audit.verification import Verification
from tests.support.carts import items
from tests.support.dynamodb import Engine
from tests.support.fakes import FakeClock, FakeSignature, FakeVault
from tests.support.order_world import OrderWorld


@pytest.fixture
def vault() -> FakeVault:
    return FakeVault()


@pytest.fixture
def positions() -> FakeVault:
    return FakeVault()


@pytest.fixture
def heads(vault: FakeVault) -> Documents[Head]:
    return heads_in(vault, FakeSignature())


@pytest.fixture
def checks(positions: FakeVault) -> Documents[Check]:
    return checks_in(positions, FakeSignature())


@pytest.fixture
def sealing(database: Database, heads: Documents[Head], clock: FakeClock) -> Sealing:
    return Sealing(AuditStore(database), heads, clock)


@pytest.fixture
def verification(
    database: Database, heads: Documents[Head], checks: Documents[Check], clock: FakeClock
) -> Verification:
    return Verification(AuditStore(database), heads, checks, clock)


_kept: dict[str, Any] = {}


@pytest.fixture
def history(
    *,
    order_world: OrderWorld,
    sealing: Sealing,
    vault: FakeVault,
    clock: FakeClock,
    engine: Engine,
    tables: dict[str, str],
) -> Database:
    """Three hours of orders, the first two sealed; made once, put back for every test."""
    if _kept:
        engine.restore(_kept["rows"])
        vault.documents, clock.now = dict(_kept["heads"]), _kept["now"]
        order_world.provider.pages |= _kept["pages"]
        return order_world.database
    for _ in range(3):
        order_world.paid(order_world.person(), items=items(phone=1))
        clock.advance(hours=1)
        sealing.seal()
    _kept["pages"] = dict(order_world.provider.pages)
    _kept.update(rows=engine.snapshot(tables.values()), heads=dict(vault.documents), now=clock.now)
    return order_world.database
