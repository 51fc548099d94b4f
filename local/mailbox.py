"""Captures the service's messages, for people and tests: whole MIME mails, texts and calls."""

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
from email.parser import BytesHeaderParser
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from local.clock import LocalClock
from local.phone import PhoneMessage

_RECIPIENT_HEADERS = ("To", "Cc", "Bcc")
_DESTINATION_FIELDS = ("ToAddresses", "CcAddresses", "BccAddresses")


class MailRefused(Exception):
    """A request to send that SES would refuse, or that this capture does not support."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A captured mail: its envelope and the message exactly as received."""

    id: str
    at: datetime
    to: tuple[str, ...]
    raw: bytes

    @property
    def kind(self) -> Literal["mail"]:
        """The kind of message: a mail, not a text or call."""
        return "mail"

    @cached_property
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
        """The message's MIME source."""
        return self.raw.decode("utf-8", errors="replace")

    def summary(self) -> dict[str, Any]:
        """The mail for programs."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "to": list(self.to),
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
        }


class Mailbox:
    """All captured messages, stored as files in a folder.

    Each has an envelope, `<id>.json`, which holds a text or call completely; a mail has `<id>.eml`,
    too.
    """

    def __init__(self, folder: Path, clock: LocalClock) -> None:
        """Keep messages in `folder`, which is made if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._arriving = threading.Lock()
        # A message never changes, so each is read only once.
        self._seen: dict[str, Mail | PhoneMessage] = {}
        self._count = len(list(folder.glob("*.json")))

    def capture(self, request: Mapping[str, Any]) -> Mail:
        """Keep the mail of one SES v2 SendEmail request.

        Raises MailRefused when it has no raw content, no sender or no recipient.
        """
        raw = _raw_content(request)
        message = BytesHeaderParser(policy=policy.default).parsebytes(raw)
        if not message["From"]:
            raise MailRefused("the message has no From header")
        to = tuple(_recipients(request, message))
        if not to:
            raise MailRefused("the mail has no recipient: give Destination or a To header")
        return Mail(**self._keep({"to": to}, raw), raw=raw)

    def keep(
        self, kind: Literal["text", "call"], *, to: str, sender: str, body: str, voice: str = ""
    ) -> PhoneMessage:
        """Keep a text or a call."""
        said = {"kind": kind, "to": (to,), "sender": sender, "body": body, "voice": voice}
        return PhoneMessage(**self._keep(said))

    def messages(self, to: str | None = None) -> list[Mail | PhoneMessage]:
        """All messages in the order they arrived; `to` keeps those to that address or number."""
        found = (self._read(envelope) for envelope in sorted(self._folder.glob("*.json")))
        wanted = to and to.casefold()
        return [
            message
            for message in found
            if not wanted or wanted in (address.casefold() for address in message.to)
        ]

    def mails(self, to: str | None = None) -> list[Mail]:
        """The mails alone."""
        return [message for message in self.messages(to) if isinstance(message, Mail)]

    def message(self, message_id: str) -> Mail | PhoneMessage | None:
        """The message with this id, if there is one."""
        return next((one for one in self.messages() if one.id == message_id), None)

    def _keep(self, said: dict[str, Any], raw: bytes | None = None) -> dict[str, Any]:
        with self._arriving:
            self._count += 1
            message_id = f"{self._count:06d}-{secrets.token_hex(4)}"
            at = self._clock.now()
            if raw is not None:
                (self._folder / f"{message_id}.eml").write_bytes(raw)
            beside = self._folder / f"{message_id}.partial"
            beside.write_text(json.dumps({"at": at.isoformat(), **said}), encoding="utf-8")
            # A message exists once its envelope does: readers never meet half a mail.
            beside.replace(self._folder / f"{message_id}.json")
            return {"id": message_id, "at": at, **said}

    def _read(self, envelope: Path) -> Mail | PhoneMessage:
        if envelope.stem not in self._seen:
            self._seen[envelope.stem] = self._read_anew(envelope)
        return self._seen[envelope.stem]

    def _read_anew(self, envelope: Path) -> Mail | PhoneMessage:
        kept = json.loads(envelope.read_text(encoding="utf-8"))
        kept |= {
            "id": envelope.stem,
            "at": datetime.fromisoformat(kept["at"]),
            "to": tuple(kept["to"]),
        }
        if "kind" in kept:
            return PhoneMessage(**kept)
        return Mail(**kept, raw=envelope.with_suffix(".eml").read_bytes())


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
