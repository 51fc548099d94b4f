"""Asking for a connection, confirming and ending it, over real tables (A8, S22, S23, S46)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyfob.audit.subjects import Subjects
from keyfob.credentials.credential import Credential
from keyfob.credentials.redemption import Claim
from keyfob.directory.connection import State
from keyfob.directory.store import AccountRow
from keyfob.errors import (
    Connected,
    CredentialExists,
    ElevationRequired,
    IdempotencyKeyReused,
    IllegalTransition,
    NotAuthenticated,
    NotConnectable,
    NotFound,
    StorageUnavailable,
    TooManyTries,
)
from keyfob.messages.outbox import Kind
from keyfob.sessions import store as session_rows
from keyfob.sessions.sign_in import NOBODY
from tests.support.builders import a_receipt
from tests.support.family import Family
from tests.support.faults import first, lose_the_answer, recognize_the_token, silent
from tests.support.shop import actor

STRANGERS = ["nobody.at.all", "x", "Not A User Id!", "stranger", "oneself", "deactivated", "alike"]


def deactivate(family: Family, account: str) -> None:
    set_account(family, account, active=False)


def set_account(family: Family, account: str, **values: object) -> None:
    actions = [getattr(AccountRow, name).set(value) for name, value in values.items()]
    row = AccountRow(f"ACCOUNT#{account}", "-")
    request = row.get_update_kwargs_from_instance(actions=actions)
    family.bureau.database._client.update_item(**family.bureau.database._named(request))


def user_id_of(family: Family, who: str) -> str:
    """Whom a request can't be for, in all ways."""
    if who == "stranger":
        return family.bureau.shop.person().user_id
    if who == "oneself":
        return family.child.user_id
    if who == "deactivated":
        account = family.account()
        deactivate(family, account.id)
        return account.user_id
    if who == "alike":
        return family.account(first_name="ADA").user_id
    return who


# Asking


def test_a_request_waits_for_the_parent_and_mails_it_A8(family: Family) -> None:
    asked = family.ask()
    assert (asked.state, asked.other) == (State.REQUESTED, None)
    assert asked.connection.id.startswith("con_")
    assert asked.connection.expires_at == family.clock() + timedelta(days=7)
    assert family.states(family.child) == [("child", "requested", None)]
    assert family.states(family.parent) == [("parent", "requested", family.child.user_id)]
    assert family.trail() == ["connection.requested"]
    assert family.bureau.shop.kinds() == [Kind.CONNECTION_REQUESTED]
    family.bureau.shop.keep_promises()
    [mail] = family.bureau.shop.mail.sent
    assert family.child.user_id in mail["Subject"]
    assert family.sessions(family.child).parent is None


def test_the_user_id_is_taken_as_people_type_it_A8(family: Family) -> None:
    family.ask(f"  {family.parent.user_id.upper()} ")
    assert family.states(family.parent) == [("parent", "requested", family.child.user_id)]


@pytest.mark.parametrize("who", STRANGERS)
def test_whoever_it_cannot_be_for_the_same_is_read_written_and_shown_S23_S25(
    family: Family, who: str
) -> None:
    client = family.bureau.client

    def asked(user_id: str, account: Any) -> tuple[list[str], Any, Any]:
        before = len(client.calls)
        shown = family.ask(user_id, account)
        made = client.calls[before:]
        [transaction] = [call for name, call in made if name == "transact_write_items"]
        kinds = [
            (kind, part["TableName"], sorted(part.get("Item", {})))
            for one in transaction["TransactItems"]
            for kind, part in one.items()
        ]
        seen = shown.state, shown.other, shown.connection.expires_at
        return [name for name, _ in made], kinds, seen

    stranger = user_id_of(family, who)
    known = asked(family.parent.user_id, family.account())
    unknown = asked(stranger, family.child)
    assert unknown == known
    assert family.states(family.child) == [("child", "requested", None)]
    family.bureau.shop.mail.sent.clear()
    moot = [one for one in family.bureau.shop.promises() if one.recipient == NOBODY]
    assert [one.kind for one in moot] == [Kind.CONNECTION_REQUESTED]
    family.bureau.shop.notifier.deliver(moot[0].pk)
    assert family.bureau.shop.mail.sent == []
    family.clock.advance(days=7)
    assert family.states(family.child) == []


def test_the_same_request_again_is_the_same_connection_and_charged_once_A8(family: Family) -> None:
    receipt = a_receipt(family.child.id)
    made = family.ask(receipt=receipt)
    for _ in range(5):
        assert family.ask(receipt=receipt).connection.id == made.connection.id
    assert family.trail() == ["connection.requested"]
    with pytest.raises(IdempotencyKeyReused):
        family.ask(receipt=a_receipt(family.child.id, key=receipt.key, body="another"))
    family.confirm(made.connection.id)
    assert family.ask(receipt=receipt).state is State.CONNECTED
    family.connecting.end(made.connection.id, actor(family.child))
    with pytest.raises(IllegalTransition):
        family.ask(receipt=receipt)


