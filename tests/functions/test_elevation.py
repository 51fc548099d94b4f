"""Elevating a session over the API: the handler without a framework (E1, E2, E3)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.strictness import bodies
from tests.support.token_holder import TokenHolder, a_holder_with_a_registered_token, wrong
from tests.support.visitor import PERMANENT, Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Ada is signed in by password and has her token."""
    return a_holder_with_a_registered_token(deployment)


@pytest.fixture(scope="module")
def eve(deployment: Deployment) -> Visitor:
    """Signed in, without a credential."""
    return visitor(deployment)


def sign_in_options(who: TokenHolder) -> Any:
    return who.call("show_session").body["elevation"]


def test_a_code_gives_a_new_token_of_strength_2_and_kills_the_old_one_E1_S21(
    ada: TokenHolder,
) -> None:
    old = ada.visitor.token
    answer = ada.elevate()
    assert answer.status == 201
    assert {one: answer.body[one] for one in ("status", "strength", "authenticator")} == {
        "status": "signed_in",
        "strength": 2,
        "authenticator": "token",
    }
    assert answer.body["token"] != old
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ada.call("show_session").status == 200
    ada.visitor.token = old
    assert ada.call("show_session").code == "not_authenticated"


def test_the_session_shows_where_its_strength_comes_from_and_until_when_E2(
    ada: TokenHolder, deployment: Deployment
) -> None:
    before = ada.call("show_session").body
    assert (before["strength"], before["authenticator"], before["elevated_until"]) == (
        1,
        "password",
        None,
    )
    label = f"…{ada.device.serial[-4:]}"
    way = {"method": "token", "label": label, "obstacle": None, "phone": None, "number": None}
    assert sign_in_options(ada) == [way]
    answer = ada.elevate()
    shown = ada.call("show_session").body
    assert (shown["strength"], shown["authenticator"]) == (2, "token")
    until = datetime.fromisoformat(shown["elevated_until"])
    assert until == datetime.fromisoformat(answer.body["elevated_until"])
    now = deployment.clock.now()
    assert timedelta(hours=11) < until - now <= timedelta(hours=12)
    assert shown["expires_at"] == answer.body["expires_at"]


def test_wrong_and_spent_codes_are_told_apart_E3(ada: TokenHolder) -> None:
    code = ada.device.code()
    refused = ada.elevate(wrong(code))
    assert (refused.status, refused.code) == (403, "wrong_code")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert ada.elevate(code).status == 201
    assert (ada.elevate(code).status, ada.elevate(code).code) == (403, "code_already_used")
    assert ada.call("show_session").body["strength"] == 2


def test_five_wrong_codes_lock_and_the_way_shows_its_obstacle_E3(ada: TokenHolder) -> None:
    code = ada.device.code()
    answers = [ada.elevate(wrong(code)).code for _ in range(5)]
    assert answers == ["wrong_code"] * 4 + ["token_locked"]
    assert ada.elevate(code).code == "token_locked"
    assert [one["obstacle"] for one in sign_in_options(ada)] == ["token_locked"]
    again = Visitor(deployment=ada.visitor.deployment, user_id=ada.visitor.user_id)
    signed_in = again.sign_in(PERMANENT)
    assert [one["obstacle"] for one in signed_in.body["elevation"]] == ["token_locked"]
    assert again.sign_in("not the password").body.keys() == {
        *("type", "title", "status", "detail", "code")
    }, "nothing of it before the password was right"


def test_a_suspended_credential_is_said_to_be_that_and_drops_the_session_E3_S20(
    ada: TokenHolder,
) -> None:
    ada.elevate()
    assert ada.call("suspend_credential").status == 200
    shown = ada.call("show_session").body
    assert (shown["strength"], shown["authenticator"]) == (1, "password")
    assert [one["obstacle"] for one in shown["elevation"]] == ["credential_suspended"]
    refused = ada.elevate()
    assert (refused.status, refused.code) == (403, "credential_suspended")


def test_without_a_credential_there_is_no_token_and_no_way_E3(eve: Visitor) -> None:
    assert eve.call("show_session").body["elevation"] == []
    refused = eve.call("elevate_session")
    assert (refused.status, refused.code) == (403, "no_token")


STRICT = bodies("elevate_session", "method", "code")


@pytest.mark.parametrize(("body", "status", "field"), STRICT)
def test_bodies_are_taken_strictly_and_the_field_is_named_S49(
    body: Any, status: int, field: str, eve: Visitor
) -> None:
    refused = eve.call("elevate_session", body)
    assert refused.status == status
    assert set(refused.body.get("fields", {})) == ({field} if field else set())
    assert refused.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["sms", "", "Token", "phone "])
def test_only_known_methods_are_taken_S49(method: str, eve: Visitor) -> None:
    refused = eve.call("elevate_session", {"method": method, "code": "12345678"})
    assert (refused.status, set(refused.body["fields"])) == (422, {"method"})


def test_another_media_type_is_refused_S49(eve: Visitor) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        refused = eve.call("elevate_session", headers={"Content-Type": kind})
        assert (refused.status, refused.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("code", ["1234567", "123456789", "123456", "", "abcdefgh", "1234 678"])
def test_an_impossible_code_is_invalid_and_costs_nothing_S49(
    code: str, deployment: Deployment, shared: TokenHolder
) -> None:
    body = {"method": "token", "code": code}
    for _ in range(6):
        refused = shared.call("elevate_session", body)
        assert (refused.status, set(refused.body["fields"])) == (422, {"code"})
    assert [one["obstacle"] for one in sign_in_options(shared)] == [None]


@pytest.fixture(scope="module")
def shared(deployment: Deployment) -> TokenHolder:
    """A person whom no test changes."""
    return a_holder_with_a_registered_token(deployment)


@pytest.mark.parametrize(("body", "status", "field"), STRICT)
def test_a_stranger_learns_nothing_about_the_form_S9(
    body: Any, status: int, field: str, deployment: Deployment
) -> None:
    stranger = Visitor(deployment=deployment, token="acc_x.y.z")
    refused = stranger.call("elevate_session", body)
    assert (refused.status, refused.code) == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert stranger.call("elevate_session", body, headers={"Authorization": ""}).status == 401
    assert json.dumps(refused.body).count("fields") == 0
