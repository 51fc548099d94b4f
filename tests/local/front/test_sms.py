"""Captured texts and calls: people and programs read exactly the message that botocore sends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from keyfob.domain.phones.wording import code_call, code_text
from local.client import control, phone_code, phone_messages, phone_requests
from local.phone import segments

NUMBER, OTHER = "+12025550123", "+4915123456789"
CALL = {
    "DestinationPhoneNumber": NUMBER,
    "OriginationIdentity": "+12025550100",
    "MessageBody": "<speak>Your code</speak>",
    "MessageBodyTextType": "SSML",
    "VoiceId": "JOANNA",
}
TEXT = {"DestinationPhoneNumber": NUMBER, "MessageBody": "Your code"}


def a_client(stage: Any, service: Any, path: str, *, read_seconds: float = 10) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"{stage.public}/{path}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            retries={"total_max_attempts": 1},
            read_timeout=read_seconds,
            # Like the service's own clients: parameters are sent unchecked.
            parameter_validation=False,
        ),
    )


@pytest.fixture
def sms(stage: Any) -> Iterator[Any]:
    client = a_client(stage, "pinpoint-sms-voice-v2", "_sms")
    yield client
    client.close()


def listed(stage: Any) -> Any:
    return requests.get(f"{stage.public}/messages.json", timeout=10).json()


def test_a_text_arrives_as_it_was_sent_with_its_length(stage: Any, sms: Any) -> None:
    body = code_text("012345", 5, "de", "Keyfob")
    answer = sms.send_text_message(
        DestinationPhoneNumber=OTHER,
        MessageBody=body,
        MessageType="TRANSACTIONAL",
        OriginationIdentity="KEYFOB",
        ConfigurationSetName="reports",
        TimeToLive=300,
    )
    [text] = listed(stage)
    assert text.pop("at")
    assert text == {
        "id": answer["MessageId"],
        "kind": "text",
        "to": [OTHER],
        "from": "KEYFOB",
        "text": body,
        "characters": len(body),
        "segments": 1,
    }
    page = requests.get(f"{stage.public}/messages/{text['id']}", timeout=10).text
    assert body in page
    assert f"{len(body)} characters, 1 segment<" in page


def test_a_call_shows_what_is_spoken(stage: Any, sms: Any) -> None:
    said = code_call("012345", 5, "en", "Keyfob & Co")
    sms.send_voice_message(**CALL | {"MessageBody": said.ssml, "VoiceId": said.voice})
    [call] = listed(stage)
    assert (call["kind"], call["to"], call["from"]) == ("call", [NUMBER], "+12025550100")
    assert (call["ssml"], call["voice"]) == (said.ssml, said.voice)
    assert call["text"].count("0 1 2 3 4 5") == 2
    assert call["text"].startswith("Hello. This is Keyfob & Co. Your code is: 0 1")
    page = requests.get(f"{stage.public}/messages/{call['id']}", timeout=10).text
    assert "Keyfob &amp; Co. Your code is: 0 1 2 3 4 5 Once more" in page
    assert "&lt;speak&gt;" in page


def test_the_code_can_be_taken_from_a_text_and_from_a_call(stage: Any, sms: Any) -> None:
    for language in ("en", "de", "fr", "es"):
        said = code_call("908172", 15, language, "Keyfob")
        sms.send_voice_message(**CALL | {"MessageBody": said.ssml, "VoiceId": said.voice})
        sms.send_text_message(**TEXT | {"MessageBody": code_text("908172", 15, language, "Keyfob")})
    received = phone_messages(stage.public, to=NUMBER)
    assert {phone_code(message) for message in received} == {"908172"}
    assert len(received) == 8


def test_texts_and_calls_stand_among_the_mails_newest_first(stage: Any, sms: Any) -> None:
    ses = a_client(stage, "sesv2", "_ses")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "k@keyfob.example", "ada@acme.example", "A mail"
    sms.send_text_message(**TEXT)
    ses.send_email(Content={"Raw": {"Data": mail.as_bytes()}})
    sms.send_voice_message(**CALL | {"DestinationPhoneNumber": OTHER})
    assert [message["kind"] for message in listed(stage)] == ["text", "mail", "call"]
    page = requests.get(f"{stage.public}/messages", timeout=10).text
    assert page.index(OTHER) < page.index("A mail") < page.index(NUMBER)
    assert [one["kind"] for one in phone_messages(stage.public, to=OTHER)] == ["call"]
    assert [one["kind"] for one in phone_messages(stage.public, to=NUMBER)] == ["text"]
    assert phone_messages(stage.public, to="ada@acme.example") == []
    ses.close()


def test_s51_the_pages_encode_what_a_text_or_call_says(stage: Any, sms: Any) -> None:
    markup = "<script>alert(1)</script>"
    text = sms.send_text_message(**TEXT | {"MessageBody": markup})["MessageId"]
    call = sms.send_voice_message(**CALL | {"MessageBody": f"<speak>{markup}</speak>"})["MessageId"]
    for address in ("/messages", f"/messages/{text}", f"/messages/{call}"):
        page = requests.get(stage.public + address, timeout=10).text
        assert "alert(1)" in page
        assert "<script" not in page


@pytest.mark.parametrize("view", ["html", "raw"])
def test_a_text_has_no_other_view(stage: Any, sms: Any, view: str) -> None:
    text = sms.send_text_message(**TEXT)["MessageId"]
    assert requests.get(f"{stage.public}/messages/{text}/{view}", timeout=10).status_code == 404


WRONG_TEXTS = {
    "no number": ("DestinationPhoneNumber", None),
    "national number": ("DestinationPhoneNumber", "2025550123"),
    "number with words": ("DestinationPhoneNumber", "+1 202 555"),
    "number too long": ("DestinationPhoneNumber", "+" + "1" * 20),
    "no body": ("MessageBody", None),
    "empty body": ("MessageBody", ""),
    "blank body": ("MessageBody", " \n"),
    "body too long": ("MessageBody", "x" * 1601),
    "unknown type": ("MessageType", "URGENT"),
    "gone too soon": ("TimeToLive", 4),
    "no number of seconds": ("TimeToLive", "300"),
    "no identity": ("OriginationIdentity", ""),
    "number instead of text": ("OriginationIdentity", 12),
    "no name": ("ConfigurationSetName", "a b"),
}
WRONG_CALLS = {
    **{name: WRONG_TEXTS[name] for name in ("no number", "national number", "no body")},
    "no identity": ("OriginationIdentity", None),
    "broken SSML": ("MessageBody", "<speak>&</speak>"),
    "no SSML": ("MessageBody", "<p>x</p>"),
    "entities": ("MessageBody", '<!DOCTYPE x [<!ENTITY a "b">]><speak>&a;</speak>'),
    "unknown voice": ("VoiceId", "HAL"),
    "unknown kind": ("MessageBodyTextType", "HTML"),
}


def refused(operation: Any, request: dict[str, Any], field: str, value: Any) -> Any:
    changed = {name: one for name, one in (request | {field: value}).items() if one is not None}
    with pytest.raises(ClientError) as refusal:
        operation(**changed)
    return refusal.value.response


@pytest.mark.parametrize(("field", "value"), WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_a_text_that_the_service_would_not_send_is_refused(
    stage: Any, sms: Any, field: str, value: Any
) -> None:
    response = refused(sms.send_text_message, TEXT, field, value)
    assert response["Error"]["Code"] == "ValidationException"
    assert [one["Name"] for one in response["Fields"]] == [field]
    assert listed(stage) == []


@pytest.mark.parametrize(("field", "value"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_call_that_the_service_would_not_place_is_refused(
    stage: Any, sms: Any, field: str, value: Any
) -> None:
    response = refused(sms.send_voice_message, CALL, field, value)
    assert response["Error"]["Code"] == "ValidationException"
    assert field in [one["Name"] for one in response["Fields"]]
    assert listed(stage) == []


def test_an_unknown_request_is_refused(stage: Any, sms: Any) -> None:
    with pytest.raises(ClientError, match="UnknownOperation"):
        sms.describe_pools()
    address, target = f"{stage.public}/_sms/", "PinpointSMSVoiceV2.SendTextMessage"
    for body, code in (
        (
            '{"DestinationPhoneNumber": "+12025550123", "MessageBody": "x", "Extra": 1}',
            "Validation",
        ),
        ("{", "Serialization"),
    ):
        answer = requests.post(address, body, headers={"X-Amz-Target": target}, timeout=10)
        assert (answer.status_code, answer.json()["__type"]) == (400, f"{code}Exception")
    assert listed(stage) == []


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("error", (500, "InternalServerException", None)),
        ("throttle", (400, "ThrottlingException", None)),
        ("reject", (400, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")),
    ],
)
def test_s50_the_provider_can_fail(
    stage: Any, sms: Any, answer: str, wanted: tuple[int, str, str | None]
) -> None:
    control(stage.public, "phone", {"answer": answer})
    for send, request in ((sms.send_text_message, TEXT), (sms.send_voice_message, CALL)):
        with pytest.raises(ClientError) as failure:
            send(**request)
        response = failure.value.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        assert (status, response["Error"]["Code"], response.get("Reason")) == wanted
    assert listed(stage) == []
    control(stage.public, "phone", {"answer": "normal"})
    sms.send_text_message(**TEXT)
    assert len(listed(stage)) == 1


def test_s50_the_provider_can_be_silent(stage: Any) -> None:
    impatient = a_client(stage, "pinpoint-sms-voice-v2", "_sms", read_seconds=0.5)
    control(stage.public, "phone", {"answer": "hang"})
    with pytest.raises(ReadTimeoutError):
        impatient.send_text_message(**TEXT)
    control(stage.public, "phone", {"answer": "normal"})
    assert listed(stage) == []
    impatient.close()


def test_s50_the_provider_can_be_slow_and_accept_all_the_same(stage: Any, sms: Any) -> None:
    control(stage.public, "phone", {"answer": "slow", "seconds": 60})
    sent: list[str] = []
    sending = threading.Thread(
        target=lambda: sent.append(sms.send_text_message(**TEXT)["MessageId"])
    )
    sending.start()
    while not phone_requests(stage.public)["all"]:
        assert sending.is_alive()
    assert listed(stage) == []
    control(stage.public, "phone", {"answer": "normal"})
    sending.join()
    assert [one["id"] for one in listed(stage)] == sent


def test_s12_every_request_to_the_provider_is_counted(stage: Any, sms: Any) -> None:
    assert phone_requests(stage.public) == {"text": 0, "call": 0, "all": 0}
    sms.send_text_message(**TEXT)
    sms.send_voice_message(**CALL)
    refused(sms.send_text_message, TEXT, "MessageBody", "")
    control(stage.public, "phone", {"answer": "throttle"})
    refused(sms.send_text_message, TEXT, "MessageBody", "x")
    assert phone_requests(stage.public) == {"text": 3, "call": 1, "all": 4}


def test_an_unknown_fault_is_refused(stage: Any) -> None:
    answer = requests.post(f"{stage.public}/_control/phone", json={"answer": "odd"}, timeout=10)
    assert answer.status_code == 400
    assert requests.get(f"{stage.public}/_control/phone", timeout=10).json() == {
        "answer": "normal",
        "seconds": 0.0,
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("ü" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("ç" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_a_text_is_as_many_messages_as_its_alphabet_makes_of_it(text: str, wanted: int) -> None:
    assert segments(text) == wanted
