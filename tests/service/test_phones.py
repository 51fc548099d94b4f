"""A subscription for phones over HTTP: D3, E1, E2, F2, S10, S11, S13, S14, S15, S20."""

from __future__ import annotations

from collections.abc import Iterator
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
    expire,
    how_often,
    live_row,
    operator,
    refused,
    session,
    shown,
    told,
)
from tests.support.running.people import PERMANENT, person
from tests.support.running.stack_holders import Supply
from tests.support.running.subscribers import (
    Phone,
    Subscriber,
    Subscriptions,
    new_number,
    tried,
    unlimited,
)

# By the numbering plans these are no ordinary lines, or of countries without a price.
FORBIDDEN = {
    "premium, United States": "+1 900 555 0100",
    "toll-free, United States": "+1 800 555 0100",
    "premium, Germany": "+49 900 1 234567",
    "shared cost, Germany": "+49 180 1 234567",
    "nationwide VoIP, Germany": "+49 32 221234567",
    "personal, United Kingdom": "+44 70 1234 5678",
    "shared cost, United Kingdom": "+44 845 601 2345",
    "satellite, Iridium": "+881 6 1234 5678",
    "satellite, Inmarsat": "+870 773 111 632",
    "international network": "+883 5100 1234 5678",
    "premium, international": "+979 1 2345 6789",
    "Spain": "+34 612 34 56 78",
    "Bahamas, under the same calling code": "+1 242 359 1234",
    "Jersey, under the same calling code": "+44 7797 712345",
}
NO_NUMBERS = {
    "national form": "0151 23456789",
    "no plus": "12025550143",
    "other digits": "+1 \u0662\u0660\u0662 555 0143",
    "letters": "+1 202 KEYFOB1",
    "an extension": "+1 202 555 0143 ext. 7",
    "too short": "+1 202",
    "two numbers": "+12025550143,+12025550144",
    "a header": "+12025550143\r\nBcc: x",
}


@pytest.fixture(scope="module")
def subscriptions(stack: Stack) -> Subscriptions:
    """License keys for phones."""
    return Subscriptions(stack, 24)


@pytest.fixture
def owner(subscriptions: Subscriptions) -> Subscriber:
    """Somebody with an active credential and no phone yet, signed in by password."""
    return subscriptions.subscriber()


@pytest.fixture
def unasked(stack: Stack) -> Iterator[None]:
    """Whatever the test does, whoever reaches phones isn't asked for anything."""
    before = phone_requests(stack.url)
    yield
    assert phone_requests(stack.url) == before


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
    unlimited(stack, tried(number))
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
    """The code is said in the holder's language, each digit alone."""
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
    # Without a name it is the one that was asked for last.
    assert someone.elevate(codes[1], method="phone").status_code == 201
    other = owner.another_session()
    assert other.elevate(owner.ask(first, other), method="phone").status_code == 201

    someone.expect(204, "DELETE", f"{path}/{first.id}")

    assert (session(other)["strength"], session(someone)["strength"]) == (1, 2)
    refused(someone.ask_for_code(first.id), 404, "not_found")
    [mail] = told(stack, someone, "A phone was removed from your credential")
    assert f"+1 … {first.number[-2:]}" in mail["text"]
    refused(someone.call("DELETE", f"{path}/{second.id}"), 422, "last_authenticator")
    someone.expect(204, "DELETE", f"{path}/{second.id}?confirm=true")
    assert session(someone)["strength"] == 1
    _nothing_but_an_operator_helps(stack, owner)


def _nothing_but_an_operator_helps(stack: Stack, owner: Subscriber) -> None:
    """S14: whoever has only the password can't begin anew."""
    body = {"number": new_number(), "label": "Mine", "channel": "text"}
    path = f"/credentials/{owner.credential}/phones"
    answer = owner.person.call("POST", path, body, headers=idempotency_key())
    refused(answer, 403, "reopening_required")
    assert "error" not in operator(stack, "reopen_credential", owner.person)
    told(stack, owner.person, "You can register a phone or a token again")
    owner.unlimited(body["number"])
    owner.bind()


def test_d3_there_are_five_phones_at_most_and_each_but_once(owner: Subscriber) -> None:
    someone, first = owner.person, owner.bind()
    owner.elevate(first)
    path = f"/credentials/{owner.credential}/phones"

    def add(number: str) -> requests.Response:
        owner.unlimited(number)
        body = {"number": number, "label": "Mine", "channel": "text"}
        return someone.call("POST", path, body, headers=idempotency_key())

    refused(add(first.number), 409, "phone_registered")
    numbers = [new_number() for _ in range(4)]
    for number in numbers:
        assert add(number).status_code == 201
    refused(add(new_number()), 409, "too_many_phones")
    # One that nobody has confirmed makes room for itself.
    assert add(numbers[0]).status_code == 201
    assert len(someone.expect(200, "GET", path)["phones"]) == 5


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
    ways = session(owner.person)["elevation"]
    assert [one["obstacle"] for one in ways] == ["phone_locked", None]
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


@pytest.mark.parametrize("obstacle", ["suspended", "expired"])
def test_what_is_no_use_sends_nothing_and_spends_nothing(
    *, stack: Stack, owner: Subscriber, obstacle: str
) -> None:
    phone = owner.bind()
    code = owner.ask(phone)
    owner.unlimited(phone.number)
    _stop(stack, owner, obstacle)
    before = phone_requests(stack.url)
    code_of = {"suspended": "credential_suspended", "expired": "credential_expired"}[obstacle]
    refused(owner.person.ask_for_code(phone.id), 403, code_of)
    refused(owner.person.elevate(code, method="phone"), 403, code_of)
    refused(_add(owner, new_number()), 403, code_of)
    assert phone_requests(stack.url) == before
    assert session(owner.person)["elevation"][0]["obstacle"] == code_of
    if obstacle == "suspended":
        owner.person.expect(200, "DELETE", f"/credentials/{owner.credential}/suspension")
        # It was neither spent nor counted against anybody.
        assert owner.person.elevate(code, method="phone").status_code == 201
        assert owner.person.ask_for_code(phone.id).status_code == 201


