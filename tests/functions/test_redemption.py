"""Redeeming a license key over the API (C1)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from keyfob.domain.errors import KeysUnavailable
from keyfob.domain.orders.license_key import generate
from tests.support.deployment import Deployment
from tests.support.strictness import bodies
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_license_key,
    idempotent,
    license_keys,
    shipped,
    stocked,
)
from tests.support.visitor import Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Ada has two license keys; the token for the first one has arrived."""
    return a_holder_with_a_license_key(deployment, quantity=2)


@pytest.fixture(scope="module")
def eve(deployment: Deployment) -> Visitor:
    """Signed in, without a credential."""
    return visitor(deployment)


def test_a_key_becomes_a_credential_that_says_all_about_itself_C1_F1(ada: TokenHolder) -> None:
    answer = ada.redeem(legal_name="  Ada King Byron ", country="GB")
    assert answer.status == 201
    body = answer.body
    assert body["id"].startswith("crd_")
    purchased, expires = (
        datetime.fromisoformat(body[one]) for one in ("purchased_at", "expires_at")
    )
    assert (expires.year, expires.month) == (purchased.year + 1, purchased.month)
    assert {one: body[one] for one in body if not one.endswith(("_at", "_from"))} == {
        "id": body["id"],
        "status": "pending_activation",
        "level": 2,
        "kind": "hardware_token",
        "proofing": False,
        "upgrade": False,
        "order": ada.order,
        "position": 1,
        "legal_name": "Ada King Byron",
        "country": "GB",
        "token": None,
        "phones": [],
        "reset_needed": False,
        "suspended_by": None,
    }
    assert body["activated_at"] is body["revoked_at"] is None
    revokes = datetime.fromisoformat(body["revokes_at"])
    assert revokes == expires.replace(year=expires.year + 1), "unless it is renewed (F6)"
    assert ada.shown() == body


def test_the_same_request_again_is_the_same_credential_and_another_body_a_conflict_C1(
    ada: TokenHolder,
) -> None:
    key = idempotent()["Idempotency-Key"]
    done = ada.redeem(key=key)
    assert ada.redeem(key=key).body == done.body
    refused = ada.redeem(key=key, country="CA")
    assert (refused.status, refused.code) == (409, "idempotency_key_reused")
    assert ada.redeem(country="CA").code == "unknown_license_key", "it is used"


def test_until_the_token_is_shipped_the_answer_is_to_wait_C1(
    ada: TokenHolder, deployment: Deployment
) -> None:
    second = license_keys(deployment, ada.order)[1]
    refused = ada.redeem(license_key=second)
    assert (refused.status, refused.code) == (409, "wait_for_token")
    shipped(deployment, ada.order, stocked(deployment), unit=2)
    assert ada.redeem(license_key=second).status == 201


def test_a_second_key_finds_the_first_credential_in_its_way_C1(
    ada: TokenHolder, deployment: Deployment
) -> None:
    shipped(deployment, ada.order, stocked(deployment), unit=2)
    ada.redeem()
    refused = ada.redeem(license_key=license_keys(deployment, ada.order)[1])
    assert (refused.status, refused.code) == (409, "credential_exists")


def test_unknown_and_used_keys_are_one_answer_and_guessing_ends_S27(
    ada: TokenHolder, deployment: Deployment
) -> None:
    ada.redeem()
    mallory = TokenHolder(
        visitor=visitor(deployment),
        order="",
        license_key=ada.license_key,
        device=ada.device,
    )
    used, unknown = mallory.redeem(), mallory.redeem(license_key=generate())
    assert (used.status, used.code) == (422, "unknown_license_key")
    assert (used.body, used.headers) == (unknown.body, unknown.headers)
    for _ in range(3):
        mallory.redeem(license_key=generate())
    refused = mallory.redeem(license_key=generate())
    assert (refused.status, refused.code) == (429, "too_many_tries")
    assert 0 < int(refused.headers["Retry-After"]) <= 600


