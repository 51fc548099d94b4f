"""Registering and resynchronizing tokens over the API; an operator's reset (D1, D2, F2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.strictness import bodies
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_registered_token,
    a_holder_with_a_shipped_token,
    idempotent,
    stocked,
    wrong,
)
from tests.support.visitor import Answer, Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Her token has arrived."""
    return a_holder_with_a_shipped_token(deployment)


@pytest.fixture(scope="module")
def eve(deployment: Deployment) -> Visitor:
    """Signed in, without a credential."""
    return visitor(deployment)


def spoiled(who: TokenHolder) -> dict[str, str]:
    """Two codes that are not consecutive."""
    pair = who.device.pair(ahead=-1)
    return {**pair, "second_code": wrong(pair["second_code"])}


def block(who: TokenHolder) -> None:
    """Use up the tries."""
    codes = [who.register(**spoiled(who)).code for _ in range(5)]
    assert codes == ["wrong_codes"] * 4 + ["reset_needed"]


def reset(deployment: Deployment, user_id: str) -> Any:
    return deployment.invoke("operations", sample("operations/reset_token", user_id=user_id))


def test_two_codes_register_the_token_of_which_four_characters_are_shown_D1(
    ada: TokenHolder,
) -> None:
    answer = ada.register()
    assert answer.status == 201
    assert answer.body["token"] == {
        "serial": f"…{ada.device.serial[-4:]}",
        "type": "totp",
        "locked": False,
    }
    assert ada.device.serial not in json.dumps(answer.body)
    assert ada.shown() == answer.body
    again = ada.register()
    assert (again.status, again.code) == (409, "token_registered")


def test_the_same_request_again_is_the_same_registration_D1(ada: TokenHolder) -> None:
    key, pair = idempotent()["Idempotency-Key"], ada.device.pair(ahead=-1)
    done = ada.register(key=key, **pair)
    assert ada.register(key=key, **pair).body == done.body
    refused = ada.register(key=key, **spoiled(ada))
    assert (refused.status, refused.code) == (409, "idempotency_key_reused")


def test_foreign_and_unknown_serials_are_one_answer_S29(
    ada: TokenHolder, deployment: Deployment
) -> None:
    unknown, foreign = ada.register(serial="FT-0"), ada.register(serial=stocked(deployment).serial)
    taken = ada.register(serial=a_holder_with_a_registered_token(deployment).device.serial)
    assert (unknown.status, unknown.code) == (422, "wrong_serial")
    assert unknown.body == foreign.body == taken.body
    assert unknown.headers == foreign.headers == taken.headers


def test_five_failures_leave_an_operators_reset_and_say_whom_to_ask_D2_G5(
    ada: TokenHolder, deployment: Deployment
) -> None:
    block(ada)
    refused = ada.register()
    assert (refused.status, refused.code) == (403, "reset_needed")
    assert refused.body["support"] == "help@keyfob.example"
    assert ada.shown()["reset_needed"] is True
    answer = reset(deployment, ada.visitor.user_id)
    assert (answer["credential"], answer["status"]) == (ada.credential, "active")
    assert (answer["order"], answer["unit"], answer["token"]) == (ada.order, 1, None)
    assert ada.register().status == 201


def test_an_operator_is_told_who_has_nothing_to_reset_G2(
    deployment: Deployment, eve: Visitor
) -> None:
    for user_id in (eve.user_id, "nobody-at-all"):
        answer = reset(deployment, user_id)
        assert answer["error"] == "not_found"
        assert "live credential" in answer["detail"]
    assert "problems" in reset(deployment, "x")


def test_a_credential_that_is_not_ones_own_is_not_found_S23(ada: TokenHolder, eve: Visitor) -> None:
    for name in ("register_token", "resynchronize_token"):
        foreign = eve.call(name, parameters={"credential": ada.credential})
        unknown = eve.call(name, parameters={"credential": "crd_99999999999999999999"})
        assert (foreign.status, foreign.code) == (404, "not_found")
        assert (foreign.body, foreign.headers) == (unknown.body, unknown.headers)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("pending_approval", "credential_not_approved"),
        ("pending_activation", "credential_not_activated"),
    ],
)
def test_a_credential_that_cannot_have_a_token_yet_gives_the_reason_D2(
    state: str, code: str, deployment: Deployment
) -> None:
    from keyfob.domain.credentials.credential import State

    who = a_holder_with_a_shipped_token(deployment, state=State(state), activated_at=None)
    refused = who.register()
    assert (refused.status, refused.code) == (403, code)
    assert who.shown()["status"] == state