def test_two_of_the_same_request_at_once_are_one_A8(family: Family) -> None:
    receipt = a_receipt(family.child.id)
    twin: list[str] = []
    rival = first(lambda: twin.append(family.ask(receipt=receipt).connection.id))
    family.bureau.client.next("transact_write_items", rival)
    assert [family.ask(receipt=receipt).connection.id] == twin
    assert family.trail() == ["connection.requested"]


def test_three_requests_a_day_whomever_they_are_for_A8_S25(family: Family) -> None:
    for user_id in ("nobody.1", "", "nobody.2"):
        family.connecting.end(family.ask(user_id).connection.id, actor(family.child))
    for user_id in ("", "nobody.3"):
        with pytest.raises(TooManyTries) as refused:
            family.ask(user_id)
        assert refused.value.retry_after == timedelta(days=1)
    family.clock.advance(days=1)
    assert family.ask()


def test_a_request_that_asked_nobody_is_not_counted_A8_S50(family: Family) -> None:
    family.bureau.client.next("transact_write_items", *[silent] * 5)
    with pytest.raises(StorageUnavailable):
        family.ask()
    for _ in range(3):
        family.connecting.end(family.ask().connection.id, actor(family.child))


def test_who_has_a_credential_or_gives_one_or_waits_cannot_ask_A8(family: Family) -> None:
    with pytest.raises(CredentialExists):
        family.ask(family.child.user_id, family.parent)
    family.ask()
    with pytest.raises(IllegalTransition):
        family.ask()
    [one] = family.connecting.of_account(family.child.id)
    family.confirm(one.connection.id)
    with pytest.raises(Connected):
        family.ask()
    family.bureau.management.revoke(family.bureau.live.id, family.bureau.by, confirmed=True)
    with pytest.raises(NotConnectable):
        family.ask(family.account().user_id, family.parent)


# Confirming


def test_confirmed_the_child_uses_the_parents_credential_from_a_new_session_on_A8_S22(
    family: Family,
) -> None:
    before = family.signed_in(family.child)
    epoch = family.sessions(family.child).epoch
    done = family.connected()
    assert (done.state, done.connection.connected_at) == (State.CONNECTED, family.clock())
    row = family.sessions(family.child)
    assert (row.parent, row.epoch, row.live) == (family.parent.id, epoch + 1, {})
    assert family.strength(before) == 0
    assert family.states(family.child) == [("child", "connected", family.parent.user_id)]
    assert family.states(family.parent) == [("parent", "connected", family.child.user_id)]
    assert family.strength(family.elevated(family.child)) == 2
    assert family.trail() == ["connection.requested", "connection.connected"]


def test_connection_sessions_entry_and_both_mails_are_one_transaction_S46(family: Family) -> None:
    asked = family.ask()
    family.bureau.shop.keep_promises()
    family.bureau.shop.mail.sent.clear()
    session = family.elevated(family.parent)
    before = len(family.bureau.client.requests("transact_write_items"))
    family.confirm(asked.connection.id, session)
    assert len(family.bureau.client.requests("transact_write_items")) == before + 1
    assert family.bureau.shop.kinds() == [Kind.CONNECTED, Kind.CONNECTED]
    family.bureau.shop.keep_promises()
    assert len(family.bureau.shop.mail.sent) == 2


def test_the_connections_row_says_where_its_chain_ends_S48(family: Family) -> None:
    done = family.connected()
    position = Subjects(family.bureau.database).position(done.connection.subject)
    stored = family.connections.of_child(family.child.id)
    assert stored
    assert position == (2, stored.head)
    assert (stored.subject, position) in list(Subjects(family.bureau.database).all())


def test_a_stolen_password_alone_adds_no_connection_A8_S20(family: Family) -> None:
    asked = family.ask()
    with pytest.raises(ElevationRequired):
        family.confirm(asked.connection.id, family.signed_in(family.parent))
    assert family.sessions(family.child).parent is None
    assert family.trail() == ["connection.requested"]


def test_confirming_again_changes_nothing_A8(family: Family) -> None:
    done = family.connected()
    epoch = family.sessions(family.child).epoch
    assert family.confirm(done.connection.id).state is State.CONNECTED
    assert family.sessions(family.child).epoch == epoch
    assert len(family.trail()) == 2


