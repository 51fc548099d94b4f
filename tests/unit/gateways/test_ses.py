"""Handing a finished mail over."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from keyfob.domain.messages.errors import MailUnavailable
from keyfob.gateways.ses import SesMail


class Ses:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.requests: list[dict[str, Any]] = []

    def send_email(self, **request: Any) -> None:
        self.requests.append(request)
        if self.error:
            raise self.error


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "k@keyfob.example", "ada@acme.example", "Hello"
    mail.set_content("Zoë")
    return mail


def test_the_mail_goes_out_as_it_was_made_to_one_recipient() -> None:
    ses, mail = Ses(), a_mail()
    SesMail(ses).send(mail, to="ada@acme.example")  # type: ignore[arg-type]
    [request] = ses.requests
    assert request["Destination"] == {"ToAddresses": ["ada@acme.example"]}
    assert request["Content"]["Raw"]["Data"] == mail.as_bytes()


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "MessageRejected", "Message": ""}}, "SendEmail"),
        ReadTimeoutError(endpoint_url="https://email.example"),
    ],
)
def test_a_rejected_mail_is_raised_and_tried_again_S50(error: Exception) -> None:
    with pytest.raises(MailUnavailable):
        SesMail(Ses(error)).send(a_mail(), to="ada@acme.example")  # type: ignore[arg-type]
