"""Secrets Manager, read at most once in five minutes so that a rolled secret is picked up.

A value that was read outlives an outage of the store.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.clock import Clock
from keyfob.domain.errors import KeysUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

logger = logging.getLogger(__name__)

_KEPT = timedelta(minutes=5)


class Secret:
    """One secret that holds a JSON object."""

    def __init__(self, client: SecretsManagerClient, name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._value: dict[str, Any] | None = None
        self._read_at: datetime | None = None

    def __call__(self) -> dict[str, Any]:
        """The current value.

        Raises:
            KeysUnavailable: the store has not answered yet, ever (fails closed).
        """
        now = self._clock()
        if self._value is None or self._read_at is None or now >= self._read_at + _KEPT:
            try:
                answer = self._client.get_secret_value(SecretId=self._name)
            except (ClientError, BotoCoreError) as error:
                if self._value is None:
                    raise KeysUnavailable from error
                # Otherwise an outage of the store would be one of every function that reads it.
                logger.warning("secret not refreshed", extra={"secret": self._name})
            else:
                self._value = json.loads(answer["SecretString"])
            self._read_at = now
        return self._value
