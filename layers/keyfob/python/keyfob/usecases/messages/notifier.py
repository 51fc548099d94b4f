"""Sends the outbox's messages to people."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from keyfob.domain.clock import Clock
from keyfob.domain.messages.declared import MessageChannel, MessageClass
from keyfob.domain.messages.outbox import Message
from keyfob.domain.messages.quiet_hours import quiet_until
from keyfob.domain.policy import Policy
from keyfob.storage.messages.store import Lease
from keyfob.usecases.messages.composer import Composer


class MailTransport(Protocol):
    """Accepts a finished mail or raises `MailUnavailable`; the adapter sets timeouts."""

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Send the mail."""


class Enclosures(Protocol):
    """Files that mails enclose."""

    def __call__(self, message: Message, language: str) -> tuple[str, bytes] | datetime | None:
        """The PDF's name and content; an instant to wait until for it; None if there is none."""


def no_enclosures(message: Message, language: str) -> None:
    """No mail encloses anything."""


class Texts(Protocol):
    """Sends texts to phones."""

    def tell(self, lease: Lease) -> bool:
        """Send this text; False if there is no recipient."""


class Notifier:
    """Composes a leased message and sends it."""

    def __init__(
        self,
        composer: Composer,
        transport: MailTransport,
        texts: Texts,
        clock: Clock,
        policy: Policy,
        *,
        enclosures: Enclosures = no_enclosures,
    ) -> None:
        self._composer = composer
        self._transport = transport
        self._texts = texts
        self._enclosures = enclosures
        self._clock = clock
        self._policy = policy

    def perform(self, lease: Lease) -> bool | datetime:
        """Send the message; False if it is obsolete, an instant if it must wait until then."""
        if lease.message.kind.declared.channel is MessageChannel.TEXT:
            return self._texts.tell(lease)
        mail = self._composer.compose(lease)
        if mail is None:
            return False
        morning = self._morning(lease.message, mail.zone)
        if morning:
            return morning
        enclosed = self._enclosures(lease.message, str(mail.mime["Content-Language"]))
        if isinstance(enclosed, datetime):
            return enclosed
        if enclosed:
            _enclose(mail.mime, *enclosed)
        self._transport.send(mail.mime, to=mail.to)
        return True

    def _morning(self, message: Message, zone: str) -> datetime | None:
        """The instant until which the message waits; None if it doesn't.

        A reminder of something due before the morning is sent at night: better woken than
        never warned.
        """
        declared = message.kind.declared
        if declared.class_ is not MessageClass.REMINDER:
            return None
        morning = quiet_until(self._clock(), zone, self._policy)
        comes = datetime.fromisoformat(str(message.facts[declared.comes]))
        return morning if morning and morning < comes else None


def _enclose(mime: EmailMessage, name: str, pdf: bytes) -> None:
    """Attach the file. This moves the headers that begin with "Content-" into the mail's text."""
    language = str(mime["Content-Language"])
    mime.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    mime["Content-Language"] = language
