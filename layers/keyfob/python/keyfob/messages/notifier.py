"""Sending what the outbox promises to people."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Protocol

from keyfob.messages.composer import Composer
from keyfob.messages.store import Claim


class MailTransport(Protocol):
    """Takes a finished mail or raises `MailUnavailable`; timeouts are the adapter's."""

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Hand it over."""


class Notifier:
    """Composes a claimed message and sends it."""

    def __init__(self, composer: Composer, transport: MailTransport) -> None:
        self._composer = composer
        self._transport = transport

    def perform(self, claim: Claim) -> bool:
        """Send the message; False when it is no longer true."""
        mail = self._composer.compose(claim)
        if mail is None:
            return False
        self._transport.send(mail.mime, to=mail.to)
        return True
