"""Secrets Manager, read at most once in five minutes so that a rolled secret is picked up."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from keyfob.domain.clock import Clock
from keyfob.domain.errors import KeysUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

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
            KeysUnavailable: the store did not answer (fails closed).
        """
        now = self._clock()
        if self._value is None or self._read_at is None or now >= self._read_at + _KEPT:
            try:
                answer = self._client.get_secret_value(SecretId=self._name)
            except (ClientError, BotoCoreError) as error:
                raise KeysUnavailable from error
            self._value, self._read_at = json.loads(answer["SecretString"]), now
        return self._value
