"""Decisions about a request to use another account's credential (A8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keyfob.domain.connections.connection import (
    Change,
    Connection,
    Side,
    Standing,
    State,
    confirm,
    end,
    is_same_person,
    may_be_parent,
    request,
    require_connectable,
    require_free,
    require_proof,
)
from keyfob.domain.connections.errors import Connected, NotConnectable
from keyfob.domain.connections.notifications import notifications
from keyfob.domain.credentials.credential import TOKEN
from keyfob.domain.credentials.credential import State as CredentialState
from keyfob.domain.credentials.errors import CredentialExists, ElevationRequired
from keyfob.domain.credentials.suspension import Suspender
from keyfob.domain.directory.role import Role
from keyfob.domain.errors import DomainError, IllegalTransition
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.errors import NotAuthenticated
from keyfob.domain.sessions.session import Sessions
from tests.support.builders import a_credential, a_hardware_token, a_session, an_account, by_code
from tests.support.fakes import START

POLICY = Policy()
WEEK = timedelta(days=7)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PERSON = an_account(
    id="acc_child", email="zoe@acme.example", first_name="Zoë", middle_name="M", last_name="Ng"
)
OTHER = replace(PERSON, id="acc_parent", user_id="zoe.parent")
SESSIONS = Sessions(
    account="acc_child", organization="acme", roles=(Role.HOLDER,), active=True, epoch=1
)
ELEVATED = a_session(strength=2, by=TOKEN, epoch=0, coded=START)
HELD = a_credential(account="acc_parent", token=a_hardware_token())


def a_connection(**changes: Any) -> Connection:
    values: dict[str, Any] = {
        "id": "con_1",
        "child": "acc_child",
        "parent": "acc_parent",
        "requested_at": START,
        "expires_at": START + WEEK,
        "version": 4,
        "head": "f" * 64,
    }
    return Connection(**{**values, **changes})


def child(**changes: Any) -> Standing:
    return Standing(**{"account": PERSON, "sessions": SESSIONS, "credential": None, **changes})


def parent(**changes: Any) -> Standing:
    sessions = replace(SESSIONS, account="acc_parent", live={ELEVATED.id: ELEVATED})
    return Standing(**{"account": OTHER, "sessions": sessions, "credential": HELD, **changes})


REQUESTED = a_connection()
CONNECTED = a_connection(state=State.CONNECTED, connected_at=START)
DECLINED = a_connection(state=State.DECLINED)
ENDED = a_connection(state=State.ENDED)


# Owners of the accounts


@pytest.mark.parametrize("field", ["email", "first_name", "middle_name", "last_name"])
@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: text + " ",
        lambda text: " " + text,
        lambda text: text + "\u200b",
        lambda text: "\uff21" + text,
        lambda _text: "",
    ],
)
def test_one_persons_accounts_are_equal_code_point_by_code_point_A8(
    field: str, change: Any
) -> None:
    value = getattr(PERSON, field)
    different = replace(OTHER, **{field: change(value) if change(value) != value else value + "x"})
    assert is_same_person(PERSON, OTHER)
    assert not is_same_person(PERSON, different)
    assert not may_be_parent(different, PERSON)


@pytest.mark.parametrize(
    ("one", "looks_alike"),
    [
        ("Zoë", "Zoe\u0308"),
        ("Å", "\u212b"),
        ("ﬁ", "fi"),
        ("straße", "strasse"),
        ("\u0410da", "Ada"),
    ],
)
def test_names_that_only_look_alike_are_not_equal_A8(one: str, looks_alike: str) -> None:
    assert one != looks_alike
    person = replace(PERSON, last_name=one)
    assert may_be_parent(replace(OTHER, last_name=one), person)
    assert not may_be_parent(replace(OTHER, last_name=looks_alike), person)


def test_each_part_of_a_name_is_compared_separately_A8() -> None:
    moved = replace(OTHER, first_name="Zoë M", middle_name="")
    assert moved.name == PERSON.name
    assert not may_be_parent(moved, PERSON)


def test_neither_oneself_nor_a_deactivated_account_can_be_ones_parent_A8() -> None:
    assert may_be_parent(OTHER, PERSON)
    assert not may_be_parent(PERSON, PERSON)
    assert not may_be_parent(replace(OTHER, active=False), PERSON)


# Requesting


def ask(seen: Connection | None, **changes: Any) -> Connection:
    values: dict[str, Any] = {
        "id": "con_2",
        "child": "acc_child",
        "parent": "acc_parent",
        "now": START + WEEK,
        "policy": POLICY,
    }
    asked = request(seen, **{**values, **changes})
    assert asked.change is Change.REQUESTED
    return asked.connection


def test_a_request_waits_for_seven_days_A8() -> None:
    now = START + WEEK
    assert ask(None) == a_connection(
        id="con_2", requested_at=now, expires_at=now + WEEK, version=0, head="0" * 64
    )
    assert ask(None, policy=Policy(connection_request_lifetime=HOUR)).expires_at == now + HOUR


@pytest.mark.parametrize("over", [REQUESTED, DECLINED, ENDED])
def test_a_new_request_replaces_an_ended_one_and_continues_its_chain_A8_S48(
    over: Connection,
) -> None:
    new = ask(over)
    assert (new.id, new.state, new.version, new.head) == ("con_2", State.REQUESTED, 4, "f" * 64)


@pytest.mark.parametrize("waiting", [REQUESTED, DECLINED])
def test_an_account_has_one_request_at_a_time_for_any_parent_A8_S23(waiting: Connection) -> None:
    for parent_of_it in ("acc_parent", "acc_nobody"):
        with pytest.raises(IllegalTransition) as refused:
            ask(replace(waiting, parent=parent_of_it), now=START + WEEK - SECOND)
        assert "already" in str(refused.value)


# Each side's view


def test_a_child_cannot_tell_a_declined_request_from_one_that_waits_S23() -> None:
    for now in (START, START + WEEK - SECOND, START + WEEK):
        seen = {one.shown_to(Side.CHILD, now) for one in (REQUESTED, DECLINED)}
        assert seen == {State.REQUESTED if now < START + WEEK else None}


def test_the_parent_sees_only_requests_that_it_can_still_decide_A8() -> None:
    assert REQUESTED.shown_to(Side.PARENT, START) is State.REQUESTED
    assert REQUESTED.shown_to(Side.PARENT, START + WEEK) is None
    assert DECLINED.shown_to(Side.PARENT, START) is None


@pytest.mark.parametrize("side", Side)
def test_a_connection_is_shown_until_it_ends_A8(side: Side) -> None:
    assert CONNECTED.shown_to(side, START + 1000 * WEEK) is State.CONNECTED
    assert ENDED.shown_to(side, START) is None


# Confirming and ending


def test_a_request_is_confirmed_until_it_expires_and_once_A8() -> None:
    late = START + WEEK - SECOND
    made = confirm(REQUESTED, late)
    assert made.change is Change.CONNECTED
    assert made.connection == replace(REQUESTED, state=State.CONNECTED, connected_at=late)
    again = confirm(made.connection, START + 2 * WEEK)
    assert (again.change, again.connection) == (None, made.connection)


@pytest.mark.parametrize(
    ("over", "now"),
    [(REQUESTED, START + WEEK), (DECLINED, START), (ENDED, START)],
)
def test_an_ended_request_is_not_confirmed_A8(over: Connection, now: Any) -> None:
    with pytest.raises(IllegalTransition):
        confirm(over, now)


@pytest.mark.parametrize(
    ("seen", "side", "state", "change"),
    [
        (CONNECTED, Side.CHILD, State.ENDED, Change.DISCONNECTED),
        (CONNECTED, Side.PARENT, State.ENDED, Change.DISCONNECTED),
        (REQUESTED, Side.CHILD, State.ENDED, Change.TAKEN_BACK),
        (DECLINED, Side.CHILD, State.ENDED, Change.TAKEN_BACK),
        (REQUESTED, Side.PARENT, State.DECLINED, Change.DECLINED),
        (DECLINED, Side.PARENT, State.DECLINED, None),
        (ENDED, Side.CHILD, State.ENDED, None),
        (ENDED, Side.PARENT, State.ENDED, None),
    ],
)
def test_either_side_ends_it_A8(
    seen: Connection, side: Side, state: State, change: Change | None
) -> None:
    ended = end(seen, side)
    assert (ended.connection, ended.change) == (replace(seen, state=state), change)


# Conditions on the two accounts


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sessions": replace(SESSIONS, parent="acc_x")}, Connected),
        # A connected account uses another's credential; the refusal must not mention its own.
        ({"sessions": replace(SESSIONS, parent="acc_x"), "credential": HELD}, Connected),
        ({"credential": a_credential(state=CredentialState.PENDING_APPROVAL)}, CredentialExists),
        ({"is_parent": True}, NotConnectable),
    ],
)
def test_only_an_account_without_credential_or_child_can_use_anothers_A8(
    changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    require_free(child())
    for require in (require_free, lambda one: require_connectable(one, parent())):
        with pytest.raises(refusal):
            require(child(**changes))


@pytest.mark.parametrize(
    ("of_child", "of_parent"),
    [
        ({"account": replace(PERSON, active=False)}, {}),
        ({"sessions": replace(SESSIONS, active=False)}, {}),
        ({}, {"account": replace(OTHER, active=False)}),
        ({}, {"sessions": replace(SESSIONS, active=False)}),
        ({}, {"account": replace(OTHER, email="zoe@other.example")}),
        ({"account": OTHER}, {}),
    ],
)
def test_both_accounts_are_one_persons_and_in_use_A8(
    of_child: dict[str, Any], of_parent: dict[str, Any]
) -> None:
    require_connectable(child(), parent())
    with pytest.raises(NotConnectable):
        require_connectable(child(**of_child), parent(**of_parent))


def as_seen(session: Any = ELEVATED, **sessions: Any) -> Sessions:
    return replace(parent().sessions, live={session.id: session}, **sessions)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sessions": as_seen(a_session())}, ElevationRequired),
        ({"sessions": as_seen(replace(ELEVATED, epoch=1))}, ElevationRequired),
        ({"credential": None}, ElevationRequired),
        (
            {"credential": replace(HELD, suspensions={Suspender.HOLDER: START})},
            ElevationRequired,
        ),
        ({"credential": replace(HELD, expires_at=START)}, ElevationRequired),
        ({"sessions": as_seen(replace(ELEVATED, id="another"))}, NotAuthenticated),
        ({"sessions": as_seen(parent="acc_x")}, Connected),
    ],
)
def test_only_a_session_elevated_by_ones_own_credential_confirms_A8_S20(
    changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    require_proof(parent(), by_code(ELEVATED), START, POLICY)
    with pytest.raises(refusal):
        require_proof(parent(**changes), by_code(ELEVATED), START, POLICY)


# Notifications


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change.REQUESTED, [(Kind.CONNECTION_REQUESTED, "acc_parent")]),
        (Change.CONNECTED, [(Kind.CONNECTED, "acc_parent"), (Kind.CONNECTED, "acc_child")]),
        (
            Change.DISCONNECTED,
            [(Kind.DISCONNECTED, "acc_parent"), (Kind.DISCONNECTED, "acc_child")],
        ),
        (Change.TAKEN_BACK, []),
        (Change.DECLINED, []),
    ],
)
def test_the_parent_is_notified_of_a_request_and_both_of_its_outcome_A8(
    change: Change, told: list[tuple[Kind, str]]
) -> None:
    made = notifications(REQUESTED, change, START, correlation="req-1")
    assert [(one.kind, one.recipient) for one in made] == told
    for one in made:
        assert (one.subject, one.version, one.correlation) == ("CONNECTION#acc_child", 5, "req-1")
        assert one.facts == {
            "connection": "con_1",
            "child": "acc_child",
            "parent": "acc_parent",
            "at": "2026-11-22T07:00:00+00:00",
            "until": "2026-11-29T07:00:00+00:00",
        }
