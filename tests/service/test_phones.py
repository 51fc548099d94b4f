"""A subscription for phones over HTTP (B1, D3, E1, E2, F2, S11, S14)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from local.client import (
    Person,
    eventually,
    idempotency_key,
    phone_code,
    phone_messages,
    phone_requests,
)
from local.stack import PHONE_SENDER, Stack
from tests.support.running.credential_checks import (
    how_often,
    live_row,
    operator,
    refused,
    session,
    shown,
    told,
)
from tests.support.running.holder_attempts import account_of
from tests.support.running.observed import seal_closed_hours
from tests.support.running.people import PERMANENT, person
from tests.support.running.stack_holders import Supply
from tests.support.running.subscribers import (
    Phone,
    Subscriber,
    Subscriptions,
    new_number,
    pair,
    tried,
    unlimited,
)


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """License keys for phones."""
    return Subscriptions(stack, 12)


@pytest.fixture
def owner(subscriptions: Subscriptions) -> Subscriber:
    """A holder with an active credential and no phone yet, signed in by password."""
    return subscriptions.subscriber()


def test_b1_a_number_is_tried_before_anything_is_bought(stack: Stack) -> None:
    someone, number = person(stack), new_number()
    typed = f"{number[:2]} ({number[2:5]}) {number[5:8]}-{number[8:]}"
    asked = stack.clock.now()
    answer = someone.call("POST", "/phone-tests", {"number": typed, "channel": "text"})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["number"], body["expires_at"]) == (f"+1 … {number[-2:]}", None)
    again = datetime.fromisoformat(body["again_at"]) - asked
    assert timedelta(seconds=59) < again < timedelta(seconds=75)
    [message] = phone_messages(stack.url, to=number)
    assert (message["kind"], message["from"]) == ("text", PHONE_SENDER)
    assert message["segments"] == 1
    assert "this phone can receive our messages" in message["text"]
    unlimited(stack, tried(pair(account_of(someone), number)))
    someone.expect(201, "POST", "/phone-tests", {"number": number, "channel": "voice"})
    call = phone_messages(stack.url, to=number)[-1]
    assert (call["kind"], call["voice"]) == ("call", "JOANNA")


def test_d3_a_phone_counts_once_it_is_confirmed(stack: Stack, owner: Subscriber) -> None:
    someone, number = owner.person, new_number()
    added = someone.add_phone(owner.credential, number)
    assert (added["confirmed"], added["number"]) == (False, f"+1 … {number[-2:]}")
    assert shown(someone, owner.credential)["phones"] == []
    listed = someone.expect(200, "GET", f"/credentials/{owner.credential}/phones")["phones"]
    assert listed == [added]
    assert session(someone)["elevation"] == []
    code = owner.code(number)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    refused(someone.elevate(code, method="phone"), 403, "no_live_code")
    refused(someone.confirm_phone(owner.credential, added["id"], wrong), 403, "wrong_code")

    answer = someone.confirm_phone(owner.credential, added["id"], code)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {**added, "confirmed": True}
    assert shown(someone, owner.credential)["phones"] == [answer.json()]
    offered = {"method": "phone", "phone": added["id"], "label": "My phone"}
    [way] = session(someone)["elevation"]
    assert way == {**offered, "number": added["number"], "obstacle": None}
    assert session(someone)["strength"] == 1, "confirming elevates nothing"
    again = someone.confirm_phone(owner.credential, added["id"], wrong)
    assert (again.status_code, again.json()) == (200, answer.json())
    [mail] = told(stack, someone, "A phone was added to your credential")
    assert added["number"] in mail["text"]
    assert number not in mail["text"]


@pytest.mark.parametrize(
    ("language", "channel", "said"),
    [
        ("en", "text", "is your"),
        ("en", "voice", "Your code is"),
        ("de", "text", "ist Ihr Code"),
        ("de", "voice", "Ihr Code lautet"),
    ],
)
def test_e1_e2_a_code_that_came_by_text_or_call_elevates_the_session(
    *, stack: Stack, subscriptions: Subscriptions, language: str, channel: str, said: str
) -> None:
    """The message is in the holder's language, each digit of the code spoken alone."""
    owner = subscriptions.subscriber(language=language)
    phone, before = owner.bind(), owner.person.token
    code = owner.ask(phone, channel=channel)
    message = phone_messages(stack.url, to=phone.number)[-1]
    assert message["kind"] == {"text": "text", "voice": "call"}[channel]
    assert said in message["text"]
    if channel == "voice":
        assert message["voice"] == {"en": "JOANNA", "de": "VICKI"}[language]
        assert message["ssml"].count('<say-as interpret-as="digits">') == 12

    answer = owner.person.elevate(code, method="phone")

    assert answer.status_code == 201, answer.text
    made, now = answer.json(), session(owner.person)
    for one in (made, now):
        assert (one["strength"], one["authenticator"]) == (2, "phone")
    assert now["credential"] == owner.credential
    assert now["elevated_until"] == made["elevated_until"]
    until = datetime.fromisoformat(made["elevated_until"])
    assert stack.clock.now() < until <= datetime.fromisoformat(made["expires_at"])
    old = Person(owner.person.url, owner.person.user_id, before, owner.person.headers)
    refused(old.call("GET", "/session"), 401, "not_authenticated")
    # A code is good once.
    refused(owner.person.elevate(code, method="phone"), 403, "no_live_code")
    assert session(owner.person)["strength"] == 2


