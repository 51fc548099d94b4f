"""Phones over the API: trying, adding, confirming, naming, removing, signing in (B1, D3, E1)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.deployment import Deployment, later, sample
from tests.support.fakes import unique
from tests.support.phone_holder import PhoneHolder, subscriber
from tests.support.phones import code_spoken, new_number
from tests.support.strictness import bodies
from tests.support.token_holder import a_holder_with_a_registered_token, wrong
from tests.support.visitor import PERMANENT, Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> PhoneHolder:
    """Signed in by password, with a fresh credential for phones."""
    return subscriber(deployment)


def operate(deployment: Deployment, operation: str, who: PhoneHolder) -> Any:
    event = sample(f"operations/{operation}", user_id=who.holder.visitor.user_id)
    return deployment.invoke("operations", event)


# Trying


def test_anybody_signed_in_may_try_a_number_before_buying_B1(deployment: Deployment) -> None:
    eve, number = visitor(deployment), new_number()
    asked = deployment.phones.asked
    answer = eve.call("try_phone", {"number": number, "channel": "text"})
    assert answer.status == 201
    assert answer.body == {
        "number": f"+1 … {number[-2:]}",
        "expires_at": None,
        "again_at": answer.body["again_at"],
    }
    again = datetime.fromisoformat(answer.body["again_at"]) - deployment.clock.now()
    assert timedelta(seconds=50) < again <= timedelta(seconds=60)
    assert deployment.phones.asked == asked + 1
    refused = eve.call("try_phone", {"number": number, "channel": "voice"})
    assert (refused.status, refused.code) == (429, "too_many_tries")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert deployment.phones.asked == asked + 1


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+19005550123", "phone_not_allowed"),
        ("+881612345678", "phone_not_allowed"),
        ("+447400123456", "phone_not_allowed"),
        ("0151 23456789", "invalid_phone"),
        ("+1 33", "invalid_phone"),
    ],
)
def test_premium_satellite_and_foreign_numbers_get_nothing_S13(
    number: str, code: str, deployment: Deployment
) -> None:
    eve, asked = visitor(deployment), deployment.phones.asked
    refused = eve.call("try_phone", {"number": number, "channel": "text"})
    assert (refused.status, refused.code) == (422, code)
    assert number not in json.dumps(refused.body)
    assert deployment.phones.asked == asked


# Adding and confirming


def test_a_phone_is_added_confirmed_and_signed_in_with_D3_E1(
    ada: PhoneHolder, deployment: Deployment
) -> None:
    number = new_number()
    added = ada.add(number, label="Work")
    shown = f"+1 … {number[-2:]}"
    expected = {
        "id": added.body["id"],
        "number": shown,
        "label": "Work",
        "confirmed": False,
        "blocked_until": None,
        "locked": False,
    }
    assert (added.status, added.body) == (201, expected)
    confirmed = ada.confirm(added.body["id"], ada.told(number))
    assert (confirmed.status, confirmed.body) == (200, expected | {"confirmed": True})
    assert ada.listed() == [confirmed.body]
    assert ada.holder.shown()["phones"] == [confirmed.body]
    later(deployment, seconds=61)
    sent = ada.send(added.body["id"])
    assert (sent.status, sent.body["number"]) == (201, shown)
    left = datetime.fromisoformat(sent.body["expires_at"]) - deployment.clock.now()
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5)
    old = ada.holder.visitor.token
    done = ada.elevate(ada.told(number))
    assert done.status == 201
    assert (done.body["strength"], done.body["authenticator"]) == (2, "phone")
    assert done.body["token"] != old
    session = ada.call("show_session").body
    assert (session["strength"], session["authenticator"]) == (2, "phone")
    assert session["elevation"] == [
        {
            "method": "phone",
            "label": "Work",
            "obstacle": None,
            "phone": added.body["id"],
            "number": shown,
        }
    ]


def test_no_answer_shows_a_number_or_a_code_S47(ada: PhoneHolder) -> None:
    number = new_number()
    answers = [ada.add(number), ada.call("show_phones"), ada.call("show_credential")]
    for answer in answers:
        assert number[-7:] not in json.dumps(answer.body)
        assert ada.told(number) not in json.dumps(answer.body)


def test_a_call_tells_the_code_E1(ada: PhoneHolder, deployment: Deployment) -> None:
    phone = ada.bound()
    assert ada.send(phone, "voice").status == 201
    code = code_spoken(deployment.phones.calls[-1][1].ssml)
    assert ada.elevate(code, phone=phone).status == 201


def test_the_same_request_again_is_the_same_phone_and_one_message_B4(
    ada: PhoneHolder, deployment: Deployment
) -> None:
    number, key = new_number(), unique("key-of-a-phone-")
    first = ada.add(number, key=key)
    asked = deployment.phones.asked
    assert ada.add(number, key=key).body == first.body
    other = ada.add(new_number(), key=key)
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    assert deployment.phones.asked == asked


def test_a_password_adds_no_second_phone_and_a_code_does_S14(ada: PhoneHolder) -> None:
    phone = ada.bound()
    refused = ada.add(new_number())
    assert (refused.status, refused.code) == (403, "elevation_required")
    ada.send(phone)
    number = ada.deployment.phones.texts[-1][0]
    ada.elevate(ada.told(number))
    assert ada.add(new_number()).status == 201
    again = ada.add(number)
    assert (again.status, again.code) == (409, "phone_registered")


def test_a_holder_of_a_token_adds_a_phone_by_its_code_D3(deployment: Deployment) -> None:
    holder = a_holder_with_a_registered_token(deployment)
    ada = PhoneHolder(holder=holder, deployment=deployment)
    assert ada.add(new_number()).code == "elevation_required"
    assert holder.elevate().status == 201
    ada.bound()
    methods = [one["method"] for one in ada.call("show_session").body["elevation"]]
    assert methods == ["token", "phone"]


# Wrong codes, limits, failures


def test_wrong_codes_block_and_an_operator_frees_E3_F2(
    ada: PhoneHolder, deployment: Deployment
) -> None:
    phone = ada.bound()
    ada.send(phone)
    right = ada.told(deployment.phones.texts[-1][0])
    answers = [ada.elevate(wrong(right)) for _ in range(5)]
    assert [one.code for one in answers] == ["wrong_code"] * 4 + ["phone_blocked"]
    assert {one.status for one in answers} == {403}
    assert ada.elevate(right).code == "phone_blocked"
    [shown] = ada.listed()
    left = datetime.fromisoformat(shown["blocked_until"]) - deployment.clock.now()
    assert (shown["locked"], timedelta(minutes=14) < left <= timedelta(minutes=15)) == (False, True)
    [way] = ada.call("show_session").body["elevation"]
    assert way["obstacle"] == "phone_blocked"
    later(deployment, seconds=61)
    assert ada.send(phone).code == "phone_blocked"
    assert "error" not in operate(deployment, "free_phones", ada)
    assert ada.send(phone).code == "too_many_tries", "that code is dead until it expires (S11)"
    later(deployment, minutes=4)
    assert ada.send(phone).status == 201
    assert ada.elevate(ada.told(deployment.phones.texts[-1][0])).status == 201


def test_a_code_of_one_session_is_none_in_another_S11(
    ada: PhoneHolder, deployment: Deployment
) -> None:
    phone = ada.bound()
    ada.send(phone)
    code = ada.told(deployment.phones.texts[-1][0])
    again = Visitor(deployment=deployment, user_id=ada.holder.visitor.user_id)
    again.sign_in(PERMANENT)
    refused = again.call("elevate_session_by_phone", {"method": "phone", "code": code})
    assert (refused.status, refused.code) == (403, "no_live_code")
    assert ada.elevate(code).status == 201


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [("silent", 503, "phone_unavailable"), ("rejecting", 422, "phone_unreachable")],
)
def test_a_provider_that_does_not_deliver_is_a_typed_answer_S50(
    how: str, status: int, code: str, ada: PhoneHolder, deployment: Deployment
) -> None:
    phone = ada.bound()
    setattr(deployment.phones, how, True)
    try:
        refused = ada.send(phone)
    finally:
        setattr(deployment.phones, how, False)
    assert (refused.status, refused.code) == (status, code)
    assert ada.send(phone).status == (201 if how == "silent" else 429)


# Naming and removing


def test_a_phone_is_renamed_D3(ada: PhoneHolder) -> None:
    phone = ada.bound()
    answer = ada.call("rename_phone", {"label": "Büro"}, phone=phone)
    assert (answer.status, answer.body["label"]) == (200, "Büro")
    assert [one["label"] for one in ada.listed()] == ["Büro"]


def test_the_last_phone_is_asked_twice_and_the_next_one_waits_D3_S14_S54(
    ada: PhoneHolder, deployment: Deployment
) -> None:
    phone = ada.bound()
    unasked: dict[str, Any] = {
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
    }
    refused = ada.call("remove_phone", phone=phone, **unasked)
    assert (refused.status, refused.code) == (422, "last_authenticator")
    removed = ada.call("remove_phone", phone=phone)
    assert (removed.status, removed.body) == (204, None)
    assert ada.listed() == []
    held = ada.add(new_number())
    assert (held.status, held.code) == (409, "binding_held")
    later(deployment, hours=72)
    ada.holder.visitor.sign_in(PERMANENT)
    assert ada.add(new_number()).status == 201


def test_confirming_must_be_said_plainly_S49(ada: PhoneHolder) -> None:
    phone = ada.bound()
    for said in ("false", "True", "", "1"):
        query: dict[str, Any] = {
            "queryStringParameters": {"confirm": said},
            "multiValueQueryStringParameters": {"confirm": [said]},
        }
        assert ada.call("remove_phone", phone=phone, **query).status == 422
    assert len(ada.listed()) == 1


# Other input


def test_others_credentials_and_phones_are_not_found_S23(
    ada: PhoneHolder, deployment: Deployment
) -> None:
    phone = ada.bound()
    eve = subscriber(deployment)
    theirs = {"credential": ada.holder.credential, "phone": phone}
    mine = {"credential": eve.holder.credential, "phone": phone}
    for parameters in (theirs, mine, {**mine, "phone": "unknown"}):
        for name in ("confirm_phone", "rename_phone", "remove_phone"):
            refused = eve.call(name, parameters=parameters)
            assert (refused.status, refused.code) == (404, "not_found"), name
    for name in ("show_phones", "add_phone"):
        refused = eve.call(name, parameters={"credential": ada.holder.credential})
        assert (refused.status, refused.code) == (404, "not_found"), name
    refused = eve.send(phone)
    assert (refused.status, refused.code) == (404, "not_found")


FIELDS = {
    "try_phone": ("number", "channel"),
    "send_phone_code": ("phone", "channel"),
    "add_phone": ("number", "label", "channel"),
    "confirm_phone": ("code",),
    "rename_phone": ("label",),
    "elevate_session_by_phone": ("code",),
}
STRICT = [(name, case) for name, fields in FIELDS.items() for case in bodies(name, *fields)]


@pytest.fixture(scope="module")
def eve(deployment: Deployment) -> Visitor:
    """Signed in, without a credential."""
    return visitor(deployment)


@pytest.mark.parametrize(("name", "case"), STRICT)
def test_bodies_are_taken_strictly_and_the_field_is_named_S49(
    name: str, case: tuple[Any, int, str], eve: Visitor, deployment: Deployment
) -> None:
    body, status, field = case
    asked = deployment.phones.asked
    refused = eve.call(name, body)
    assert refused.status == status
    assert set(refused.body.get("fields", {})) == ({field} if field else set())
    assert deployment.phones.asked == asked


@pytest.mark.parametrize("phone", [None, 1, [], {}, ["0a1b2c"]])
def test_a_phone_to_sign_in_with_is_named_by_a_text_S49(phone: Any, eve: Visitor) -> None:
    body = {"method": "phone", "code": "123456", "phone": phone}
    refused = eve.call("elevate_session_by_phone", body)
    assert (refused.status, set(refused.body["fields"])) == (422, {"phone"})


def test_a_token_is_not_named_by_a_phone_S49(eve: Visitor) -> None:
    body = {"method": "token", "code": "12345678", "phone": "0a1b2c"}
    refused = eve.call("elevate_session_by_phone", body)
    assert (refused.status, set(refused.body["fields"])) == (422, {"phone"})
