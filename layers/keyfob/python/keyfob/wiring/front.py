"""The front's accepted secrets, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keyfob.gateways import aws
from keyfob.gateways.secrets import Secret
from keyfob.wiring.runtime import Runtime


def front_of(base: Runtime) -> Callable[[], Sequence[str]]:
    """Returns the secrets that prove the front; none where there is no front."""
    name = base.settings.value("FRONT_SECRET")
    if not name:
        return tuple
    secret = Secret(aws.client("secretsmanager"), name, base.clock)
    return lambda: accepted(secret())


def accepted(value: Mapping[str, Any]) -> list[str]:
    """The current secret and, while it is rolled, the previous one.

    Raises:
        ValueError: there is no current one. An empty secret would let everybody in.
    """
    if not value.get("current"):
        raise ValueError("the front's secret has no value under `current`")
    return [str(value[one]) for one in ("current", "previous") if value.get(one)]