def test_d3_several_phones_are_named_chosen_and_removed(stack: Stack, owner: Subscriber) -> None:
    someone, first = owner.person, owner.bind()
    owner.elevate(first)
    second = owner.bind()
    path = f"/credentials/{owner.credential}/phones"
    someone.expect(200, "PATCH", f"{path}/{second.id}", {"label": "Work"})
    assert [one["label"] for one in shown(someone, owner.credential)["phones"]] == [
        "My phone",
        "Work",
    ]
    codes = [owner.ask(first), owner.ask(second)]
    body = {"method": "phone", "code": codes[0], "phone": first.id}
    answer = someone.call("POST", "/session/elevation", body)
    assert answer.status_code == 201, answer.text
    someone.token = answer.json()["token"]
    # Without a phone in the request, the phone of the last request counts.
    assert someone.elevate(codes[1], method="phone").status_code == 201
    other = owner.another_session()
    assert other.elevate(owner.ask(first, other), method="phone").status_code == 201

    someone.expect(204, "DELETE", f"{path}/{first.id}")

    assert (session(other)["strength"], session(someone)["strength"]) == (1, 2)
    refused(someone.ask_for_code(first.id), 404, "not_found")
    [mail] = told(stack, someone, "A phone was removed from your credential")
    assert f"+1 … {first.number[-2:]}" in mail["text"]
    refused(someone.call("DELETE", f"{path}/{second.id}"), 422, "last_authenticator")
    owner.another_session().expect(204, "DELETE", f"{path}/{second.id}?confirm=true")
    assert session(someone)["strength"] == 1
    _the_next_one_waits(stack, owner)


def _the_next_one_waits(stack: Stack, owner: Subscriber) -> None:
    """S14, S54: the password alone can't add a first phone again at once."""
    body = {"number": new_number(), "label": "Mine", "channel": "text"}
    path = f"/credentials/{owner.credential}/phones"
    answer = owner.person.call("POST", path, body, headers=idempotency_key())
    refused(answer, 409, "binding_held")
    told(stack, owner.person, "Was it you? Something of your sign-in was ended")


def test_f2_wrong_codes_block_a_phone_alone_and_in_the_end_an_administrator_frees_it(
    stack: Stack, owner: Subscriber
) -> None:
    """S11: every fifth blocks it for a quarter of an hour, the twentieth for good."""
    first = owner.bind()
    owner.elevate(first)
    second, watching = owner.bind(), owner.another_session()
    assert watching.elevate(owner.ask(second, watching), method="phone").status_code == 201
    for round_ in range(4):
        stack.clock.move(timedelta(minutes=16))
        codes = _wrong_ones(owner, first)
        for code in codes[:4]:
            refused(owner.person.elevate(code, method="phone"), 403, "wrong_code")
        last = "phone_locked" if round_ == 3 else "phone_blocked"
        refused(owner.person.elevate(codes[4], method="phone"), 403, last)
        refused(owner.person.elevate(owner.code(first.number), method="phone"), 403, last)
        refused(owner.person.ask_for_code(first.id), 403, last)
        assert session(owner.person)["strength"] == 1, "what it had given is gone"
        assert session(watching)["strength"] == 2, "what another gave isn't"
    stack.clock.move(timedelta(minutes=16))
    refused(owner.person.ask_for_code(first.id), 403, "phone_locked")
    [view, other] = shown(owner.person, owner.credential)["phones"]
    assert (view["locked"], view["blocked_until"], other["locked"]) == (True, None, False)
    sign_in_options = session(owner.person)["elevation"]
    assert [one["obstacle"] for one in sign_in_options] == ["phone_locked", None]
    eventually(
        lambda: how_often(stack, owner.person, "Codes of your phone are blocked") == 4,
        what="each block told",
    )

    assert "error" not in operator(stack, "free_phones", owner.person)

    told(stack, owner.person, "Your phone can be used again")
    owner.elevate(first)
    assert session(owner.person)["strength"] == 2


