"""Signing in and out over the API (E1, A4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.deployment import Deployment, later
from tests.support.fakes import unique
from tests.support.templates import ROOT
from tests.support.unchanged import unchanged
from tests.support.visitor import PERMANENT, TEMPORARY, Answer, Visitor, newcomer, visitor


def test_a_first_sign_in_leads_over_a_new_password_to_a_session_A4(deployment: Deployment) -> None:
    ada = newcomer(deployment)
    challenge = ada.sign_in(TEMPORARY)
    assert (challenge.status, challenge.body["status"]) == (201, "new_password_required")
    assert challenge.body["strength"] == 0
    assert ada.call("show_session").status == 401
    signed_in = ada.call("set_password", {"password": PERMANENT})
    assert (signed_in.status, signed_in.body["status"]) == (201, "signed_in")
    ada.token = signed_in.body["token"]
    shown = ada.call("show_session")
    assert shown.status == 200
    assert (shown.body["strength"], shown.body["authenticator"]) == (1, "password")
    assert ada.sign_in(PERMANENT).body["status"] == "signed_in"


def test_a_session_shows_its_strength_its_source_and_both_its_ends_E2(
    deployment: Deployment,
) -> None:
    shown = visitor(deployment).call("show_session").body
    now = deployment.clock.now()
    idle, end = (datetime.fromisoformat(shown[name]) for name in ("idle_after", "expires_at"))
    assert (shown["strength"], shown["authenticator"]) == (1, "password")
    assert timedelta(minutes=29) < idle - now <= timedelta(minutes=30)
    assert timedelta(hours=11, minutes=59) < end - now <= timedelta(hours=12)


def test_answers_are_never_cached_or_sniffed(deployment: Deployment) -> None:
    for answer in (visitor(deployment).call("show_session"), newcomer(deployment).sign_in("no")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer_S25(
    deployment: Deployment,
) -> None:
    wrong = visitor(deployment).sign_in("not the password")
    unknown = Visitor(deployment=deployment, user_id="nobody").sign_in("not the password")
    assert (wrong.status, wrong.code) == (401, "wrong_credentials")
    assert (wrong.body, wrong.headers) == (unknown.body, unknown.headers)


def test_a_weak_password_is_refused_with_the_reason_and_can_be_mended_A4(
    deployment: Deployment,
) -> None:
    ada = newcomer(deployment)
    ada.sign_in(TEMPORARY)
    weak = ada.call("set_password", {"password": "short"})
    assert (weak.status, weak.code) == (422, "weak_password")
    assert "15 to 128" in weak.body["detail"]
    assert ada.call("set_password", {"password": TEMPORARY}).code == "weak_password"
    assert ada.call("set_password", {"password": PERMANENT}).status == 201


def test_signing_out_ends_this_session_at_once_S22(deployment: Deployment) -> None:
    ada = visitor(deployment)
    assert ada.call("sign_out").status == 204
    refused = ada.call("show_session")
    assert (refused.status, refused.code) == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_signing_out_everywhere_ends_every_session_S22(deployment: Deployment) -> None:
    ada = visitor(deployment)
    elsewhere = Visitor(deployment=deployment, user_id=ada.user_id)
    elsewhere.sign_in(PERMANENT)
    assert elsewhere.call("sign_out_everywhere").status == 204
    assert ada.call("show_session").status == elsewhere.call("show_session").status == 401


def test_an_idle_session_ends(deployment: Deployment) -> None:
    ada = visitor(deployment)
    later(deployment, minutes=31)
    assert ada.call("show_session").status == 401


def test_after_five_wrong_tries_one_must_wait_and_is_told_how_long_S4(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment)
    for _ in range(5):
        assert ada.sign_in("not the password").status == 401
    refused = ada.sign_in(PERMANENT)
    assert (refused.status, refused.code) == (429, "too_many_tries")
    assert 0 < int(refused.headers["Retry-After"]) <= 1200
    later(deployment, minutes=20)
    assert ada.sign_in(PERMANENT).status == 201


# Devices


def sign_in(ada: Visitor, device: str = "", password: str = PERMANENT) -> Answer:
    """From an address without earlier tries."""
    somewhere = Visitor(deployment=ada.deployment, address=unique("address-"))
    body = {"user_id": ada.user_id, "password": password}
    return somewhere.call("sign_in", body, headers={"X-Device": device} if device else {})


def test_a_program_keeps_its_device_value_and_signs_in_whatever_strangers_do_S56(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment)
    first = sign_in(ada)
    device = first.headers["X-Device"]
    assert (first.cookies, device in str(first.body)) == ((), False)
    for _ in range(5):
        assert sign_in(ada, password="not the password").status == 401
    assert sign_in(ada).code == "too_many_tries"
    again = sign_in(ada, device)
    assert again.status == 201
    assert "X-Device" not in again.headers, "it has a good one"
    assert "X-Device" not in sign_in(ada, device, "not the password").headers


def test_a_new_password_gives_a_program_a_device_value_S56(deployment: Deployment) -> None:
    ada = newcomer(deployment)
    challenged = ada.sign_in(TEMPORARY).headers["X-Device"]
    changed = ada.call("set_password", {"password": PERMANENT}).headers["X-Device"]
    assert "X-Device" in sign_in(ada, challenged).headers, "its value died with the change"
    assert "X-Device" not in sign_in(ada, changed).headers


def test_after_a_hundred_failures_in_a_row_only_a_recovery_helps_S55(
    deployment: Deployment,
) -> None:
    ada = visitor(deployment)
    for user_id in (ada.user_id, unique("nobody-")):
        guessed = Visitor(deployment=deployment, user_id=user_id)
        for _ in range(20):
            for _ in range(5):
                assert sign_in(guessed, password="not the password").status == 401
            later(deployment, minutes=20)
        refused = sign_in(guessed)
        assert (refused.status, refused.code) == (403, "recovery_required")
        assert "e-mail" in refused.body["detail"]


@contextmanager
def locked(deployment: Deployment) -> Iterator[None]:
    """The password store's own lock."""
    error = {"Code": "NotAuthorizedException", "Message": "Password attempts exceeded"}

    def instead(_service: str, model: Any, _request: Any) -> Any:
        if model.name == "AdminInitiateAuth":
            return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}}
        return None

    before, deployment.between.instead = deployment.between.instead, instead
    yield
    deployment.between.instead = before


