"""The provider of texts and calls as the use cases need it (D3): our fake, and the real adapter.

The adapter speaks real HTTP to the local stage's capture, which holds it to the service's own
description.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session
from werkzeug import Request
from werkzeug.serving import make_server

from keyfob.domain.phones import wording
from keyfob.domain.phones.errors import PhoneUnavailable, PhoneUnreachable
from keyfob.domain.phones.provider import PhoneMessages
from keyfob.domain.phones.wording import Call, Notice
from keyfob.gateways.phone_messages import EndUserMessaging
from local.clock import LocalClock
from local.faults import PhoneFaults, Switch
from local.mailbox import Mailbox
from local.phone import PhoneMessage
from local.sms import Sms
from tests.support.fakes import FakePhoneMessages

NUMBER, LANGUAGES = "+12025550123", ("en", "de", "fr", "es")


@dataclass(frozen=True, kw_only=True)
class Party:
    """A provider, how to break it, the messages it accepted and the number of its calls."""

    messages: PhoneMessages
    answer: Callable[[str], None]
    texts: Callable[[], list[tuple[str, str]]]
    calls: Callable[[], list[tuple[str, Call]]]
    asked: Callable[[], int]


def fake() -> Party:
    messages = FakePhoneMessages()

    def answer(how: str) -> None:
        messages.failing = how in {"error", "throttle"}
        messages.silent = how == "hang"
        messages.rejecting = how == "reject"

    return Party(
        messages=messages,
        answer=answer,
        texts=lambda: messages.texts,
        calls=lambda: messages.calls,
        asked=lambda: messages.asked,
    )


@contextmanager
def served(sms: Sms) -> Iterator[str]:
    """The capture on a free port."""

    def application(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        return sms.answer(request, request.path)(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def real(state: Path, *, sender: str = "+12025550100") -> Iterator[Party]:
    mailbox = Mailbox(state / "mails", LocalClock(state / "clock-offset"))
    faults = Switch(PhoneFaults())
    sms = Sms(mailbox, faults)

    def answer(how: str) -> None:
        faults.set({"answer": how})

    def kept(kind: str) -> list[PhoneMessage]:
        found = mailbox.messages()
        return [one for one in found if isinstance(one, PhoneMessage) and one.kind == kind]

    with served(sms) as url:
        client: Any = Session().create_client(
            "pinpoint-sms-voice-v2",
            endpoint_url=url,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                read_timeout=1,
                retries={"total_max_attempts": 1, "mode": "standard"},
                parameter_validation=False,
            ),
        )
        messages = EndUserMessaging(
            client, sender=sender, configuration_set="reports", lifetime=timedelta(minutes=5)
        )
        yield Party(
            messages=messages,
            answer=answer,
            texts=lambda: [(one.to[0], one.body) for one in kept("text")],
            calls=lambda: [
                (one.to[0], Call(ssml=one.body, voice=one.voice)) for one in kept("call")
            ],
            asked=lambda: sms.requests["all"],
        )
        faults.release()
        client.close()


@pytest.fixture(params=["fake", "real"])
def party(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Party]:
    if request.param == "fake":
        yield fake()
        return
    with real(tmp_path) as made:
        yield made


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_accepted_as_it_was_worded_D3(party: Party, language: str) -> None:
    bodies = [
        wording.code_text("012345", 5, language, "Keyfob"),
        wording.test_text(language, "Keyfob"),
        *(wording.notice(kind, language, "Keyfob", "help@keyfob.example") for kind in Notice),
    ]
    for body in bodies:
        party.messages.text(NUMBER, body)
    assert party.texts() == [(NUMBER, body) for body in bodies]
    assert party.calls() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_is_accepted_as_it_was_worded_D3(party: Party, language: str) -> None:
    calls = [
        wording.code_call("012345", 5, language, "K & <Co>"),
        wording.test_call(language, "K & <Co>"),
    ]
    for call in calls:
        party.messages.call(NUMBER, call)
    assert party.calls() == [(NUMBER, call) for call in calls]
    assert party.texts() == []


def both(party: Party) -> Iterator[Callable[[], None]]:
    yield lambda: party.messages.text(NUMBER, "text")
    yield lambda: party.messages.call(NUMBER, wording.test_call("en", "Keyfob"))


@pytest.mark.parametrize("how", ["error", "throttle", "hang"])
def test_a_provider_that_fails_or_is_silent_is_asked_once_and_refuses_S50(
    party: Party, how: str
) -> None:
    party.answer(how)
    for tries, send in enumerate(both(party), start=1):
        with pytest.raises(PhoneUnavailable):
            send()
        assert party.asked() == tries
    assert (party.texts(), party.calls()) == ([], [])


def test_a_number_that_has_opted_out_is_unreachable_S50(party: Party) -> None:
    party.answer("reject")
    for tries, send in enumerate(both(party), start=1):
        with pytest.raises(PhoneUnreachable):
            send()
        assert party.asked() == tries
    assert (party.texts(), party.calls()) == ([], [])


def test_a_failed_message_can_be_sent_later_S50(party: Party) -> None:
    for how in ("error", "reject"):
        party.answer(how)
        with pytest.raises((PhoneUnavailable, PhoneUnreachable)):
            party.messages.text(NUMBER, "first")
    party.answer("normal")
    party.messages.text(NUMBER, "second")
    assert party.texts() == [(NUMBER, "second")]


def test_a_number_in_no_international_form_is_unreachable(party: Party) -> None:
    with pytest.raises(PhoneUnreachable):
        party.messages.text("2025550123", "text")
    with pytest.raises(PhoneUnreachable):
        party.messages.call("2025550123", wording.test_call("en", "Keyfob"))
    assert (party.texts(), party.calls()) == ([], [])


def test_a_message_that_says_nothing_is_not_sent(party: Party) -> None:
    with pytest.raises(PhoneUnavailable):
        party.messages.text(NUMBER, " ")
    assert party.texts() == []


def test_without_a_sender_texts_go_out_and_calls_cannot(tmp_path: Path) -> None:
    with real(tmp_path, sender="") as party:
        party.messages.text(NUMBER, "text")
        with pytest.raises(PhoneUnavailable):
            party.messages.call(NUMBER, wording.test_call("en", "Keyfob"))
        assert len(party.texts()) == 1