def test_a_typing_error_names_the_field_and_is_no_guess_S27(eve: Visitor) -> None:
    body = {"license_key": "9DB24-SC28C-4XWVK-34T3X", "legal_name": "Eve", "country": "US"}
    for _ in range(6):
        refused = eve.call("redeem_license_key", body, headers=idempotent())
        assert (refused.status, refused.code) == (422, "invalid_input")
        assert set(refused.body["fields"]) == {"license_key"}


def test_the_samples_key_has_the_form_of_one_C1(eve: Visitor) -> None:
    assert eve.call("redeem_license_key").code == "unknown_license_key"


STRICT = bodies("redeem_license_key", "license_key", "legal_name", "country")


@pytest.mark.parametrize(("body", "status", "field"), STRICT)
def test_bodies_are_taken_strictly_and_the_field_is_named_S49(
    body: Any, status: int, field: str, eve: Visitor
) -> None:
    refused = eve.call("redeem_license_key", body)
    assert refused.status == status
    assert set(refused.body.get("fields", {})) == ({field} if field else set())
    stranger = Visitor(deployment=eve.deployment, token="acc_x.y.z")
    assert stranger.call("redeem_license_key", body).code == "not_authenticated"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "usa"),
        ("country", "ZZ"),
        ("country", "EU"),
        ("country", "us"),
        ("country", "U\u0405"),
        ("legal_name", ""),
        ("legal_name", "   "),
        ("legal_name", "x" * 101),
        ("legal_name", "Ada\nBcc: eve@example.com"),
        ("legal_name", "Ada\x00"),
        ("legal_name", "Ada\u2028B"),
        ("legal_name", "Ada\u202eB"),
        ("legal_name", "\u200b"),
        ("license_key", ""),
        ("license_key", "x" * 65),
    ],
)
def test_values_that_cannot_be_are_refused_and_the_field_named_S49(
    field: str, value: str, eve: Visitor
) -> None:
    right = {"license_key": generate(), "legal_name": "Eve", "country": "US"}
    refused = eve.call("redeem_license_key", {**right, field: value}, headers=idempotent())
    assert (refused.status, set(refused.body["fields"])) == (422, {field})


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "short"}, {"Idempotency-Key": "x" * 129}])
def test_an_idempotency_key_has_a_certain_length_C1(headers: dict[str, str], eve: Visitor) -> None:
    refused = eve.call("redeem_license_key", headers=headers)
    assert refused.status == 422
    assert any("idempotency-key" in one.lower() for one in refused.body["fields"])


def test_another_media_type_is_refused_S49(eve: Visitor) -> None:
    refused = eve.call("redeem_license_key", headers={"Content-Type": "text/plain"})
    assert (refused.status, refused.code) == (415, "unsupported_media_type")


def test_a_silent_key_service_is_a_refusal_that_can_be_tried_again_S50(
    ada: TokenHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redemption import wiring

    def silent(*_args: Any) -> str:
        raise KeysUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(wiring.redemption(), "_mac", silent)
        for _ in range(6):
            refused = ada.redeem()
            assert (refused.status, refused.code) == (503, "keys_unavailable")
    assert ada.redeem().status == 201


def test_neither_key_nor_name_gets_into_an_answers_refusal_or_a_log_line_S47(
    ada: TokenHolder, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    capsys.readouterr()
    caplog.clear()
    guess = generate()
    refusals = [
        ada.redeem(license_key=guess, legal_name="Canary Name"),
        ada.redeem(license_key="canary-key", legal_name="Canary Name"),
        ada.redeem(legal_name="Canary Name" * 20),
    ]
    assert [one.status for one in refusals] == [422] * 3
    assert ada.redeem(legal_name="Canary Name").status == 201
    out = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    out += json.dumps([one.body for one in refusals])
    for secret in (guess, ada.license_key):
        assert secret not in out
    assert "canary" not in out.lower()
