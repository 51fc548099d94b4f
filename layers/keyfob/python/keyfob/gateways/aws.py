"""botocore clients: one session, short timeouts, standard retries."""

from __future__ import annotations

import math
import os
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session, get_session

SERVICES = (
    "cognito-idp",
    "dynamodb",
    "kms",
    "pinpoint-sms-voice-v2",
    "s3",
    "secretsmanager",
    "sesv2",
    "sqs",
)


class _Models(Loader):
    """The service descriptions that come with botocore.

    By default botocore searches the folders of all four hundred services to check that the
    requested one exists: a tenth of a cold start.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002
        return list(SERVICES)


@cache
def _session() -> Session:
    session = get_session()
    session.register_component("data_loader", _Models())
    return session


def client(
    service: str, *, read_seconds: float = 4, tries: int = 2, signature: str | None = None
) -> Any:
    """A client that connects within 1 s, reads within `read_seconds` and tries `tries` times.

    `signature` is that of signed addresses (`s3v4`), if it isn't the service's own.

    On the local stage SDK_READ_SECONDS may shorten every read: tests of outages set it for the
    functions that they keep waiting, together with the address of AWS.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=min(read_seconds, _longest_read()),
        retries={"total_max_attempts": tries, "mode": "standard"},
        parameter_validation=False,
        signature_version=signature,
    )
    return _session().create_client(service, config=config)


def _longest_read() -> float:
    shorter = os.environ.get("SDK_READ_SECONDS", "")
    return float(shorter) if shorter and os.environ.get("STAGE") == "local" else math.inf
