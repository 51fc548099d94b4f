"""A child's session by its parent's credential: elevation, and every fall (A8, S22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from keyfob.domain.credentials.errors import CodeAlreadyUsed, NoToken, TokenLocked, WrongCode
from keyfob.domain.errors import NotFound
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import recognize
from keyfob.domain.sessions.sign_in_options import sign_in_options
from keyfob.storage.audit.store import AuditRow
from keyfob.storage.sessions import store as session_rows
from keyfob.usecases.credentials.registration import Pair
from tests.support.builders import a_session
from tests.support.connection_world import ConnectionWorld
from tests.support.credential_world import wrong
from tests.support.faults import first
from tests.support.order_world import actor
from tests.support.token_acts import register
from tests.unit.usecases.credentials.test_redemption import redeem


@pytest.fixture
def connected(connection_world: ConnectionWorld) -> ConnectionWorld:
    """The child uses the parent's credential."""
    connection_world.connected()
    return connection_world


def test_a_childs_code_is_the_parents_and_an_entry_of_its_credentials_chain_A8_E2(
    connected: ConnectionWorld,
) -> None:
    before = connected.credential_world.live
    strong = connected.elevated(connected.child)
    assert connected.strength(strong) == 2
    after = connected.credential_world.live
    assert after.version == before.version + 1
    items = connected.credential_world.database.query(AuditRow, key=("pk", before.subject))
    last = [AuditRow.from_raw_data(item) for item in items][-1]
    assert last.action == "token.accepted"
    assert last.actor_id == connected.child.id


def test_a_code_is_spent_for_both_accounts_S2(connected: ConnectionWorld) -> None:
    child, parent = connected.signed_in(connected.child), connected.signed_in(connected.parent)
    connected.clock.advance(seconds=30)
    code = connected.device.code()
    connected.credential_world.elevate(child, code)
    with pytest.raises(CodeAlreadyUsed):
        connected.credential_world.elevate(parent, code)


def test_the_childs_wrong_codes_count_on_the_parents_token_and_lock_it_for_both_E3_S4(
    connected: ConnectionWorld,
) -> None:
    strong = connected.elevated(connected.parent)
    child = connected.signed_in(connected.child)
    connected.clock.advance(seconds=30)
    bad = wrong(connected.device.code())
    for _ in range(4):
        with pytest.raises(WrongCode):
            connected.credential_world.elevate(child, bad)
    assert len(connected.credential_world.token.failed) == 4
    with pytest.raises(TokenLocked):
        connected.credential_world.elevate(child, bad)
    assert connected.strength(strong) == 1
    with pytest.raises(TokenLocked):
        connected.credential_world.elevate(child, connected.device.code())


def test_a_child_is_offered_the_parents_token_A8_E2(connected: ConnectionWorld) -> None:
    _, credential = connected.credential_world.sessions.with_credential(connected.child.id)
    offered = sign_in_options(credential, [], connected.clock(), connected.credential_world.policy)
    assert [one.label[-4:] for one in offered] == [connected.device.serial[-4:]]


