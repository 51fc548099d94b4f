"""Issuing statements: their content, their limit, their entry, their refusals (E4, S26, S62)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from keyfob.domain.access.errors import StatementRefused
from keyfob.domain.errors import TooManyTries
from keyfob.domain.sessions.session import Session
from keyfob.storage.directory.store import AccountRow
from tests.support.builders import a_hardware_token
from tests.support.connection_world import ConnectionWorld
from tests.support.faults import first, lose_the_answer
from tests.support.phone_world import refusal_of
from tests.support.statement_world import StatementWorld


@pytest.fixture
def world(statement_world: StatementWorld) -> StatementWorld:
    """Ada has a credential with a token and a phone."""
    statement_world.credential_world.credential(token=a_hardware_token(), phones={"phone1": 0})
    return statement_world


def seconds(at: Any) -> int:
    return int(at.timestamp())


# Content


def test_a_statement_tells_who_signed_in_at_which_level_and_how_E4_S26(
    world: StatementWorld,
) -> None:
    session = world.coded()
    world.clock.advance(minutes=3)
    issued = world.issue("vault", session)
    claims, now = world.claims(issued), seconds(world.clock())
    subject, jti = claims.pop("sub"), claims.pop("jti")
    assert claims == {
        "iss": "https://keyfob.example",
        "aud": "vault",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "acr": "urn:keyfob:level:2",
        "amr": ["pwd", "otp"],
        "auth_time": now - 180,
    }
    assert seconds(issued.expires_at) == now + 300
    assert len(subject) == 64
    assert jti


@pytest.mark.parametrize(
    ("by", "spoken", "methods"),
    [("phone1", False, ["pwd", "sms"]), ("phone1", True, ["pwd", "tel"])],
)
def test_a_phones_code_came_in_a_text_or_by_a_call_E4(
    by: str, spoken: bool, methods: list[str], world: StatementWorld
) -> None:
    session = world.coded(by, spoken=spoken)
    assert world.claims(world.issue("portal", session))["amr"] == methods


def test_an_application_of_level_1_gets_a_statement_at_strength_1_E4(
    world: StatementWorld,
) -> None:
    world.may_use("wiki")
    world.subscribe("wiki", "strict")
    session = world.password()
    claims = world.claims(world.issue("wiki", session))
    assert (claims["acr"], claims["amr"]) == ("urn:keyfob:level:1", ["pwd"])
    assert claims["auth_time"] == seconds(session.created)


def test_a_subject_is_of_one_partner_and_outlives_a_roll_of_the_key_S26(
    world: StatementWorld,
) -> None:
    session = world.coded()
    one, two = (world.claims(world.issue(name, session)) for name in ("portal", "vault"))
    assert one["sub"] == two["sub"], "the same partner"
    assert one["jti"] != two["jti"]
    world.issuing._signing = type(world.signing)(world.keys, "second")
    assert world.claims(world.issue("portal", session))["sub"] == one["sub"]


def test_a_child_has_its_own_subject_and_its_parents_level_A8_E4(
    connection_world: ConnectionWorld,
) -> None:
    connection_world.confirm(connection_world.ask().connection.id)
    world = StatementWorld(connection_world.credential_world)
    session = world.coded()
    claims = {
        account.id: world.claims(world.issue("portal", session, account))
        for account in (connection_world.parent, connection_world.child)
    }
    parent, child = claims.values()
    assert parent["sub"] != child["sub"]
    assert parent["acr"] == child["acr"] == "urn:keyfob:level:2"
    assert child["amr"] == ["pwd", "otp"]


# Refusals


@pytest.mark.parametrize(
    ("application", "by", "lacks"),
    [
        ("portal", None, ["code"]),
        ("vault", "phone1", ["token_code"]),
        ("vault", None, ["token_code"]),
    ],
)
def test_too_weak_a_session_gets_none_and_says_which_code_is_missing_E4_S15_S20(
    application: str, by: str | None, lacks: list[str], world: StatementWorld
) -> None:
    session = world.coded(by) if by else world.password()
    refused(world, application, session, lacks)


def refused(world: StatementWorld, application: str, session: Session, lacks: list[str]) -> None:
    """The refusal, which costs nobody anything: no entry, no count, no call of the key service."""
    before = signed(world), len(world.entries())
    with pytest.raises(StatementRefused) as found:
        world.issue(application, session)
    assert [str(one) for one in found.value.missing] == lacks
    assert (signed(world), len(world.entries())) == before


def signed(world: StatementWorld) -> int:
    return sum(key.signed for key in world.keys.values())


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"suspensions": {"holder": None}}, ["reenabling"]),
        ({"expires_at": None}, ["renewal"]),
        ({"token": None, "phones": {}}, ["registration"]),
    ],
)
def test_a_credential_that_stopped_counting_stops_statements_at_once_E4_S22(
    changes: dict[str, Any], lacks: list[str], world: StatementWorld
) -> None:
    session = world.coded()
    assert world.issue("portal", session)
    now = world.clock()
    if "suspensions" in changes:
        changes = {"suspensions": {"holder": now}}
    if "expires_at" in changes:
        changes = {"expires_at": now}
    world.credential_world.changed(**changes)
    refused(world, "portal", session, lacks)


def test_access_that_was_removed_stops_statements_at_once_A6_E4(world: StatementWorld) -> None:
    session = world.coded()
    database = world.credential_world.database
    row = database.get(AccountRow, f"ACCOUNT#{world.ada.id}", "-")
    assert row
    assert world.issue("portal", session)
    world.credential_world.client.update_item(
        TableName=database._table(AccountRow),
        Key={"pk": {"S": row.pk}, "sk": {"S": "-"}},
        UpdateExpression="SET applications = :none",
        ExpressionAttributeValues={":none": {"S": "[]"}},
    )
    refused(world, "portal", session, ["access"])


# Limit, entry, key service


def test_an_account_gets_so_many_a_minute_and_another_one_its_own_S62(
    world: StatementWorld,
) -> None:
    session = world.coded()
    for _ in range(world.policy.statements_a_minute):
        world.issue("portal", session)
    before = signed(world), len(world.entries())
    with pytest.raises(TooManyTries) as limited:
        world.issue("vault", session)
    assert limited.value.retry_after <= timedelta(minutes=1)
    assert (signed(world), len(world.entries())) == before
    world.clock.advance(minutes=1)
    assert world.issue("vault", session)


def test_each_statement_is_an_entry_without_personal_data_G4_S47(world: StatementWorld) -> None:
    claims = world.claims(world.issue("portal", world.coded()))
    [entry] = world.entries()
    assert entry.action == "statement.issued"
    assert entry.facts == {"application": "portal", "level": 2, "statement": claims["jti"]}
    assert claims["sub"] not in str(entry.attribute_values)


def test_a_silent_key_service_gives_no_statement_and_leaves_the_entry_S50(
    world: StatementWorld,
) -> None:
    session = world.coded()
    world.keys["first"].silent = True
    assert refusal_of(partial(world.issue, "portal", session)) == "keys_unavailable"
    assert [one.action for one in world.entries()] == ["statement.issued"]
    world.keys["first"].silent = False
    assert world.issue("portal", session)


def test_a_statement_at_the_same_moment_counts_too_S62(world: StatementWorld) -> None:
    """The other one comes between reading the counter and writing it."""
    session = world.coded()
    world.issue("portal", session)
    client = world.credential_world.client
    client.next("transact_write_items", first(partial(world.issue, "portal", session)))
    assert world.issue("portal", session)
    assert len(world.entries()) == 3
    for _ in range(world.policy.statements_a_minute - 3):
        world.issue("portal", session)
    with pytest.raises(TooManyTries):
        world.issue("portal", session)


def test_an_answer_of_the_tables_that_was_lost_counts_once(world: StatementWorld) -> None:
    session = world.coded()
    world.credential_world.client.next("transact_write_items", lose_the_answer)
    assert world.issue("portal", session)
    assert len(world.entries()) == 1