def test_before_it_is_activated_a_credential_takes_no_phone(
    stack: Stack, subscriptions: Subscriptions
) -> None:
    someone = person(stack)
    credential = someone.redeem(subscriptions.next())["id"]
    pending, number = Subscriber(stack, someone, credential), new_number()
    before = phone_requests(stack.url)
    refused(_add(pending, number), 403, "credential_not_activated")
    assert phone_requests(stack.url) == before
    someone.expect(200, "POST", f"/credentials/{credential}/activation")
    assert _add(pending, number).status_code == 201


def _stop(stack: Stack, owner: Subscriber, obstacle: str) -> None:
    if obstacle == "expired":
        expire(stack, owner.person, stack.clock.now() - timedelta(seconds=1))
    else:
        owner.person.expect(200, "POST", f"/credentials/{owner.credential}/suspension")


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
    # Nor does a phone wait there for whoever comes later with the password alone.
    [waiting] = thief.expect(200, "GET", f"/credentials/{hardware.credential}/phones")["phones"]
    hardware.unlimited(added)
    answer = thief.ask_for_code(waiting["id"])
    assert answer.status_code == 201
    code = phone_code(phone_messages(stack.url, to=added)[-1])
    answer = thief.confirm_phone(hardware.credential, waiting["id"], code)
    refused(answer, 403, "elevation_required")


def test_s14_a_hardware_credential_without_its_token_takes_no_phone_from_a_password(
    stack: Stack,
) -> None:
    holder = Supply(stack, 1, period=None).holder()
    path = f"/credentials/{holder.credential}/token/revocation"
    holder.person.expect(200, "POST", path)
    stripped = Subscriber(stack, holder.person, holder.credential)
    refused(_add(stripped, new_number()), 403, "elevation_required")


def test_s11_a_code_is_good_in_its_session_alone(stack: Stack, owner: Subscriber) -> None:
    phone, other = owner.bind(), owner.another_session()
    code = owner.ask(phone)
    refused(other.elevate(code, method="phone"), 403, "no_live_code")
    others = owner.ask(phone, other)
    assert code != others
    refused(other.elevate(code, method="phone"), 403, "wrong_code")
    assert other.elevate(others, method="phone").status_code == 201
    assert owner.person.elevate(code, method="phone").status_code == 201


def test_s11_the_code_of_one_phone_is_none_of_another(owner: Subscriber) -> None:
    first = owner.bind()
    owner.elevate(first)
    second = owner.bind()
    codes = {one.id: owner.ask(one) for one in (first, second)}
    body = {"method": "phone", "code": codes[first.id], "phone": second.id}
    refused(owner.person.call("POST", "/session/elevation", body), 403, "wrong_code")


def test_s11_a_resend_kills_the_code_before_and_gives_no_tries_back(
    stack: Stack, owner: Subscriber
) -> None:
    """An unconfirmed phone's tries are counted like those of one that counts."""
    phone = owner.bind()
    old = owner.ask(phone)
    new = owner.ask(phone)
    assert old != new
    refused(owner.person.elevate(old, method="phone"), 403, "wrong_code")
    for step in (1, 2, 3):
        new = owner.ask(phone)
        wrong = f"{(int(new) + step) % 10**6:06}"
        refused(owner.person.elevate(wrong, method="phone"), 403, "wrong_code")
    right = owner.ask(phone)
    refused(owner.person.elevate(new, method="phone"), 403, "phone_blocked")
    refused(owner.person.elevate(right, method="phone"), 403, "phone_blocked")


def test_s10_a_code_is_good_for_five_minutes(stack: Stack, owner: Subscriber) -> None:
    phone = owner.bind()
    code = owner.ask(phone)
    stack.clock.move(timedelta(minutes=5))
    refused(owner.person.elevate(code, method="phone"), 403, "no_live_code")


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.usefixtures("unasked")
def test_s13_what_earns_from_being_called_is_never_called(
    subscriptions: Subscriptions, trying: Subscriber, what: str
) -> None:
    for channel in ("text", "voice"):
        body = {"number": FORBIDDEN[what], "channel": channel}
        refused(trying.person.call("POST", "/phone-tests", body), 422, "phone_not_allowed")
    refused(_add(trying, FORBIDDEN[what]), 422, "phone_not_allowed")


@pytest.mark.parametrize("what", NO_NUMBERS)
@pytest.mark.usefixtures("unasked")
def test_d3_only_the_international_form_is_taken(trying: Subscriber, what: str) -> None:
    body = {"number": NO_NUMBERS[what], "channel": "text"}
    answer = trying.person.call("POST", "/phone-tests", body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in {"invalid_phone", "invalid_input"}
    assert _add(trying, NO_NUMBERS[what]).status_code == 422


@pytest.mark.usefixtures("unasked")
def test_s13_a_landline_gets_no_text(trying: Subscriber) -> None:
    body = {"number": "+49 30 1234567", "channel": "text"}
    refused(trying.person.call("POST", "/phone-tests", body), 422, "phone_not_allowed")


@pytest.fixture(scope="module")
def trying(subscriptions: Subscriptions) -> Subscriber:
    """Somebody who may add a phone; nothing of what they try ever counts."""
    return subscriptions.subscriber()


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
    stack.invoke("AuditHeadsFunction", {})
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
