"""botocore clients: one session, short timeouts, standard retries."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session


@cache
def _session() -> Session:
    return get_session()


def client(service: str, *, read_seconds: float = 4, tries: int = 2) -> Any:
    """A client that connects within 1 s, reads within `read_seconds` and tries `tries` times."""
    config = Config(
        connect_timeout=1,
        read_timeout=read_seconds,
        retries={"total_max_attempts": tries, "mode": "standard"},
        parameter_validation=False,
    )
    return _session().create_client(service, config=config)
