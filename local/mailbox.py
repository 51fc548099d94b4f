"""Captures what the service mails through SES v2, as whole MIME messages, for people and tests."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from local.clock import LocalClock

_RECIPIENT_HEADERS = ("To", "Cc", "Bcc")
_DESTINATION_FIELDS = ("ToAddresses", "CcAddresses", "BccAddresses")


class MailRefused(Exception):
    """A request to send that SES would refuse, or that this capture does not play."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A captured mail: its envelope and the message exactly as it was handed over."""

    id: str
    at: datetime
    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def sender(self) -> str:
        """The From header."""
        return str(self.message["From"] or "")

    @property
    def subject(self) -> str:
        """The Subject header, decoded."""
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The plain-text body, empty if there is none."""
        return _body(self.message, "plain")

    @property
    def html(self) -> str:
        """The HTML body, empty if there is none."""
        return _body(self.message, "html")

    @property
    def attachments(self) -> list[str]:
        """The names of the attached files."""
        return [part.get_filename("unnamed") for part in self.message.iter_attachments()]

    @property
    def source(self) -> str:
        """The message as it traveled."""
        return self.raw.decode("utf-8", errors="replace")

    def summary(self) -> dict[str, Any]:
        """The mail for programs."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "to": list(self.to),
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
        }


class Mailbox:
    """All captured mails, kept as files in a folder: `<id>.eml` and its envelope `<id>.json`."""

    def __init__(self, folder: Path, clock: LocalClock) -> None:
        """Keep mails in `folder`, which is made if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._arriving = threading.Lock()
        self._count = len(list(folder.glob("*.json")))

    def capture(self, request: Mapping[str, Any]) -> Mail:
        """Keep the mail of one SES v2 SendEmail request.

        Raises MailRefused when it has no raw content, no sender or no recipient.
        """
        raw = _raw_content(request)
        message = message_from_bytes(raw, policy=policy.default)
        if not message["From"]:
            raise MailRefused("the message has no From header")
        to = tuple(_recipients(request, message))
        if not to:
            raise MailRefused("the mail has no recipient: give Destination or a To header")
        return self._keep(raw, to)

    def mails(self, to: str | None = None) -> list[Mail]:
        """The mails in the order they arrived; `to` keeps those sent to that address."""
        found = (self._read(envelope) for envelope in sorted(self._folder.glob("*.json")))
        wanted = to and to.casefold()
        return [
            mail
            for mail in found
            if not wanted or wanted in (address.casefold() for address in mail.to)
        ]

    def mail(self, mail_id: str) -> Mail | None:
        """The mail with this id, if there is one."""
        return next((mail for mail in self.mails() if mail.id == mail_id), None)

    def _keep(self, raw: bytes, to: tuple[str, ...]) -> Mail:
        with self._arriving:
            self._count += 1
            mail_id = f"{self._count:06d}-{secrets.token_hex(4)}"
            mail = Mail(id=mail_id, at=self._clock.now(), to=to, raw=raw)
            (self._folder / f"{mail_id}.eml").write_bytes(raw)
            envelope = json.dumps({"at": mail.at.isoformat(), "to": to})
            beside = self._folder / f"{mail_id}.partial"
            beside.write_text(envelope)
            # A mail exists once its envelope does: readers never meet half a mail.
            beside.replace(self._folder / f"{mail_id}.json")
            return mail

    def _read(self, envelope: Path) -> Mail:
        kept = json.loads(envelope.read_text())
        return Mail(
            id=envelope.stem,
            at=datetime.fromisoformat(kept["at"]),
            to=tuple(kept["to"]),
            raw=envelope.with_suffix(".eml").read_bytes(),
        )


def _raw_content(request: Mapping[str, Any]) -> bytes:
    content = request.get("Content") or {}
    if set(content) != {"Raw"}:
        raise MailRefused(
            f"this capture takes Content.Raw only, not {sorted(content)}: send a whole MIME message"
        )
    try:
        return base64.b64decode(content["Raw"]["Data"], validate=True)
    except (KeyError, TypeError, binascii.Error) as broken:
        raise MailRefused("Content.Raw.Data must be the message in base64") from broken


def _recipients(request: Mapping[str, Any], message: EmailMessage) -> Iterable[str]:
    destination = request.get("Destination") or {}
    named = [address for field in _DESTINATION_FIELDS for address in destination.get(field) or []]
    if named:
        return named
    headers = (header for name in _RECIPIENT_HEADERS for header in message.get_all(name, []))
    return [
        address.addr_spec
        for header in headers
        if isinstance(header, AddressHeader)
        for address in header.addresses
    ]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
