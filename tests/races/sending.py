"""The notifier in the test's own process, and the mails that it sends."""

from __future__ import annotations

from typing import Any

import boto3
import requests
from botocore.config import Config

from keyfob.credentials.store import CredentialStore
from keyfob.directory.connections_store import ConnectionStore
from keyfob.directory.store import Directory
from keyfob.gateways import aws
from keyfob.gateways.kms import KmsUnseal
from keyfob.gateways.ses import SesMail
from keyfob.messages.composer import Composer
from keyfob.messages.connections import Connections
from keyfob.messages.foretold import Foretold
from keyfob.messages.mail import MailBuilder, Sender
from keyfob.messages.notifier import Notifier
from keyfob.orders.store import OrderStore
from keyfob.wiring.runtime import Runtime
from local.client import mails
from local.services import REGION
from local.stack import Stack
from tests.support.fakes import FakeTexts

# As the function has it: one try, so that no mail is sent twice without being counted.
_ONCE = Config(retries={"total_max_attempts": 1}, proxies={})


def ses_of(stack: Stack) -> Any:
    """A client of the mail service."""
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client("sesv2", endpoint_url=f"{stack.url}/_ses", config=_ONCE)


def sms_of(stack: Stack) -> Any:
    """A client of whoever sends texts and places calls."""
    session = boto3.Session("test", "test", region_name=REGION)
    return session.client("pinpoint-sms-voice-v2", endpoint_url=f"{stack.url}/_sms", config=_ONCE)


def notifier_of(base: Runtime, ses: Any) -> Notifier:
    """What sends messages, through this client."""
    value = base.settings.value
    sender = Sender(
        name=value("SENDER_NAME"),
        address=value("SENDER_ADDRESS"),
        support=value("SUPPORT_CONTACT"),
        portal=value("PUBLIC_URL"),
    )
    directory, connections = Directory(base.database), ConnectionStore(base.database)
    composer = Composer(
        directory=directory,
        connections=Connections(directory, connections, base.clock),
        orders=OrderStore(base.database),
        foretold=Foretold(CredentialStore(base.database), base.clock, base.policy),
        unseal=KmsUnseal(aws.client("kms"), value("KEY_MESSAGES")),
        builder=MailBuilder(sender, base.clock),
        clock=base.clock,
    )
    return Notifier(composer, SesMail(ses), FakeTexts(), base.clock, base.policy)


def references(stack: Stack, to: str) -> list[str]:
    """`X-Keyfob-Message` of each mail that this address has got."""
    found = mails(stack.url, to=to)
    return [_header(_raw(stack, mail["id"])) for mail in found]


def _raw(stack: Stack, mail: str) -> str:
    return requests.get(f"{stack.url}/messages/{mail}/raw", timeout=10).text


def _header(raw: str) -> str:
    (line,) = [one for one in raw.splitlines() if one.startswith("X-Keyfob-Message: ")]
    return line.split(": ")[1].strip()
