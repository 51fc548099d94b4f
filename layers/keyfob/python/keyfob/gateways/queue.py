"""SQS: small JSON messages that hold ids and never personal data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient

_BATCH = 10


class Queue:
    """Sends messages to one queue."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Send these to the queue.

        Raises:
            Unavailable: not all of them were accepted; sending all again does no harm.
        """
        for start in range(0, len(bodies), _BATCH):
            entries: Any = [
                {"Id": str(number), "MessageBody": json.dumps(body, separators=(",", ":"))}
                for number, body in enumerate(bodies[start : start + _BATCH])
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (ClientError, BotoCoreError) as error:
                raise Unavailable from error
            if answer.get("Failed"):
                raise Unavailable
