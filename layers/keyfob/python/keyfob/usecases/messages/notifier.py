"""Sending the messages of the outbox to people."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import MessageChannel, MessageClass
from keyfob.domain.messages.outbox import Message
from keyfob.domain.messages.quiet_hours import quiet_until
from keyfob.domain.policy import Policy
from keyfob.storage.messages.store import Lease
from keyfob.usecases.messages.composer import Composer


class MailTransport(Protocol):
    """Takes a finished mail or raises `MailUnavailable`; timeouts are the adapter's."""

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Hand it over."""


class Texts(Protocol):
    """Tells phones."""

    def tell(self, lease: Lease) -> bool:
        """Send this text; False when there is nobody to tell."""


class Notifier:
    """Composes a claimed message and sends it."""

    def __init__(
        self,
        composer: Composer,
        transport: MailTransport,
        texts: Texts,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._composer = composer
        self._transport = transport
        self._texts = texts
        self._clock = clock
        self._policy = policy

    def perform(self, lease: Lease) -> bool | datetime:
        """Send the message; False when it is no longer true, an instant when it must wait."""
        if lease.message.kind.declared.channel is MessageChannel.TEXT:
            return self._texts.tell(lease)
        mail = self._composer.compose(lease)
        if mail is None:
            return False
        morning = self._morning(lease.message, mail.zone)
        if morning:
            return morning
        self._transport.send(mail.mime, to=mail.to)
        return True

    def _morning(self, message: Message, zone: str) -> datetime | None:
        """Until when it waits; None if it doesn't.

        What would come before the morning is told at night: better woken than never warned.
        """
        declared = message.kind.declared
        if declared.class_ is not MessageClass.REMINDER:
            return None
        morning = quiet_until(self._clock(), zone, self._policy)
        comes = datetime.fromisoformat(str(message.facts[declared.comes]))
        return morning if morning and morning < comes else None