# Resynchronization


def resynchronize(who: TokenHolder, **changes: str) -> Answer:
    return who.call("resynchronize_token", {**who.device.pair(ahead=1), **changes})


def test_a_locked_token_is_unlocked_by_two_codes_F2(deployment: Deployment) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    for _ in range(5):
        ada.elevate(wrong(ada.device.code()))
    locked = ada.shown()
    assert (locked["status"], locked["token"]["locked"]) == ("locked", True)
    answer = resynchronize(ada)
    assert (answer.status, answer.body["status"]) == (200, "active")
    assert answer.body["token"]["locked"] is False
    assert ada.elevate(ada.device.code(2)).status == 201


def test_five_wrong_pairs_leave_an_operators_reset_F2(deployment: Deployment) -> None:
    ada = a_holder_with_a_registered_token(deployment)
    second = wrong(ada.device.code(1))
    answers = [resynchronize(ada, second_code=second) for _ in range(5)]
    assert [(one.status, one.code) for one in answers] == [(422, "wrong_codes")] * 4 + [
        (403, "reset_needed")
    ]
    assert resynchronize(ada).code == "reset_needed"
    answer = reset(deployment, ada.visitor.user_id)
    assert answer["token"] == ada.device.serial
    assert resynchronize(ada).status == 200


def test_without_a_token_there_is_none_to_resynchronize_F2(ada: TokenHolder) -> None:
    refused = resynchronize(ada)
    assert (refused.status, refused.code) == (403, "no_token")


# Bodies

STRICT = [
    *(("register_token", *one) for one in bodies("register_token", "serial", "first_code")),
    *(("resynchronize_token", *one) for one in bodies("resynchronize_token", "second_code")),
]


@pytest.mark.parametrize(("name", "body", "status", "field"), STRICT)
def test_bodies_are_taken_strictly_and_the_field_is_named_S49(
    name: str, body: Any, status: int, field: str, eve: Visitor
) -> None:
    refused = eve.call(name, body)
    assert refused.status == status
    assert set(refused.body.get("fields", {})) == ({field} if field else set())
    stranger = Visitor(deployment=eve.deployment, token="acc_x.y.z")
    assert stranger.call(name, body).code == "not_authenticated"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serial", ""),
        ("serial", "x" * 65),
        ("first_code", "1234567"),
        ("serial", "FT#1000"),
        ("serial", "FT1"),
        ("first_code", "1234-5678"),
        ("second_code", ""),
        ("second_code", "123456"),
        ("second_code", "1" * 17),
    ],
)
def test_values_that_cannot_be_are_refused_name_the_field_and_cost_nothing_S49(
    field: str, value: str, ada: TokenHolder
) -> None:
    refused = ada.register(**{field: value})
    assert (refused.status, set(refused.body["fields"])) == (422, {field})
    assert ada.register().status == 201


def test_serial_and_codes_are_taken_as_people_type_and_paste_them_D1_S65(ada: TokenHolder) -> None:
    codes = {name: f"\u00a0{one[:4]} {one[4:]}\n" for name, one in ada.device.pair().items()}
    typed = ada.device.serial.lower().replace("-", " \u2013 ")
    registered = ada.register(serial=typed, **codes)
    assert (registered.status, registered.body["token"]["serial"]) == (
        201,
        f"\u2026{ada.device.serial[-4:]}",
    )


def test_a_registration_needs_an_idempotency_key_D1(ada: TokenHolder) -> None:
    body = {"serial": ada.device.serial, **ada.device.pair(ahead=-1)}
    refused = ada.call("register_token", body, headers={"Idempotency-Key": "short"})
    assert refused.status == 422


def test_no_code_serial_or_secret_gets_into_a_log_line_S47(
    ada: TokenHolder, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    capsys.readouterr()
    caplog.clear()
    spoilt, pair = spoiled(ada), ada.device.pair(ahead=-1)
    told = [ada.register(**spoilt), ada.register(serial="FT-CANARY"), ada.register(**pair)]
    told.append(resynchronize(ada, second_code="canary"))
    out = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    out += json.dumps([one.body for one in told])
    secrets = [*spoilt.values(), *pair.values(), ada.device.secret.hex(), ada.device.serial]
    assert [one for one in secrets if one in out] == []
    assert "canary" not in out.lower()
