"""The mails that were sent, as they traveled."""

from __future__ import annotations

import requests

from local.client import mails
from local.stack import Stack


def references(stack: Stack, to: str) -> list[str]:
    """`X-Keyfob-Message` of each mail that this address has got."""
    found = mails(stack.url, to=to)
    return [_header(_raw(stack, mail["id"])) for mail in found]


def _raw(stack: Stack, mail: str) -> str:
    return requests.get(f"{stack.url}/messages/{mail}/raw", timeout=10).text


def _header(raw: str) -> str:
    (line,) = [one for one in raw.splitlines() if one.startswith("X-Keyfob-Message: ")]
    return line.split(": ")[1].strip()