def test_a_confirmation_whose_answer_got_lost_has_landed_once_S46(family: Family) -> None:
    asked, session = family.ask(), family.elevated(family.parent)
    family.bureau.client.next("transact_write_items", lose_the_answer, recognize_the_token)
    assert family.confirm(asked.connection.id, session).state is State.CONNECTED
    assert len(family.trail()) == 2


def test_a_foreign_connection_looks_like_an_unknown_one_and_leaves_a_trace_S23(
    family: Family,
) -> None:
    eve = family.bureau.shop.person()
    asked = family.ask().connection.id
    unknown = "con_00000000000000000000"
    for connection in (asked, unknown, "con_1"):
        with pytest.raises(NotFound):
            family.connecting.end(connection, actor(eve))
        with pytest.raises(NotFound):
            family.connecting.confirm(connection, "session", actor(eve))
    # The child's own request is nothing that the child could confirm.
    with pytest.raises(NotFound):
        family.connecting.confirm(asked, "session", actor(family.child))
    trail = family.bureau.trail(f"ACTOR#{eve.id}")
    assert trail.count("connection.refused") == 6


def test_an_expired_request_is_not_confirmed_A8(family: Family) -> None:
    asked = family.ask()
    family.clock.advance(days=7)
    with pytest.raises(IllegalTransition):
        family.confirm(asked.connection.id)


CHANGES_MEANWHILE: dict[str, Any] = {
    "the child's name": lambda family: set_account(family, family.child.id, last_name="Byron "),
    "the parent's mail": lambda family: set_account(
        family, family.parent.id, email=family.parent.email.upper()
    ),
    "the child's middle name": lambda family: set_account(
        family, family.child.id, middle_name="King"
    ),
    "the child's account": lambda family: deactivate(family, family.child.id),
    "the parent's account": lambda family: deactivate(family, family.parent.id),
}


@pytest.mark.parametrize("what", CHANGES_MEANWHILE)
def test_what_was_true_when_it_was_asked_must_be_when_it_is_confirmed_A8(
    family: Family, what: str
) -> None:
    asked, session = family.ask(), family.elevated(family.parent)
    CHANGES_MEANWHILE[what](family)
    with pytest.raises(NotConnectable):
        family.confirm(asked.connection.id, session)
    assert family.sessions(family.child).parent is None


@pytest.mark.parametrize("what", CHANGES_MEANWHILE)
def test_and_at_the_very_moment_of_the_confirmation_A8_S46(family: Family, what: str) -> None:
    asked, session = family.ask(), family.elevated(family.parent)
    change = first(lambda: CHANGES_MEANWHILE[what](family))
    family.bureau.client.next("transact_write_items", change)
    with pytest.raises(NotConnectable):
        family.confirm(asked.connection.id, session)
    assert family.sessions(family.child).parent is None


def redeem(family: Family, key: str) -> Credential:
    """The child redeems a license key."""
    claim = Claim(license_key=key, legal_name="Ada Byron", country="US", organization="acme")
    by = actor(family.child)
    return family.bureau.redemption.redeem(claim, a_receipt(family.child.id), by)


def test_who_redeems_in_that_moment_has_a_credential_and_no_parent_A8(family: Family) -> None:
    asked, session = family.ask(), family.elevated(family.parent)
    key = family.bureau.bought(kind="phone").keys[0]
    family.bureau.client.next("transact_write_items", first(lambda: redeem(family, key)))
    with pytest.raises(CredentialExists):
        family.confirm(asked.connection.id, session)
    assert family.sessions(family.child).parent is None


def test_who_is_connected_in_that_moment_redeems_nothing_A8(family: Family) -> None:
    asked, session = family.ask(), family.elevated(family.parent)
    key = family.bureau.bought(kind="phone").keys[0]
    connect = first(lambda: family.confirm(asked.connection.id, session))
    family.bureau.client.next("transact_write_items", connect)
    with pytest.raises(Connected):
        redeem(family, key)
    assert family.bureau.credentials.live(family.child.id) is None
    family.connecting.end(asked.connection.id, actor(family.child))
    assert redeem(family, key).account == family.child.id


ENDS_ELEVATION: dict[str, Any] = {
    "revoked": lambda family: family.bureau.management.revoke(
        family.bureau.live.id, family.bureau.by, confirmed=True
    ),
    "suspended": lambda family: family.bureau.management.suspend(
        family.bureau.live.id, family.bureau.by
    ),
    "without token": lambda family: family.bureau.management.revoke_token(
        family.bureau.live.id, family.bureau.by
    ),
    "signed out everywhere": lambda family: family.bureau.database.write(
        session_rows.restart(family.sessions(family.parent))
    ),
}


