"""Captured mails: people and programs read exactly the mail that botocore sends."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture
def ses(stage: Any) -> Iterator[Any]:
    client = boto3.client(
        "sesv2",
        endpoint_url=f"{stage.public}/_ses",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=10),
    )
    yield client
    client.close()


def a_mail(**headers: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    for name, value in {
        "From": "Keyfob <no-reply@keyfob.example>",
        "To": "Jo Ünal <jo@example.com>",
        "Subject": "Your key — Grüße",
        **headers,
    }.items():
        message[name] = value
    message.set_content("Your license key is below.\n")
    message.add_alternative("<p>Your <b>key</b></p><script>alert(1)</script>", subtype="html")
    return message


def send(ses: Any, message: EmailMessage, **more: Any) -> str:
    answer = ses.send_email(Content={"Raw": {"Data": message.as_bytes()}}, **more)
    return str(answer["MessageId"])


def test_a_mail_arrives_as_it_was_sent(stage: Any, ses: Any) -> None:
    sent = a_mail(**{"X-Keyfob": "1"})
    sent.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="order.pdf")
    mail_id = send(ses, sent)
    [mail] = requests.get(f"{stage.public}/messages.json", timeout=10).json()
    assert mail["id"] == mail_id
    assert mail["to"] == ["jo@example.com"]
    assert mail["from"] == "Keyfob <no-reply@keyfob.example>"
    assert mail["subject"] == "Your key — Grüße"
    assert mail["text"].strip() == "Your license key is below."
    assert "<b>key</b>" in mail["html"]
    raw = requests.get(f"{stage.public}/messages/{mail_id}/raw", timeout=10).content
    assert raw == sent.as_bytes()
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed["X-Keyfob"] == "1"
    assert [part.get_filename() for part in parsed.iter_attachments()] == ["order.pdf"]


def test_the_envelope_says_who_gets_the_mail(stage: Any, ses: Any) -> None:
    send(ses, a_mail(), Destination={"ToAddresses": ["ann@example.com"]})
    send(ses, a_mail(Cc="bob@example.com"))
    listed = requests.get(f"{stage.public}/messages.json", timeout=10).json()
    assert [mail["to"] for mail in listed] == [
        ["ann@example.com"],
        ["jo@example.com", "bob@example.com"],
    ]
    found = requests.get(
        f"{stage.public}/messages.json", params={"to": "BOB@example.com"}, timeout=10
    ).json()
    assert [mail["id"] for mail in found] == [listed[1]["id"]]


def test_s51_the_pages_encode_what_strangers_wrote(stage: Any, ses: Any) -> None:
    mail_id = send(ses, a_mail(Subject="<img src=x onerror=alert(1)>"))
    for address in ("/messages", f"/messages/{mail_id}"):
        page = requests.get(stage.public + address, timeout=10)
        assert "&lt;img src=x onerror=alert(1)&gt;" in page.text
        assert "<img" not in page.text
        assert "<script" not in page.text
    assert 'sandbox="allow-popups"' in page.text
    framed = requests.get(f"{stage.public}/messages/{mail_id}/html", timeout=10)
    assert "default-src 'none'" in framed.headers["Content-Security-Policy"]
    assert "sandbox" in framed.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"Simple": {"Subject": {"Data": "x"}, "Body": {}}}, "Content.Raw only"),
        ({"Raw": {"Data": b"Subject: x\r\n\r\nx"}}, "no From"),
        ({"Raw": {"Data": b"From: a@example.com\r\n\r\nx"}}, "no recipient"),
    ],
)
def test_a_mail_that_ses_would_not_send_is_refused(
    stage: Any, ses: Any, content: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason) as refusal:
        ses.send_email(Content=content)
    assert refusal.value.response["Error"]["Code"] == "BadRequestException"
    assert requests.get(f"{stage.public}/messages.json", timeout=10).json() == []


def test_s50_the_mail_service_can_fail(stage: Any, ses: Any) -> None:
    switch = f"{stage.public}/_control/ses"
    assert requests.post(switch, json={"answer": "error"}, timeout=10).ok
    with pytest.raises(ClientError) as failure:
        send(ses, a_mail())
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    requests.post(switch, json={"answer": "normal"}, timeout=10)
    send(ses, a_mail())


def test_an_unknown_mail_is_not_found(stage: Any) -> None:
    assert requests.get(f"{stage.public}/messages/000009-x", timeout=10).status_code == 404
