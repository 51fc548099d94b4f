"""Takeovers and their legitimate twins over HTTP, on the deployed template (S54, S58).

tests/functions/test_takeovers.py has every case; here each way is played once with real mails,
texts, roles and workers.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import requests

from local.client import Person, idempotency_key, mails, phone_messages
from local.stack import Stack
from tests.support.builders import REASON
from tests.support.pairs import Pair, pair_of
from tests.support.recovering import codes_in
from tests.support.running.clock import at_last
from tests.support.running.credential_checks import stocked, temporary_password
from tests.support.running.people import PERMANENT, new_address, person
from tests.support.running.stack_holders import Supply
from tests.support.running.subscribers import Subscriber, Subscriptions, new_number

CHOSEN = "eleven wet lanterns hum"
_LINK = re.compile(r"/v1/freezes/[\w-]+")


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Subscriptions:
    return Subscriptions(stack, 8)


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    return Supply(stack, 3, period=None)


@pytest.fixture
def pair(stack: Stack, supply: Supply) -> Pair:
    """Connected accounts; both are signed in by password."""
    made = pair_of(stack, supply.holder())
    made.connect(made.parent.device.press())
    return made


def intruder(victim: Person) -> Person:
    """Somebody at another address who knows the user id."""
    headers = {"X-Forwarded-For": new_address()}
    return Person(victim.url, victim.user_id, headers=headers)


def again(keys: Subscriptions, who: Person) -> Subscriber:
    """Redeem and activate another license key, as anybody can."""
    return keys.subscriber(who)


def binds(subscriber: Subscriber) -> str:
    """The refusal of a first phone; empty if it can be registered."""
    body = {"number": new_number(), "label": "Mine", "channel": "text"}
    path = f"/credentials/{subscriber.credential}/phones"
    answer = subscriber.person.call("POST", path, body, headers=idempotency_key())
    return "" if answer.status_code == 201 else str(answer.json()["code"])


def revoke(who: Person, credential: str) -> None:
    who.expect(200, "POST", f"/credentials/{credential}/revocation", {"confirm": True})


def take_over_password(stack: Stack, who: Person) -> None:
    """Sign in with the temporary password that came by mail, and choose another."""
    who.first_sign_in(temporary_password(stack, who), CHOSEN)


def operate(stack: Stack, operation: str, who: Person, **more: Any) -> Any:
    event = {"operation": operation, "user_id": who.user_id, "reason": REASON, **more}
    answer = stack.invoke("OperationsFunction", event)
    assert "error" not in answer, answer
    return answer


def test_s54_a_childs_password_alone_is_held(stack: Stack, pair: Pair, keys: Subscriptions) -> None:
    eve = intruder(pair.child)
    eve.sign_in(PERMANENT)
    [connection] = eve.expect(200, "GET", "/connections")["connections"]
    eve.expect(204, "DELETE", f"/connections/{connection['id']}")
    eve.sign_in(PERMANENT)
    assert binds(again(keys, eve)) == "binding_held"


def test_s54_a_child_that_disconnects_with_a_code_is_not_held(
    pair: Pair, keys: Subscriptions
) -> None:
    assert pair.child.elevate(pair.parent.device.press()).status_code == 201
    [connection] = pair.child.expect(200, "GET", "/connections")["connections"]
    pair.child.expect(204, "DELETE", f"/connections/{connection['id']}")
    pair.child.sign_in(PERMANENT)
    assert binds(again(keys, pair.child)) == ""


def test_s54_a_mailbox_alone_is_held_and_a_text_to_the_phone_stops_it(
    stack: Stack, keys: Subscriptions
) -> None:
    ada = keys.subscriber()
    number = ada.bind().number
    eve = intruder(ada.person)
    eve.expect(202, "POST", "/password-recovery", {"user_id": eve.user_id})
    to = f"{eve.user_id}@acme.example"
    [code] = at_last(
        stack, lambda: codes_in(one["text"] for one in mails(stack.url, to=to)), "a code"
    )
    body = {"user_id": eve.user_id, "code": code, "password": "a phrase of the intruder's own"}
    eve.expect(204, "POST", "/password-recovery/confirmation", body)
    eve.sign_in(body["password"])
    revoke(eve, ada.credential)
    take_over_password(stack, eve)
    assert binds(again(keys, eve)) == "binding_held"

    def warned() -> list[str]:
        told = phone_messages(stack.url, to=number)
        return [link for one in told for link in _LINK.findall(one["text"])]

    [link] = at_last(stack, warned, "a text to the phone")
    page = requests.get(f"{stack.url}{link}", timeout=60)
    assert (page.status_code, "<form" in page.text) == (200, True)
    assert eve.call("GET", "/session").status_code == 200
    assert requests.post(f"{stack.url}{link}", timeout=60).status_code == 200
    assert eve.call("GET", "/session").status_code == 401
    refused = eve.call("POST", "/session", {"user_id": eve.user_id, "password": CHOSEN})
    assert (refused.status_code, refused.json()["code"]) == (409, "account_frozen")


def test_s54_a_suspension_of_60_days_is_held_and_a_release_code_lets_one_bind(
    stack: Stack, keys: Subscriptions
) -> None:
    ada = keys.subscriber()
    ada.bind()
    eve = intruder(ada.person)
    eve.sign_in(PERMANENT)
    eve.expect(200, "POST", f"/credentials/{ada.credential}/suspension")
    stack.clock.move(timedelta(days=60, minutes=1))
    eve.sign_in(PERMANENT)

    def is_revoked() -> bool:
        stack.invoke("LifecycleSweepFunction", {})
        eve.sign_in(PERMANENT)
        found = eve.expect(200, "GET", f"/credentials/{ada.credential}")
        return bool(found["status"] == "revoked" and found["phones"] == [])

    at_last(stack, is_revoked, "the credential lapses")
    eve.sign_in(PERMANENT)
    held = again(keys, eve)
    assert binds(held) == "binding_held"
    code = operate(stack, "release_binding", eve)["code"]
    assert eve.call("GET", "/session").status_code == 401
    take_over_password(stack, eve)
    assert binds(held) == "binding_held"
    number = new_number()
    body = {"number": number, "label": "Mine", "channel": "text", "release_code": code}
    path = f"/credentials/{held.credential}/phones"
    phone = eve.expect(201, "POST", path, body, headers=idempotency_key())["id"]
    confirmation = {"code": held.code(number), "release_code": code}
    eve.expect(200, "POST", f"{path}/{phone}/confirmation", confirmation)


def test_s54_who_revokes_with_a_code_registers_at_once(stack: Stack, keys: Subscriptions) -> None:
    ada = keys.subscriber()
    ada.elevate(ada.bind())
    revoke(ada.person, ada.credential)
    take_over_password(stack, ada.person)
    assert binds(again(keys, ada.person)) == ""


def test_d4_s54_who_lost_only_the_token_registers_the_replacement_at_once(
    stack: Stack, supply: Supply
) -> None:
    ada = supply.holder(person(stack))
    ada.person.expect(200, "POST", f"/credentials/{ada.credential}/token/revocation")
    [spare] = stocked(stack, 1, period=None)
    operate(stack, "mark_shipped", ada.person, serial=spare.serial, tracking="1Z 999")
    answer = ada.person.register(ada.credential, spare.serial, spare.pair())
    assert answer.status_code == 201, answer.text