def test_the_parents_credential_itself_is_not_the_childs_S23(connected: ConnectionWorld) -> None:
    credential, child = connected.credential_world.live.id, actor(connected.child)
    proof = connected.credential_world.proof
    management = connected.credential_world.management
    acts: list[Callable[[], object]] = [
        lambda: management.suspend(credential, proof, child),
        lambda: management.revoke(credential, proof, child, confirmed=True),
        lambda: management.revoke_token(credential, proof, child),
        lambda: connected.credential_world.history.of(child, credential),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert connected.credential_world.credentials.of_account(connected.child.id) == []


FALLS: dict[str, Callable[[ConnectionWorld], object]] = {
    "revoked": lambda connection_world: connection_world.credential_world.management.revoke(
        connection_world.credential_world.live.id,
        connection_world.credential_world.coded,
        connection_world.credential_world.by,
        confirmed=True,
    ),
    "revoked by the clock": lambda connection_world: connection_world.credential_world.changed(
        expires_at=connection_world.clock() - timedelta(days=1)
    ),
    "suspended": lambda connection_world: connection_world.credential_world.management.suspend(
        connection_world.credential_world.live.id,
        connection_world.credential_world.proof,
        connection_world.credential_world.by,
    ),
    "token given up": lambda connection_world: (
        connection_world.credential_world.management.revoke_token(
            connection_world.credential_world.live.id,
            connection_world.credential_world.proof,
            connection_world.credential_world.by,
        )
    ),
}


@pytest.mark.parametrize("what", FALLS)
def test_a_fall_of_the_parent_lowers_the_child_on_its_next_request_S22(
    connected: ConnectionWorld, what: str
) -> None:
    strong = connected.elevated(connected.child)
    assert connected.strength(strong) == 2
    FALLS[what](connected)
    assert connected.strength(strong) == 1


def test_a_childs_elevation_loses_against_the_parents_revocation_in_that_moment_S22(
    connected: ConnectionWorld,
) -> None:
    child = connected.signed_in(connected.child)
    connected.clock.advance(seconds=30)
    revoked = first(lambda: FALLS["revoked"](connected))
    connected.credential_world.client.next("transact_write_items", revoked)
    with pytest.raises(NoToken):
        connected.credential_world.elevate(child, connected.device.code())
    assert connected.strength(child) == 1


def test_a_childs_elevation_loses_against_its_disconnection_in_that_moment_S22(
    connected: ConnectionWorld,
) -> None:
    [one] = connected.connecting.of_account(connected.child.id)
    child = connected.signed_in(connected.child)
    connected.clock.advance(seconds=30)
    last = connected.credential_world.token.last
    gone = first(
        lambda: connected.connecting.end(
            one.connection.id, connected.credential_world.proof, connected.credential_world.by
        )
    )
    connected.credential_world.client.next("transact_write_items", gone)
    with pytest.raises(NotAuthenticated):
        connected.credential_world.elevate(child, connected.device.code())
    assert connected.strength(child) == 0
    assert connected.credential_world.token.last == last


def a_new_credential(connection_world: ConnectionWorld) -> None:
    """The parent redeems another key, and registers another token with it."""
    credential_world = connection_world.credential_world
    bought = credential_world.bought()
    credential_world.ship(bought)
    made = redeem(credential_world, bought.keys[0])
    credential_world.activation.activate(made.id, None, credential_world.by)
    device = credential_world.delivered(bought.order)
    pair = device.pair(ahead=-1)
    register(credential_world, device, Pair(first=pair["first_code"], second=pair["second_code"]))
    connection_world.device = device


@pytest.mark.parametrize("locks", [0, 2, 9])
def test_the_parents_next_credential_restores_nothing_of_the_last_one_S22(
    connected: ConnectionWorld, locks: int
) -> None:
    """This holds even if many locks of the last one's token raised its own epoch far above."""
    token = connected.credential_world.token
    connected.credential_world.changed(token=replace(token, epoch=locks))
    strong = connected.elevated(connected.child)
    given = connected.session(strong)
    assert given
    assert given.epoch == locks
    FALLS["revoked"](connected)
    assert connected.strength(strong) == 1
    a_new_credential(connected)
    assert (connected.credential_world.live.epoch_of("token") or 0) > locks
    assert connected.strength(strong) == 1
    fresh = connected.elevated(connected.child)
    assert (connected.strength(fresh), connected.strength(strong)) == (2, 1)


def test_each_credential_of_an_account_begins_above_those_before_it_S22(
    connection_world: ConnectionWorld,
) -> None:
    begun = [connection_world.credential_world.live.epoch]
    ended = []
    for _ in range(3):
        FALLS["revoked"](connection_world)
        ended.append(
            max(
                one.epoch
                for one in connection_world.credential_world.credentials.of_account(
                    connection_world.parent.id
                )
            )
        )
        a_new_credential(connection_world)
        begun.append(connection_world.credential_world.live.epoch)
    assert all(new > old for new, old in zip(begun[1:], ended, strict=True))


def test_a_revocation_while_a_key_is_redeemed_is_not_overlooked_S22(
    connection_world: ConnectionWorld,
) -> None:
    """The revoked credential counts, although the read of the past didn't contain it yet."""
    credential_world = connection_world.credential_world
    FALLS["revoked"](connection_world)
    keys = credential_world.bought(kind="phone").keys + credential_world.bought(kind="phone").keys

    def another_life() -> None:
        redeem(credential_world, keys[1])
        credential_world.changed(epoch=40)
        FALLS["revoked"](connection_world)

    credential_world.client.next("transact_write_items", first(another_life))
    redeem(credential_world, keys[0])
    assert credential_world.live.epoch == 42


def test_an_own_credential_is_read_in_one_round_trip_and_a_parents_in_two_A8(
    connected: ConnectionWorld,
) -> None:
    client = connected.credential_world.client
    for account, reads in ((connected.parent, 1), (connected.child, 2)):
        before = len(client.calls)
        connected.credential_world.sessions.with_credential(account.id)
        assert [name for name, _ in client.calls[before:]] == ["batch_get_item"] * reads


def test_a_child_that_changes_its_password_and_sessions_keeps_its_parent_A8(
    connected: ConnectionWorld,
) -> None:
    row = connected.sessions(connected.child)
    session = a_session("secret", created=connected.clock(), seen=connected.clock())
    connected.credential_world.database.write(session_rows.restart(row, session))
    after = connected.sessions(connected.child)
    assert (after.parent, after.epoch) == (connected.parent.id, row.epoch + 1)
    token = connected.signed_in(connected.child)
    assert recognize(
        connected.sessions(connected.child),
        token,
        connected.clock(),
        connected.credential_world.policy,
    )
