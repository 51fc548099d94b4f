"""Passwords and keys of key files, by prefixes of their names. Pure.

{"acme/2026-11.xml": {"password": "…"}, "acme/": {"key": "000102…"}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyfob.domain.inventory.batch import KeyFileRefused


def transport_of(name: str, secrets: Mapping[str, Any]) -> Mapping[str, str]:
    """The password or key of a file: the entry with the longest prefix of its name.

    Raises:
        KeyFileRefused: that entry has another form.
    """
    fitting = max((one for one in secrets if name.startswith(one)), key=len, default=None)
    if fitting is None:
        return {}
    entry = secrets[fitting]
    if not isinstance(entry, dict) or not all(isinstance(one, str) for one in entry.values()):
        raise KeyFileRefused('its entry in the secret must be {"password": "…"} or {"key": "…"}')
    return entry
