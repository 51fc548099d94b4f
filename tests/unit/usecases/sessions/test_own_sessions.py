"""An account's own sessions: shown as they are now, ended one by one (S22, S23)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.errors import NotFound
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import RecentPasswordRequired
from keyfob.domain.sessions.session import Session, Sessions
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.database import Database
from keyfob.storage.limits import Limits
from keyfob.storage.sessions import store as rows
from keyfob.storage.sessions.store import SessionStore
from keyfob.storage.transaction import Transactions
from keyfob.usecases.audit.foreign_ids import ForeignIds
from keyfob.usecases.sessions.own_sessions import OwnSessions
from tests.support.builders import CLIENT, a_session, by_password
from tests.support.fakes import START, Counts, FakeClock, Meddler

PROOF = by_password(START)
FIRST, SECOND = "01m810vyc0718txh71p643d66a", "01m810vyc0718txh71p643d66b"


@pytest.fixture
def own(
    database: Database, transactions: Transactions, clock: FakeClock, counts: Counts
) -> OwnSessions:
    foreign = ForeignIds(
        limits=Limits(database),
        transactions=transactions,
        clock=clock,
        policy=Policy(),
        count=counts,
    )
    return OwnSessions(
        sessions=SessionStore(database),
        foreign=foreign,
        transactions=transactions,
        clock=clock,
        policy=Policy(),
    )


@pytest.fixture(autouse=True)
def _ada(database: Database) -> None:
    database.write(
        rows.put(Sessions(account="acc_ada", organization="acme", roles=(), active=True, epoch=1))
    )


def begin(database: Database, session_id: str, **changes: Any) -> Session:
    session = a_session(id=session_id, **changes)
    database.write(rows.add(seen(database), session, without=[], limit=5))
    return session


def seen(database: Database) -> Sessions:
    found = SessionStore(database).get("acc_ada")
    assert found
    return found


def ids(own: OwnSessions) -> list[str]:
    return [one.id for one in own.live("acc_ada")]


def trail(database: Database) -> list[tuple[str, Any]]:
    found = (AuditRow.from_raw_data(item) for item in database.scan(AuditRow))
    return [(row.action, row.facts) for row in found]


def test_live_sessions_are_shown_newest_first_and_no_others(
    own: OwnSessions, database: Database, clock: FakeClock
) -> None:
    assert ids(own) == []
    begin(database, FIRST)
    begin(database, SECOND)
    begin(database, "01m810vyc0718txh71p643d66c", strength=0)
    assert ids(own) == [SECOND, FIRST]
    clock.advance(minutes=30)
    assert ids(own) == []


def test_an_unknown_account_has_no_sessions(own: OwnSessions) -> None:
    assert own.live("acc_nobody") == []


def test_one_session_is_ended_the_others_stay_and_the_trail_names_it_S22(
    own: OwnSessions, database: Database
) -> None:
    begin(database, FIRST)
    begin(database, SECOND)
    own.end("acc_ada", FIRST, PROOF, CLIENT)
    assert set(seen(database).live) == {SECOND}
    assert trail(database) == [("session.ended", {"session": FIRST})]


def test_ending_one_takes_a_password_typed_just_now_S58(
    own: OwnSessions, database: Database, clock: FakeClock
) -> None:
    begin(database, FIRST)
    clock.advance(minutes=10)
    with pytest.raises(RecentPasswordRequired):
        own.end("acc_ada", FIRST, PROOF, CLIENT)
    assert (set(seen(database).live), trail(database)) == ({FIRST}, [])


@pytest.mark.parametrize(
    ("asked", "noted"), [(SECOND, SECOND), ("nonsense\n", "no session"), ("A" * 26, "no session")]
)
def test_a_missing_session_is_not_found_and_the_request_leaves_a_trace_S23(
    asked: str, noted: str, own: OwnSessions, database: Database
) -> None:
    begin(database, FIRST)
    with pytest.raises(NotFound):
        own.end("acc_ada", asked, PROOF, CLIENT)
    assert set(seen(database).live) == {FIRST}
    assert trail(database) == [("session.refused", {"asked": noted})]


def test_an_ended_one_and_a_challenge_are_not_there(
    own: OwnSessions, database: Database, clock: FakeClock
) -> None:
    begin(database, FIRST, strength=0)
    begin(database, SECOND)
    with pytest.raises(NotFound):
        own.end("acc_ada", FIRST, PROOF, CLIENT)
    clock.advance(minutes=30)
    with pytest.raises(NotFound):
        own.end("acc_ada", SECOND, by_password(clock()), CLIENT)


def test_a_session_signed_out_while_it_is_being_ended_is_ended_once_S22(
    own: OwnSessions, database: Database, client: Meddler
) -> None:
    session = begin(database, FIRST)

    def signed_out(operation: Any, kwargs: Any) -> Any:
        database.write(rows.remove("acc_ada", session))
        return operation(**kwargs)

    client.next("transact_write_items", signed_out)
    with pytest.raises(NotFound):
        own.end("acc_ada", FIRST, PROOF, CLIENT)
    assert [action for action, _ in trail(database)] == ["session.refused"]
