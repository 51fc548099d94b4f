"""Sessions in their account's row: each write, condition by condition (S12, S46)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.sessions.session import Session, Sessions
from keyfob.storage.database import Conflict, Database
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionsRow, SessionStore
from tests.support.fakes import START

ACCOUNT = "acc_ada"


def a_session(number: int) -> Session:
    return Session(
        id=f"s{number}",
        secret_hash=f"{number:064x}",
        strength=1,
        created=START,
        seen=START,
        expires=START.replace(hour=19),
    )


@pytest.fixture
def seen(database: Database) -> Sessions:
    """Ada's row with two sessions, as read."""
    account = Sessions(account=ACCOUNT, organization="org", roles=(), active=True, epoch=3, live={})
    database.write(rows.put(account))
    store = SessionStore(database)
    for number in (1, 2):
        found = store.get(ACCOUNT)
        assert found
        database.write(rows.add(found, a_session(number), without=(), limit=5))
    found = store.get(ACCOUNT)
    assert found
    return found


def meanwhile(database: Database, *actions: Any) -> None:
    """Changes the row meanwhile without raising its epoch."""
    database.write(rows._update(ACCOUNT, list(actions), SessionsRow.epoch == 3))


def refused(database: Database, write: Any) -> None:
    """The write conflicts, and nothing changes."""
    store = SessionStore(database)
    before = store.get(ACCOUNT)
    with pytest.raises(Conflict):
        database.write(write)
    assert store.get(ACCOUNT) == before


def test_a_session_evicts_only_sessions_that_are_still_there_S12(
    database: Database, seen: Sessions
) -> None:
    """Otherwise the number could pass the limit: another session has the place."""
    meanwhile(
        database,
        SessionsRow.sessions["s1"].remove(),
        SessionsRow.sessions["s3"].set(rows._document(a_session(3))),
    )
    refused(database, rows.add(seen, a_session(4), without=["s1"], limit=2))


def test_an_account_that_was_deactivated_meanwhile_gets_no_session_A5(
    database: Database, seen: Sessions
) -> None:
    meanwhile(database, SessionsRow.active.set(False))
    refused(database, rows.add(seen, a_session(3), without=(), limit=5))


@pytest.mark.parametrize("write", ["connect", "disconnect"])
def test_nothing_is_connected_when_the_account_was_deactivated_meanwhile_A8(
    database: Database, seen: Sessions, write: str
) -> None:
    meanwhile(database, SessionsRow.active.set(False))
    refused(
        database,
        rows.connect(seen, "acc_parent") if write == "connect" else rows.disconnect(seen),
    )


@pytest.mark.parametrize("had", [None, "acc_parent"])
def test_a_connection_that_changed_meanwhile_is_not_written_over_A8(
    database: Database, seen: Sessions, had: str | None
) -> None:
    if had:
        meanwhile(database, SessionsRow.parent.set(had))
        seen = replace(seen, parent=had)
    meanwhile(database, SessionsRow.parent.set("acc_other"))
    refused(database, rows.connect(seen, "acc_grace"))


@pytest.mark.parametrize("spoken", [False, True])
def test_a_row_tells_whether_a_call_read_the_code_out_and_gets_no_longer_E4(
    spoken: bool, database: Database, seen: Sessions
) -> None:
    to = replace(seen.live["s1"], by="phone1", epoch=1, coded=START, strength=2, spoken=spoken)
    database.write(rows.elevate(seen, seen.live["s1"], to))
    found = SessionStore(database).get(ACCOUNT)
    assert found
    assert found.live["s1"] == to
    [told] = rows._document(to).keys() - rows._document(seen.live["s1"]).keys() - {"by", "epoch"}
    assert len(told) == 4, "the longest row has no byte left (tests/functions/test_hot_path.py)"
