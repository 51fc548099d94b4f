"""Clients of what sends mails, texts and calls, and the mails that were sent."""

from __future__ import annotations

from typing import Any

import boto3
import requests
from botocore.config import Config

from local.client import mails
from local.services import REGION
from local.stack import Stack

# As the function has it: one try, so that no mail is sent twice without being counted.
_ONCE = Config(retries={"total_max_attempts": 1}, proxies={})


def ses_client(stack: Stack) -> Any:
    """A client of the mail service."""
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client("sesv2", endpoint_url=f"{stack.url}/_ses", config=_ONCE)


def sms_client(stack: Stack) -> Any:
    """A client of whoever sends texts and places calls."""
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client("pinpoint-sms-voice-v2", endpoint_url=f"{stack.url}/_sms", config=_ONCE)


def references(stack: Stack, to: str) -> list[str]:
    """`X-Keyfob-Message` of each mail that this address has got."""
    found = mails(stack.url, to=to)
    return [_header(_raw(stack, mail["id"])) for mail in found]


def _raw(stack: Stack, mail: str) -> str:
    return requests.get(f"{stack.url}/messages/{mail}/raw", timeout=10).text


def _header(raw: str) -> str:
    (line,) = [one for one in raw.splitlines() if one.startswith("X-Keyfob-Message: ")]
    return line.split(": ")[1].strip()
