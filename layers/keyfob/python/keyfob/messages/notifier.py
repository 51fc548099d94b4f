"""Sending what the outbox promises to people."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from keyfob.clock import Clock
from keyfob.messages.composer import Composer
from keyfob.messages.outbox import CLASS, MessageClass
from keyfob.messages.quiet import quiet_until
from keyfob.messages.store import Claim
from keyfob.policy import Policy


class MailTransport(Protocol):
    """Takes a finished mail or raises `MailUnavailable`; timeouts are the adapter's."""

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Hand it over."""


class Notifier:
    """Composes a claimed message and sends it."""

    def __init__(
        self, composer: Composer, transport: MailTransport, clock: Clock, policy: Policy
    ) -> None:
        self._composer = composer
        self._transport = transport
        self._clock = clock
        self._policy = policy

    def perform(self, claim: Claim) -> bool | datetime:
        """Send the message; False when it is no longer true, an instant when it must wait."""
        mail = self._composer.compose(claim)
        if mail is None:
            return False
        if CLASS[claim.message.kind] is MessageClass.REMINDER:
            morning = quiet_until(self._clock(), mail.zone, self._policy)
            if morning:
                return morning
        self._transport.send(mail.mime, to=mail.to)
        return True