@pytest.mark.parametrize("what", ENDS_ELEVATION)
def test_a_confirmation_loses_against_what_lowers_its_session_in_that_moment_A8_S22(
    family: Family, what: str
) -> None:
    asked, session = family.ask(), family.elevated(family.parent)
    lowered = first(lambda: ENDS_ELEVATION[what](family))
    family.bureau.client.next("transact_write_items", lowered)
    with pytest.raises((NotAuthenticated, ElevationRequired)):
        family.confirm(asked.connection.id, session)
    assert family.sessions(family.child).parent is None
    assert family.trail() == ["connection.requested"]


def test_no_account_is_a_child_and_a_parent_A8(family: Family) -> None:
    """Its own credential gone, the parent could ask; with a child it must not become one."""
    grandchild = family.account()
    below = family.ask(family.child.user_id, grandchild).connection.id
    family.connected()
    strong = family.elevated(family.child)
    with pytest.raises(Connected):
        family.connecting.confirm(below, strong.session, actor(family.child))
    assert family.sessions(grandchild).parent is None


def test_who_became_a_parent_since_asking_does_not_become_a_child_A8(family: Family) -> None:
    """The asking account gets a credential and a child of its own, and gives the credential up."""
    asked = family.ask().connection.id
    session = family.elevated(family.parent)
    own = {"account": family.child.id, "id": "crd_00000000000000000002"}
    device = family.bureau.holder(credential=own)
    below = family.ask(family.child.user_id, family.account()).connection.id
    strong = family.elevated(family.child, device)
    family.connecting.confirm(below, strong.session, actor(family.child))
    family.bureau.management.revoke(own["id"], actor(family.child), confirmed=True)
    with pytest.raises(NotConnectable):
        family.confirm(asked, session)


# Ending


@pytest.mark.parametrize("side", ["child", "parent"])
def test_either_side_disconnects_and_the_childs_sessions_end_A8_S22(
    family: Family, side: str
) -> None:
    done = family.connected()
    strong = family.elevated(family.child)
    parents = family.elevated(family.parent)
    family.bureau.shop.keep_promises()
    who = getattr(family, side)
    epoch = family.sessions(family.child).epoch
    family.connecting.end(done.connection.id, actor(who))
    row = family.sessions(family.child)
    assert (row.parent, row.epoch, row.live) == (None, epoch + 1, {})
    assert (family.strength(strong), family.strength(parents)) == (0, 2)
    assert family.states(family.child) == family.states(family.parent) == []
    assert family.bureau.shop.kinds() == [Kind.DISCONNECTED, Kind.DISCONNECTED]
    family.connecting.end(done.connection.id, actor(who))
    assert family.trail()[2:] == ["connection.disconnected"]
    assert family.bureau.shop.kinds() == [Kind.DISCONNECTED, Kind.DISCONNECTED]


def test_a_declined_request_goes_on_for_the_child_and_is_gone_for_the_parent_S23(
    family: Family,
) -> None:
    asked = family.ask()
    family.connecting.end(asked.connection.id, family.bureau.by)
    assert family.states(family.parent) == []
    assert family.states(family.child) == [("child", "requested", None)]
    with pytest.raises(IllegalTransition):
        family.confirm(asked.connection.id)
    family.connecting.end(asked.connection.id, actor(family.child))
    assert family.states(family.child) == []
    assert family.trail()[1:] == ["connection.declined", "connection.taken_back"]


def test_nobody_is_told_of_a_request_that_was_taken_back_S44(family: Family) -> None:
    asked = family.ask()
    family.connecting.end(asked.connection.id, actor(family.child))
    family.bureau.shop.keep_promises()
    assert family.bureau.shop.mail.sent == []


@pytest.mark.parametrize("over", ["expired", "confirmed", "asked anew"])
def test_a_request_that_is_over_is_not_mailed_any_more_S44(family: Family, over: str) -> None:
    asked = family.ask()
    [mail] = [one.pk for one in family.bureau.shop.promises()]
    if over == "confirmed":
        family.confirm(asked.connection.id)
    else:
        family.clock.advance(days=7)
    if over == "asked anew":
        family.ask()
    family.bureau.shop.notifier.deliver(mail)
    assert family.bureau.shop.mail.sent == []


def test_a_child_can_ask_again_and_the_chain_goes_on_A8_S48(family: Family) -> None:
    one = family.connected()
    family.connecting.end(one.connection.id, actor(family.child))
    two = family.connected()
    assert one.connection.id != two.connection.id
    assert len(family.trail()) == 5
    assert family.states(family.parent) == [("parent", "connected", family.child.user_id)]


def test_a_child_that_turned_to_somebody_else_is_gone_from_the_list_A8(family: Family) -> None:
    asked = family.ask()
    family.connecting.end(asked.connection.id, actor(family.child))
    third = family.account()
    family.ask(third.user_id)
    assert family.states(family.parent) == []
    assert family.states(third) == [("parent", "requested", family.child.user_id)]
