"""SES sends finished MIME messages. A failure raises; the outbox row keeps the message."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.messages.errors import MailUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client


class SesMail:
    """Sends one mail to one recipient."""

    def __init__(self, client: SESV2Client) -> None:
        self._client = client

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Send the mail.

        Raises:
            MailUnavailable: it was not accepted, or the answer was lost.
        """
        try:
            self._client.send_email(
                Destination={"ToAddresses": [to]},
                Content={"Raw": {"Data": mail.as_bytes()}},
            )
        except (ClientError, BotoCoreError) as error:
            raise MailUnavailable from error