def test_the_password_stores_own_lock_is_told_apart_and_costs_no_try_S56(
    deployment: Deployment,
) -> None:
    ada, new = visitor(deployment), newcomer(deployment)
    new.sign_in(TEMPORARY)
    with locked(deployment):
        answers = [ada.sign_in(PERMANENT) for _ in range(6)]
        answers.append(new.call("set_password", {"password": PERMANENT}))
    for one in answers:
        assert (one.status, one.code) == (429, "password_store_locked")
        assert one.headers["Retry-After"] == "60"
    assert ada.sign_in(PERMANENT).status == 201
    assert new.call("set_password", {"password": PERMANENT}).status == 201


def test_a_refusal_that_a_sign_in_can_get_is_documented_S55_S56() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    assert {"401", "403", "409", "429"} <= paths["/session"]["post"]["responses"].keys()
    assert "429" in paths["/session/new-password"]["post"]["responses"]


@pytest.mark.parametrize("end", ["signed out", "idle", "signed out everywhere"])
def test_an_ended_session_places_no_order_S22(end: str, deployment: Deployment) -> None:
    ended = visitor(deployment)
    if end == "idle":
        later(deployment, minutes=31)
    else:
        assert (
            ended.call("sign_out" if end == "signed out" else "sign_out_everywhere").status == 204
        )
    with unchanged(deployment):
        refused = ended.order()
    assert (refused.status, refused.code) == (401, "not_authenticated")


def test_a_challenge_is_no_session_and_a_session_no_challenge_A4(deployment: Deployment) -> None:
    new, old = newcomer(deployment), visitor(deployment)
    new.sign_in(TEMPORARY)
    with unchanged(deployment):
        body = {"password": "another good long password"}
        for refused in (new.order(), old.call("set_password", body)):
            assert (refused.status, refused.code) == (401, "not_authenticated")
    assert old.sign_in(PERMANENT).status == 201


def test_a_session_under_another_scheme_is_none(deployment: Deployment) -> None:
    ada = visitor(deployment)
    for shown in (f"Basic {ada.token}", f"Token {ada.token}", ada.token):
        refused = ada.request("GET", "/session", Authorization=shown)
        assert (refused.status, refused.code) == (401, "not_authenticated")
