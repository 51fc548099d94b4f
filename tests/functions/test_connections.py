"""Connecting accounts over the API (A8, S22, S23)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.strictness import bodies
from tests.support.token_holder import TokenHolder, a_holder_with_a_license_key, wrong
from tests.support.two_accounts import TwoAccounts, connected, two_accounts
from tests.support.visitor import PERMANENT, Visitor, visitor


@pytest.fixture
def pair(deployment: Deployment) -> TwoAccounts:
    """Two accounts of one person, not connected."""
    return two_accounts(deployment)


@pytest.fixture
def couple(deployment: Deployment) -> TwoAccounts:
    """Connected."""
    return connected(deployment)


def session(who: Visitor) -> Any:
    return who.call("show_session").body


def test_a_request_is_taken_and_both_sides_see_it_A8(pair: TwoAccounts) -> None:
    answer = pair.ask()
    assert answer.status == 202
    assert set(answer.body) == {"id", "state", "expires_at"}
    assert answer.body["state"] == "requested"
    [own] = pair.shown(pair.child)
    lasts = datetime.fromisoformat(own["expires_at"]) - datetime.fromisoformat(own["requested_at"])
    assert lasts.days == 7
    expected = {"id": pair.connection, "state": "requested", "connected_at": None}
    assert own.items() >= (expected | {"side": "child", "other": None}).items()
    [asked] = pair.shown(pair.parent.visitor)
    assert asked.items() >= (expected | {"side": "parent"}).items()
    assert asked["other"]["user_id"] == pair.child.user_id
    assert asked["other"]["name"]


def test_a_request_gets_the_same_answer_for_every_user_id_S23_S25(
    pair: TwoAccounts, deployment: Deployment
) -> None:
    stranger = visitor(deployment).user_id
    shapes = []
    for user_id in ("", stranger, pair.child.user_id, "nobody-at-all", "No User Id!"):
        answer = pair.ask(user_id)
        [shown] = pair.shown(pair.child)
        for body in (answer.body, shown):
            for varying in ("id", "expires_at", "requested_at"):
                body.pop(varying, None)
        headers = {name for name in answer.headers if name != "Date"}
        shapes.append((answer.status, answer.body, shown, headers))
        assert pair.about("end_connection", pair.child).status == 204
        # Three a day, to any user id.
        deployment.client("dynamodb").delete_item(
            TableName=deployment.values["TABLE_SESSIONS"], Key=limit_of(pair.child)
        )
    assert all(one == shapes[0] for one in shapes)


def limit_of(who: Visitor) -> dict[str, Any]:
    from tests.support.running.rows import limited

    account = who.token.split(".")[0]
    return {"pk": {"S": f"LIMIT#connection#{limited(account)}"}, "sk": {"S": "-"}}


def test_the_password_alone_confirms_nothing_A8_S20(pair: TwoAccounts) -> None:
    pair.ask()
    refused = pair.about("confirm_connection", pair.parent.visitor)
    assert (refused.status, refused.code) == (403, "elevation_required")
    assert [one["state"] for one in pair.shown(pair.child)] == ["requested"]


def test_confirmed_the_childs_session_ends_and_its_next_one_takes_the_parents_code_A8_E2(
    pair: TwoAccounts,
) -> None:
    pair.ask()
    answer = pair.confirm()
    assert (answer.status, answer.body["state"], answer.body["side"]) == (
        200,
        "connected",
        "parent",
    )
    assert answer.body["expires_at"] is None
    assert pair.child.call("show_session").status == 401
    signed_in = pair.child.sign_in(PERMANENT).body
    assert (signed_in["strength"], signed_in["elevation"][0]["method"]) == (1, "token")
    assert pair.code(pair.child).status == 201
    shown = session(pair.child)
    assert (shown["strength"], shown["credential"]) == (2, pair.parent.credential)
    [own] = pair.shown(pair.child)
    assert own["other"]["user_id"] == pair.parent.visitor.user_id


def test_a_foreign_connection_is_an_unknown_one_S23(
    pair: TwoAccounts, deployment: Deployment
) -> None:
    pair.ask()
    stranger = visitor(deployment)
    for name in ("confirm_connection", "end_connection"):
        foreign = pair.about(name, stranger)
        unknown = pair.about(name, stranger, "con_00000000000000000000")
        assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
        assert (foreign.status, foreign.code) == (404, "not_found")
    assert pair.about("confirm_connection", pair.child).status == 404
    assert pair.shown(stranger) == []


def test_a_connected_account_redeems_no_key_and_the_key_stays_good_A8(
    couple: TwoAccounts, deployment: Deployment
) -> None:
    key = a_holder_with_a_license_key(deployment)
    mine = TokenHolder(
        visitor=couple.child, order=key.order, license_key=key.license_key, device=key.device
    )
    refused = mine.redeem()
    assert (refused.status, refused.code) == (409, "connected")
    again = couple.ask()
    assert (again.status, again.code) == (409, "connected")
    couple.about("end_connection", couple.child)
    couple.child.sign_in(PERMANENT)
    assert mine.redeem().status == 201
    exists = couple.ask()
    assert (exists.status, exists.code) == (409, "credential_exists")


def test_wrong_codes_of_the_child_lock_the_parents_token_E3(couple: TwoAccounts) -> None:
    bad = wrong(couple.parent.device.code())
    codes = [couple.code(couple.child, bad).code for _ in range(5)]
    assert codes == ["wrong_code"] * 4 + ["token_locked"]
    assert couple.parent.shown()["status"] == "locked"
    assert session(couple.child)["elevation"][0]["obstacle"] == "token_locked"


def test_the_parents_credential_has_no_route_for_the_child_S23(couple: TwoAccounts) -> None:
    own = {"credential": couple.parent.credential}
    for name in ("show_credential", "show_credential_history", "suspend_credential"):
        assert couple.child.call(name, parameters=own).status == 404
    revoked = couple.child.call("revoke_credential", {"confirm": True}, parameters=own)
    assert revoked.status == 404
    assert couple.child.call("list_credentials").body == {"credentials": []}


@pytest.mark.parametrize("side", ["child", "parent"])
def test_disconnected_the_childs_sessions_end_A8_S22(couple: TwoAccounts, side: str) -> None:
    assert couple.code(couple.child).status == 201
    who = couple.child if side == "child" else couple.parent.visitor
    assert couple.about("end_connection", who).status == 204
    assert couple.child.call("show_session").status == 401
    signed_in = couple.child.sign_in(PERMANENT).body
    assert signed_in["elevation"] == []
    refused = couple.code(couple.child)
    assert (refused.status, refused.code) == (403, "no_token")
    assert couple.about("end_connection", who).status in {204, 401}


@pytest.fixture(scope="module")
def asking(deployment: Deployment) -> Visitor:
    """A person who is signed in and has no credential."""
    return visitor(deployment)


@pytest.mark.parametrize(("body", "status", "field"), bodies("request_connection", "user_id"))
def test_strict_about_what_it_is_asked_S49(
    asking: Visitor, body: Any, status: int, field: str
) -> None:
    answer = asking.call("request_connection", body, headers={"Idempotency-Key": "x" * 8})
    assert answer.status == status
    assert not field or field in answer.body["fields"]
