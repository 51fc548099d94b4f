"""Rendering mails: text and HTML from templates, assembled as real MIME (RFC 5322, RFC 2046)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from keyfob.domain import money
from keyfob.domain.clock import Clock
from keyfob.domain.messages.outbox import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a deployment's mails are from, and whom people can ask."""

    name: str
    address: str
    support: str
    portal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A finished mail, the one address it goes to, and the zone of its reader's wall clock."""

    to: str
    zone: str
    mime: EmailMessage


class MailBuilder:
    """Renders `templates/<kind>.txt` (its first line the subject) and `<kind>.html`."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._templates = Environment(
            loader=PackageLoader("keyfob.usecases.messages"),
            # Whatever a person typed into a name or a PO number stays text (S51).
            autoescape=select_autoescape(["html"], default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"money": money.written, "moment": _moment, "day": _day}

    def build(
        self, kind: Kind, *, to: str, name: str, zone: str, facts: Mapping[str, Any], ref: str
    ) -> Mail:
        """The mail of this kind with these facts; `ref` is the outbox row it keeps.

        Its dates and times are written as a clock in `zone` (an IANA name) shows them.
        """
        values = {**facts, "name": name, "zone": zone, "sender": self._sender}
        text = self._templates.get_template(f"{kind}.txt").render(values)
        subject, _, body = text.partition("\n")
        mime = EmailMessage()
        mime["From"] = Address(display_name=self._sender.name, addr_spec=self._sender.address)
        mime["To"] = Address(display_name=name, addr_spec=to)
        mime["Subject"] = subject
        mime["Date"] = format_datetime(self._clock())
        # Two mails with the same reference are one message sent twice.
        mime["X-Keyfob-Message"] = ref
        mime["Auto-Submitted"] = "auto-generated"
        mime.set_content(body.lstrip("\n"))
        mime.add_alternative(
            self._templates.get_template(f"{kind}.html").render(values), subtype="html"
        )
        return Mail(to=to, zone=zone, mime=mime)


@pass_context
def _moment(context: Context, at: datetime | str) -> str:
    return moment(at, context["zone"])


@pass_context
def _day(context: Context, at: datetime | str) -> str:
    return day(at, context["zone"])


def day(at: datetime | str, zone: str) -> str:
    """`22 November 2026`, for a subject."""
    local = _local(at, zone)
    return f"{local.day} {local:%B %Y}"


def moment(at: datetime | str, zone: str) -> str:
    """`Sunday, 22 November 2026, 08:15 CET (Europe/Berlin)`."""
    local = _local(at, zone)
    place = "" if zone == "UTC" else f" ({zone})"
    return f"{local:%A}, {local.day} {local:%B %Y, %H:%M %Z}{place}"


def _local(at: datetime | str, zone: str) -> datetime:
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return instant.astimezone(ZoneInfo(zone))
