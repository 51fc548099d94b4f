"""Requesting, confirming and ending a connection, over real tables (A8, S22, S23, S46).

One file, since a connection's life is one: requested, confirmed, ended.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.connections.connection import State
from keyfob.domain.connections.errors import Connected, NotConnectable
from keyfob.domain.credentials.credential import Credential
from keyfob.domain.credentials.errors import CredentialExists, ElevationRequired
from keyfob.domain.errors import (
    IdempotencyKeyReused,
    IllegalTransition,
    NotFound,
    StorageUnavailable,
    TooManyTries,
)
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.sessions.errors import NotAuthenticated, RecentPasswordRequired
from keyfob.storage.audit.subjects import Subjects
from keyfob.storage.directory.store import AccountRow
from keyfob.storage.sessions import store as session_rows
from keyfob.usecases.credentials.redemption import Claim
from keyfob.usecases.sessions.guessing import NOBODY
from tests.support.builders import a_record, a_session, by_code
from tests.support.connection_world import ConnectionWorld
from tests.support.faults import first, lose_the_answer, recognize_the_token, silent
from tests.support.order_world import actor

STRANGERS = ["nobody.at.all", "x", "Not A User Id!", "stranger", "oneself", "deactivated", "alike"]


def deactivate(connection_world: ConnectionWorld, account: str) -> None:
    set_account(connection_world, account, active=False)


def set_account(connection_world: ConnectionWorld, account: str, **values: object) -> None:
    actions = [getattr(AccountRow, name).set(value) for name, value in values.items()]
    row = AccountRow(f"ACCOUNT#{account}", "-")
    request = row.get_update_kwargs_from_instance(actions=actions)
    connection_world.credential_world.database._client.update_item(
        **connection_world.credential_world.database._named(request)
    )


def user_id_of(connection_world: ConnectionWorld, who: str) -> str:
    """User ids of every kind of impossible parent."""
    if who == "stranger":
        return connection_world.credential_world.orders.person().user_id
    if who == "oneself":
        return connection_world.child.user_id
    if who == "deactivated":
        account = connection_world.account()
        deactivate(connection_world, account.id)
        return account.user_id
    if who == "alike":
        return connection_world.account(first_name="ADA").user_id
    return who


# Requesting


def test_a_request_waits_for_the_parent_and_mails_it_A8(connection_world: ConnectionWorld) -> None:
    asked = connection_world.ask()
    assert (asked.state, asked.other) == (State.REQUESTED, None)
    assert asked.connection.id.startswith("con_")
    assert asked.connection.expires_at == connection_world.clock() + timedelta(days=7)
    assert connection_world.states(connection_world.child) == [("child", "requested", None)]
    assert connection_world.states(connection_world.parent) == [
        ("parent", "requested", connection_world.child.user_id)
    ]
    assert connection_world.trail() == ["connection.requested"]
    assert connection_world.credential_world.orders.kinds() == [Kind.CONNECTION_REQUESTED]
    connection_world.credential_world.orders.send_queued()
    [mail] = connection_world.credential_world.orders.mail.sent
    assert connection_world.child.user_id in mail["Subject"]
    assert connection_world.sessions(connection_world.child).parent is None


def test_the_user_id_is_taken_as_people_type_it_A8(connection_world: ConnectionWorld) -> None:
    connection_world.ask(f"  {connection_world.parent.user_id.upper()} ")
    assert connection_world.states(connection_world.parent) == [
        ("parent", "requested", connection_world.child.user_id)
    ]


@pytest.mark.parametrize("who", STRANGERS)
def test_an_impossible_parent_is_read_written_and_shown_like_any_other_S23_S25(
    connection_world: ConnectionWorld, who: str
) -> None:
    client = connection_world.credential_world.client

    def asked(user_id: str, account: Any) -> tuple[list[str], Any, Any]:
        before = len(client.calls)
        shown = connection_world.ask(user_id, account)
        made = client.calls[before:]
        [transaction] = [call for name, call in made if name == "transact_write_items"]
        kinds = [
            (kind, part["TableName"], sorted(part.get("Item", {})))
            for one in transaction["TransactItems"]
            for kind, part in one.items()
        ]
        seen = shown.state, shown.other, shown.connection.expires_at
        return [name for name, _ in made], kinds, seen

    stranger = user_id_of(connection_world, who)
    known = asked(connection_world.parent.user_id, connection_world.account())
    unknown = asked(stranger, connection_world.child)
    assert unknown == known
    assert connection_world.states(connection_world.child) == [("child", "requested", None)]
    connection_world.credential_world.orders.mail.sent.clear()
    moot = [
        one for one in connection_world.credential_world.orders.queued() if one.recipient == NOBODY
    ]
    assert [one.kind for one in moot] == [Kind.CONNECTION_REQUESTED]
    connection_world.credential_world.orders.notifier.deliver(moot[0].pk)
    assert connection_world.credential_world.orders.mail.sent == []
    connection_world.clock.advance(days=7)
    assert connection_world.states(connection_world.child) == []


def test_the_same_request_again_is_the_same_connection_and_charged_once_A8(
    connection_world: ConnectionWorld,
) -> None:
    record = a_record(connection_world.child.id)
    made = connection_world.ask(record=record)
    for _ in range(5):
        assert connection_world.ask(record=record).connection.id == made.connection.id
    assert connection_world.trail() == ["connection.requested"]
    with pytest.raises(IdempotencyKeyReused):
        connection_world.ask(
            record=a_record(connection_world.child.id, key=record.key, body="another")
        )
    connection_world.confirm(made.connection.id)
    assert connection_world.ask(record=record).state is State.CONNECTED
    connection_world.connecting.end(
        made.connection.id, connection_world.credential_world.proof, actor(connection_world.child)
    )
    with pytest.raises(IllegalTransition):
        connection_world.ask(record=record)


@pytest.mark.parametrize("read", range(6))
def test_the_same_request_that_lands_before_any_of_its_readings_is_answered_as_one_A8(
    connection_world: ConnectionWorld, read: int
) -> None:
    record = a_record(connection_world.child.id)
    twin: list[str] = []
    rival = first(lambda: twin.append(connection_world.ask(record=record).connection.id))
    nothing = first(lambda: None)
    client = connection_world.credential_world.client
    client.next("get_item", *[nothing] * read, rival)
    made = connection_world.ask(record=record).connection.id
    assert twin in ([made], [])
    assert connection_world.trail() == ["connection.requested"]


def test_two_of_the_same_request_at_once_are_one_A8(connection_world: ConnectionWorld) -> None:
    record = a_record(connection_world.child.id)
    twin: list[str] = []
    rival = first(lambda: twin.append(connection_world.ask(record=record).connection.id))
    connection_world.credential_world.client.next("transact_write_items", rival)
    assert [connection_world.ask(record=record).connection.id] == twin
    assert connection_world.trail() == ["connection.requested"]


def test_an_account_has_three_requests_a_day_for_any_parent_A8_S25(
    connection_world: ConnectionWorld,
) -> None:
    for user_id in ("nobody.1", "", "nobody.2"):
        connection_world.connecting.end(
            connection_world.ask(user_id).connection.id,
            connection_world.credential_world.proof,
            actor(connection_world.child),
        )
    for user_id in ("", "nobody.3"):
        with pytest.raises(TooManyTries) as refused:
            connection_world.ask(user_id)
        assert refused.value.retry_after == timedelta(days=1)
    connection_world.clock.advance(days=1)
    assert connection_world.ask()


def test_a_failed_request_is_not_counted_A8_S50(
    connection_world: ConnectionWorld,
) -> None:
    connection_world.credential_world.client.next("transact_write_items", *[silent] * 5)
    with pytest.raises(StorageUnavailable):
        connection_world.ask()
    for _ in range(3):
        connection_world.connecting.end(
            connection_world.ask().connection.id,
            connection_world.credential_world.proof,
            actor(connection_world.child),
        )


def test_an_account_with_a_credential_a_child_or_a_request_cannot_ask_A8(
    connection_world: ConnectionWorld,
) -> None:
    with pytest.raises(CredentialExists):
        connection_world.ask(connection_world.child.user_id, connection_world.parent)
    connection_world.ask()
    with pytest.raises(IllegalTransition):
        connection_world.ask()
    [one] = connection_world.connecting.of_account(connection_world.child.id)
    connection_world.confirm(one.connection.id)
    with pytest.raises(Connected):
        connection_world.ask()
    connection_world.credential_world.management.revoke(
        connection_world.credential_world.live.id,
        connection_world.credential_world.proof,
        connection_world.credential_world.by,
        confirmed=True,
    )
    with pytest.raises(NotConnectable):
        connection_world.ask(connection_world.account().user_id, connection_world.parent)


# Confirming


def test_a_confirmed_child_uses_the_parents_credential_from_a_new_session_on_A8_S22(
    connection_world: ConnectionWorld,
) -> None:
    before = connection_world.signed_in(connection_world.child)
    epoch = connection_world.sessions(connection_world.child).epoch
    done = connection_world.connected()
    assert (done.state, done.connection.connected_at) == (State.CONNECTED, connection_world.clock())
    row = connection_world.sessions(connection_world.child)
    assert (row.parent, row.epoch, row.live) == (connection_world.parent.id, epoch + 1, {})
    assert connection_world.strength(before) == 0
    assert connection_world.states(connection_world.child) == [
        ("child", "connected", connection_world.parent.user_id)
    ]
    assert connection_world.states(connection_world.parent) == [
        ("parent", "connected", connection_world.child.user_id)
    ]
    assert connection_world.strength(connection_world.elevated(connection_world.child)) == 2
    assert connection_world.trail() == ["connection.requested", "connection.connected"]


def test_connection_sessions_entry_and_both_mails_are_one_transaction_S46(
    connection_world: ConnectionWorld,
) -> None:
    asked = connection_world.ask()
    connection_world.credential_world.orders.send_queued()
    connection_world.credential_world.orders.mail.sent.clear()
    session = connection_world.elevated(connection_world.parent)
    before = len(connection_world.credential_world.client.requests("transact_write_items"))
    connection_world.confirm(asked.connection.id, session)
    assert (
        len(connection_world.credential_world.client.requests("transact_write_items")) == before + 1
    )
    assert connection_world.credential_world.orders.kinds() == [Kind.CONNECTED, Kind.CONNECTED]
    connection_world.credential_world.orders.send_queued()
    assert len(connection_world.credential_world.orders.mail.sent) == 2


def test_the_connections_row_says_where_its_chain_ends_S48(
    connection_world: ConnectionWorld,
) -> None:
    done = connection_world.connected()
    position = Subjects(connection_world.credential_world.database).position(
        done.connection.subject
    )
    stored = connection_world.connections.of_child(connection_world.child.id)
    assert stored
    assert position == (2, stored.head)
    assert (stored.subject, position) in list(
        Subjects(connection_world.credential_world.database).all()
    )


def test_a_stolen_password_alone_adds_no_connection_A8_S20(
    connection_world: ConnectionWorld,
) -> None:
    asked = connection_world.ask()
    with pytest.raises(ElevationRequired):
        connection_world.confirm(
            asked.connection.id, connection_world.signed_in(connection_world.parent)
        )
    assert connection_world.sessions(connection_world.child).parent is None
    assert connection_world.trail() == ["connection.requested"]


def test_confirming_again_changes_nothing_A8(connection_world: ConnectionWorld) -> None:
    done = connection_world.connected()
    epoch = connection_world.sessions(connection_world.child).epoch
    assert connection_world.confirm(done.connection.id).state is State.CONNECTED
    assert connection_world.sessions(connection_world.child).epoch == epoch
    assert len(connection_world.trail()) == 2


def test_a_confirmation_whose_answer_got_lost_has_landed_once_S46(
    connection_world: ConnectionWorld,
) -> None:
    asked, session = connection_world.ask(), connection_world.elevated(connection_world.parent)
    connection_world.credential_world.client.next(
        "transact_write_items", lose_the_answer, recognize_the_token
    )
    assert connection_world.confirm(asked.connection.id, session).state is State.CONNECTED
    assert len(connection_world.trail()) == 2


def test_a_foreign_connection_looks_like_an_unknown_one_and_leaves_a_trace_S23(
    connection_world: ConnectionWorld,
) -> None:
    eve = connection_world.credential_world.orders.person()
    asked = connection_world.ask().connection.id
    unknown = "con_00000000000000000000"
    for connection in (asked, unknown, "con_1"):
        with pytest.raises(NotFound):
            connection_world.connecting.end(
                connection, connection_world.credential_world.proof, actor(eve)
            )
        with pytest.raises(NotFound):
            connection_world.connecting.confirm(connection, by_code(a_session()), actor(eve))
    # The child can't confirm its own request.
    with pytest.raises(NotFound):
        connection_world.connecting.confirm(
            asked, by_code(a_session()), actor(connection_world.child)
        )
    trail = connection_world.credential_world.trail(f"ACTOR#{eve.id}")
    assert trail.count("connection.refused") == 6


def test_an_expired_request_is_not_confirmed_A8(connection_world: ConnectionWorld) -> None:
    asked = connection_world.ask()
    connection_world.clock.advance(days=7)
    with pytest.raises(IllegalTransition):
        connection_world.confirm(asked.connection.id)


CHANGES_MEANWHILE: dict[str, Any] = {
    "the child's name": lambda connection_world: set_account(
        connection_world, connection_world.child.id, last_name="Byron "
    ),
    "the child's first name": lambda connection_world: set_account(
        connection_world, connection_world.child.id, first_name="Augusta"
    ),
    "the parent's mail": lambda connection_world: set_account(
        connection_world, connection_world.parent.id, email=connection_world.parent.email.upper()
    ),
    "the child's middle name": lambda connection_world: set_account(
        connection_world, connection_world.child.id, middle_name="King"
    ),
    "the child's account": lambda connection_world: deactivate(
        connection_world, connection_world.child.id
    ),
    "the parent's account": lambda connection_world: deactivate(
        connection_world, connection_world.parent.id
    ),
}


@pytest.mark.parametrize("what", CHANGES_MEANWHILE)
def test_conditions_of_the_request_must_hold_at_the_confirmation_A8(
    connection_world: ConnectionWorld, what: str
) -> None:
    asked, session = connection_world.ask(), connection_world.elevated(connection_world.parent)
    CHANGES_MEANWHILE[what](connection_world)
    with pytest.raises(NotConnectable):
        connection_world.confirm(asked.connection.id, session)
    assert connection_world.sessions(connection_world.child).parent is None


@pytest.mark.parametrize("what", CHANGES_MEANWHILE)
def test_conditions_must_hold_at_the_very_moment_of_the_confirmation_A8_S46(
    connection_world: ConnectionWorld, what: str
) -> None:
    asked, session = connection_world.ask(), connection_world.elevated(connection_world.parent)
    change = first(lambda: CHANGES_MEANWHILE[what](connection_world))
    connection_world.credential_world.client.next("transact_write_items", change)
    with pytest.raises(NotConnectable):
        connection_world.confirm(asked.connection.id, session)
    assert connection_world.sessions(connection_world.child).parent is None


def redeem(connection_world: ConnectionWorld, key: str) -> Credential:
    """The child redeems a license key."""
    claim = Claim(license_key=key, legal_name="Ada Byron", country="US", organization="acme")
    by = actor(connection_world.child)
    return connection_world.credential_world.redemption.redeem(
        claim, a_record(connection_world.child.id), by
    )


def test_an_account_that_redeems_in_that_moment_has_a_credential_and_no_parent_A8(
    connection_world: ConnectionWorld,
) -> None:
    asked, session = connection_world.ask(), connection_world.elevated(connection_world.parent)
    key = connection_world.credential_world.bought(kind="phone").keys[0]
    connection_world.credential_world.client.next(
        "transact_write_items", first(lambda: redeem(connection_world, key))
    )
    with pytest.raises(CredentialExists):
        connection_world.confirm(asked.connection.id, session)
    assert connection_world.sessions(connection_world.child).parent is None


def test_an_account_connected_in_that_moment_redeems_nothing_A8(
    connection_world: ConnectionWorld,
) -> None:
    asked, session = connection_world.ask(), connection_world.elevated(connection_world.parent)
    key = connection_world.credential_world.bought(kind="phone").keys[0]
    connect = first(lambda: connection_world.confirm(asked.connection.id, session))
    connection_world.credential_world.client.next("transact_write_items", connect)
    with pytest.raises(Connected):
        redeem(connection_world, key)
    assert connection_world.credential_world.credentials.live(connection_world.child.id) is None
    connection_world.connecting.end(
        asked.connection.id, connection_world.credential_world.proof, actor(connection_world.child)
    )
    assert redeem(connection_world, key).account == connection_world.child.id


ENDS_ELEVATION: dict[str, Any] = {
    "revoked": lambda connection_world: connection_world.credential_world.management.revoke(
        connection_world.credential_world.live.id,
        connection_world.credential_world.proof,
        connection_world.credential_world.by,
        confirmed=True,
    ),
    "suspended": lambda connection_world: connection_world.credential_world.management.suspend(
        connection_world.credential_world.live.id,
        connection_world.credential_world.proof,
        connection_world.credential_world.by,
    ),
    "without token": lambda connection_world: (
        connection_world.credential_world.management.revoke_token(
            connection_world.credential_world.live.id,
            connection_world.credential_world.proof,
            connection_world.credential_world.by,
        )
    ),
    "signed out everywhere": lambda connection_world: (
        connection_world.credential_world.database.write(
            session_rows.restart(connection_world.sessions(connection_world.parent))
        )
    ),
}


@pytest.mark.parametrize("what", ENDS_ELEVATION)
def test_a_confirmation_loses_against_a_fall_of_its_session_in_that_moment_A8_S22(
    connection_world: ConnectionWorld, what: str
) -> None:
    asked, session = connection_world.ask(), connection_world.elevated(connection_world.parent)
    lowered = first(lambda: ENDS_ELEVATION[what](connection_world))
    connection_world.credential_world.client.next("transact_write_items", lowered)
    with pytest.raises((NotAuthenticated, ElevationRequired)):
        connection_world.confirm(asked.connection.id, session)
    assert connection_world.sessions(connection_world.child).parent is None
    assert connection_world.trail() == ["connection.requested"]


def test_no_account_is_a_child_and_a_parent_A8(connection_world: ConnectionWorld) -> None:
    """Without its own credential the parent could ask, but a parent must not become a child."""
    grandchild = connection_world.account()
    below = connection_world.ask(connection_world.child.user_id, grandchild).connection.id
    connection_world.connected()
    strong = connection_world.elevated(connection_world.child)
    with pytest.raises(Connected):
        connection_world.connecting.confirm(
            below, connection_world.proof(strong), actor(connection_world.child)
        )
    assert connection_world.sessions(grandchild).parent is None


def test_an_account_that_became_a_parent_since_asking_does_not_become_a_child_A8(
    connection_world: ConnectionWorld,
) -> None:
    """The asking account gets a credential and a child of its own, and gives the credential up."""
    asked = connection_world.ask().connection.id
    session = connection_world.elevated(connection_world.parent)
    own = {"account": connection_world.child.id, "id": "crd_00000000000000000002"}
    device = connection_world.credential_world.holder(credential=own)
    below = connection_world.ask(
        connection_world.child.user_id, connection_world.account()
    ).connection.id
    strong = connection_world.elevated(connection_world.child, device)
    connection_world.connecting.confirm(
        below, connection_world.proof(strong), actor(connection_world.child)
    )
    connection_world.credential_world.management.revoke(
        own["id"],
        connection_world.credential_world.proof,
        actor(connection_world.child),
        confirmed=True,
    )
    with pytest.raises(NotConnectable):
        connection_world.confirm(asked, session)


# Ending


@pytest.mark.parametrize("side", ["child", "parent"])
def test_either_side_disconnects_and_the_childs_sessions_end_A8_S22(
    connection_world: ConnectionWorld, side: str
) -> None:
    done = connection_world.connected()
    strong = connection_world.elevated(connection_world.child)
    parents = connection_world.elevated(connection_world.parent)
    connection_world.credential_world.orders.send_queued()
    who = getattr(connection_world, side)
    epoch = connection_world.sessions(connection_world.child).epoch
    connection_world.connecting.end(
        done.connection.id, connection_world.credential_world.proof, actor(who)
    )
    row = connection_world.sessions(connection_world.child)
    assert (row.parent, row.epoch, row.live) == (None, epoch + 1, {})
    assert (connection_world.strength(strong), connection_world.strength(parents)) == (0, 2)
    assert (
        connection_world.states(connection_world.child)
        == connection_world.states(connection_world.parent)
        == []
    )
    told = [Kind.BINDING_HELD, Kind.DISCONNECTED, Kind.DISCONNECTED]
    assert connection_world.credential_world.orders.kinds() == told
    connection_world.connecting.end(
        done.connection.id, connection_world.credential_world.proof, actor(who)
    )
    assert connection_world.trail()[2:] == ["connection.disconnected"]
    assert connection_world.credential_world.orders.kinds() == told


def test_a_connection_is_ended_by_a_password_typed_just_now_S58(
    connection_world: ConnectionWorld,
) -> None:
    done, typed = connection_world.connected(), connection_world.credential_world.proof
    connection_world.clock.advance(minutes=10)
    with pytest.raises(RecentPasswordRequired):
        connection_world.connecting.end(done.connection.id, typed, actor(connection_world.child))
    assert connection_world.sessions(connection_world.child).parent == connection_world.parent.id


def test_a_declined_request_goes_on_for_the_child_and_is_gone_for_the_parent_S23(
    connection_world: ConnectionWorld,
) -> None:
    asked = connection_world.ask()
    connection_world.connecting.end(
        asked.connection.id,
        connection_world.credential_world.proof,
        connection_world.credential_world.by,
    )
    assert connection_world.states(connection_world.parent) == []
    assert connection_world.states(connection_world.child) == [("child", "requested", None)]
    with pytest.raises(IllegalTransition):
        connection_world.confirm(asked.connection.id)
    connection_world.connecting.end(
        asked.connection.id, connection_world.credential_world.proof, actor(connection_world.child)
    )
    assert connection_world.states(connection_world.child) == []
    assert connection_world.trail()[1:] == ["connection.declined", "connection.taken_back"]


def test_no_mail_is_sent_for_a_request_that_was_taken_back_S44(
    connection_world: ConnectionWorld,
) -> None:
    asked = connection_world.ask()
    connection_world.connecting.end(
        asked.connection.id, connection_world.credential_world.proof, actor(connection_world.child)
    )
    connection_world.credential_world.orders.send_queued()
    assert connection_world.credential_world.orders.mail.sent == []


@pytest.mark.parametrize("over", ["expired", "confirmed", "asked anew"])
def test_a_request_that_is_over_is_not_mailed_any_more_S44(
    connection_world: ConnectionWorld, over: str
) -> None:
    asked = connection_world.ask()
    [mail] = [one.pk for one in connection_world.credential_world.orders.queued()]
    if over == "confirmed":
        connection_world.confirm(asked.connection.id)
    else:
        connection_world.clock.advance(days=7)
    if over == "asked anew":
        connection_world.ask()
    connection_world.credential_world.orders.notifier.deliver(mail)
    assert connection_world.credential_world.orders.mail.sent == []


def test_a_child_can_ask_again_and_the_chain_goes_on_A8_S48(
    connection_world: ConnectionWorld,
) -> None:
    one = connection_world.connected()
    connection_world.connecting.end(
        one.connection.id, connection_world.credential_world.proof, actor(connection_world.child)
    )
    connection_world.clock.advance(hours=72)  # the child's hold
    two = connection_world.connected()
    assert one.connection.id != two.connection.id
    assert len(connection_world.trail()) == 5
    assert connection_world.states(connection_world.parent) == [
        ("parent", "connected", connection_world.child.user_id)
    ]


def test_a_child_that_asked_another_parent_is_gone_from_the_list_A8(
    connection_world: ConnectionWorld,
) -> None:
    asked = connection_world.ask()
    connection_world.connecting.end(
        asked.connection.id, connection_world.credential_world.proof, actor(connection_world.child)
    )
    third = connection_world.account()
    connection_world.ask(third.user_id)
    assert connection_world.states(connection_world.parent) == []
    assert connection_world.states(third) == [
        ("parent", "requested", connection_world.child.user_id)
    ]
