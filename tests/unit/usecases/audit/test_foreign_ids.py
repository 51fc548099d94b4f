"""Requests for ids that aren't the account's: recorded, but not without end (S23, S62)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from keyfob.domain.audit.entry import Actor
from keyfob.domain.due_index import instant
from keyfob.domain.errors import NotFound
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.limits import LimitRow
from keyfob.wiring.sign_in import own_sessions_of
from tests.support.builders import CLIENT, a_session, by_code, by_password
from tests.support.connection_world import ConnectionWorld
from tests.support.faults import first
from tests.support.order_world import actor
from tests.support.phone_world import refusal_of

EVE = Actor(kind="account", id="acc_eve", address="198.18.0.1", correlation="cor-1")
Ask = Callable[[Actor], object]


def asking(world: ConnectionWorld) -> dict[str, Ask]:
    """A request for a foreign or unknown id, by the kind of thing."""
    credentials = world.credential_world
    sessions, proof = own_sessions_of(credentials.base), by_password(world.clock())
    return {
        "credential": partial(_by, credentials.service.get, "crd_00000000000000000000"),
        "order": lambda by: credentials.orders.placing.get(by, "SO-99999"),
        "connection": lambda by: world.connecting.confirm("con_1", by_code(a_session()), by),
        "session": lambda by: sessions.end(by.id, "unknown", proof, CLIENT),
    }


def _by(act: Callable[..., object], id_: str, by: Actor) -> object:
    return act(id_, by=by)


def entries(world: ConnectionWorld, account: str = EVE.id) -> list[AuditRow]:
    items = world.credential_world.database.query(AuditRow, key=("pk", f"ACTOR#{account}"))
    return [AuditRow.from_raw_data(item) for item in items]


def recorded(world: ConnectionWorld) -> Counter[str]:
    return Counter(entry.action for entry in entries(world))


def ask(world: ConnectionWorld, what: str, times: int, by: Actor = EVE) -> list[str]:
    return [refusal_of(partial(asking(world)[what], by)) for _ in range(times)]


@pytest.mark.parametrize("what", ["credential", "order", "connection", "session"])
def test_entries_about_foreign_ids_are_bounded_an_account_S62(
    what: str, connection_world: ConnectionWorld
) -> None:
    assert set(ask(connection_world, what, 30)) == {"not_found"}
    assert recorded(connection_world) == {f"{what}.refused": 20, "foreign_ids.unrecorded": 1}
    assert connection_world.credential_world.base.counts.seen["ForeignIdUnrecorded"] == 10


def test_all_kinds_of_ids_share_the_limit_and_accounts_do_not_S62(
    connection_world: ConnectionWorld,
) -> None:
    for what in asking(connection_world):
        ask(connection_world, what, 6)
    assert len(entries(connection_world)) == 20 + 1
    ask(connection_world, "order", 1, actor(connection_world.child))
    [entry] = entries(connection_world, connection_world.child.id)
    assert entry.action == "order.refused"


def test_the_last_entry_says_until_when_no_more_are_recorded_S62(
    connection_world: ConnectionWorld,
) -> None:
    begun = connection_world.clock()
    for late in (23, 1):
        ask(connection_world, "order", 20)
        connection_world.clock.advance(hours=late)
        ask(connection_world, "order", 5)
        connection_world.clock.advance(hours=24 - late)
    said = [one.facts for one in entries(connection_world) if "asked" not in one.facts]
    ends = [begun + timedelta(days=1), begun + timedelta(days=2)]
    assert said == [{"until": instant(end)} for end in ends]
    assert len(entries(connection_world)) == 2 * 21


def test_what_is_not_recorded_writes_nothing_and_takes_the_same_work_S23_S62(
    connection_world: ConnectionWorld,
) -> None:
    ask(connection_world, "order", 21)
    client, before = connection_world.credential_world.client, len(entries(connection_world))
    order = connection_world.credential_world.orders.order(connection_world.parent)
    work = []
    for number in ("SO-99999", order.number):
        client.calls.clear()
        with pytest.raises(NotFound):
            connection_world.credential_world.orders.placing.get(EVE, number)
        work.append([name for name, _ in client.calls])
    assert work[0] == work[1]
    assert len(entries(connection_world)) == before


def test_two_requests_at_once_are_recorded_in_turn_S62(connection_world: ConnectionWorld) -> None:
    connection_world.credential_world.client.next(
        "transact_write_items", first(lambda: ask(connection_world, "order", 20))
    )
    assert ask(connection_world, "order", 1) == ["not_found"]
    assert recorded(connection_world) == {"order.refused": 20, "foreign_ids.unrecorded": 1}


def test_the_counter_and_its_entry_are_one_transaction_S46_S62(
    connection_world: ConnectionWorld,
) -> None:
    client = connection_world.credential_world.client
    client.calls.clear()
    ask(connection_world, "order", 1)
    [request] = client.requests("transact_write_items")
    assert len(request["TransactItems"]) == 2
    [row] = [
        LimitRow.from_raw_data(item)
        for item in connection_world.credential_world.database.scan(LimitRow)
        if item["pk"]["S"].startswith("LIMIT#foreign")
    ]
    assert row.tries == 1