def _wrong_ones(owner: Subscriber, phone: Phone) -> list[str]:
    right = int(owner.ask(phone))
    return [f"{(right + step) % 10**6:06}" for step in range(1, 6)]


def _add(owner: Subscriber, number: str, someone: Person | None = None) -> requests.Response:
    body = {"number": number, "label": "Mine", "channel": "text"}
    path = f"/credentials/{owner.credential}/phones"
    return (someone or owner.person).call("POST", path, body, headers=idempotency_key())


def test_s14_a_stolen_password_adds_a_phone_to_no_credential_but_a_fresh_one_for_phones(
    stack: Stack, owner: Subscriber
) -> None:
    holder = Supply(stack, 1, period=None).holder()
    hardware = Subscriber(stack, holder.person, holder.credential)
    thief = Person(holder.person.url, holder.person.user_id, headers=holder.person.headers)
    thief.sign_in(PERMANENT)
    phone = owner.bind()
    other = owner.another_session()
    before, number = phone_requests(stack.url), new_number()
    refused(_add(hardware, number, thief), 403, "elevation_required")
    refused(_add(owner, number, other), 403, "elevation_required")
    assert phone_requests(stack.url) == before

    owner.elevate(phone)
    assert _add(owner, number).status_code == 201
    assert holder.person.elevate(holder.device.press()).status_code == 201
    added = new_number()
    assert _add(hardware, added).status_code == 201
    # Nor does an unconfirmed phone wait there for a later holder of the password alone.
    [waiting] = thief.expect(200, "GET", f"/credentials/{hardware.credential}/phones")["phones"]
    hardware.unlimited(added)
    answer = thief.ask_for_code(waiting["id"])
    assert answer.status_code == 201
    code = phone_code(phone_messages(stack.url, to=added)[-1])
    answer = thief.confirm_phone(hardware.credential, waiting["id"], code)
    refused(answer, 403, "elevation_required")


def test_the_history_shows_what_became_of_phones_and_the_trail_is_whole(
    stack: Stack, owner: Subscriber
) -> None:
    phone = owner.bind()
    owner.elevate(phone)
    codes = _wrong_ones(owner, phone)
    for code in codes:
        owner.person.elevate(code, method="phone")
    path = f"/credentials/{owner.credential}"
    owner.person.expect(204, "DELETE", f"{path}/phones/{phone.id}?confirm=true")
    history = owner.person.expect(200, "GET", f"{path}/history")
    assert [_what(event) for event in history["events"]][:4] == [
        "phone.removed",
        "phone.blocked",
        "phone.accepted",
        "phone.confirmed",
    ]
    assert phone.number not in str(history)
    assert "phones" not in live_row(stack, owner.person)
    seal_closed_hours(stack)
    assert stack.invoke("OperationsFunction", {"operation": "verify_audit"})["faults"] == []


def _what(entry: dict[str, Any]) -> str:
    return str(entry["what"])


def test_the_messages_page_shows_texts_and_calls(stack: Stack, owner: Subscriber) -> None:
    phone = owner.bind()
    owner.ask(phone, channel="voice")
    page = requests.get(f"{stack.url}/messages", params={"to": phone.number}, timeout=10).text
    assert phone.number in page
    for message in phone_messages(stack.url, to=phone.number):
        assert f"/messages/{message['id']}" in page
        one = requests.get(f"{stack.url}/messages/{message['id']}", timeout=10).text
        assert phone_code(message) in one.replace(" ", "")
