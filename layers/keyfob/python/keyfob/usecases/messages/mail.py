"""Rendering mails: text and HTML from one template, assembled as real MIME (RFC 5322, RFC 2046)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from keyfob.domain.clock import Clock
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.orders.payment_method import OFFERED, PaymentMethod
from keyfob.usecases.messages.headers import mail_policy
from keyfob.usecases.messages.invitation import Meeting, Person, written
from keyfob.usecases.messages.paragraphs import as_html, as_text, split
from keyfob.usecases.messages.words import Words, one_line

_SEVEN_BITS = "quoted-printable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A deployment's sender: mail address, contact for help, and ways to pay."""

    name: str
    address: str
    support: str
    portal: str
    payment_methods: frozenset[PaymentMethod] = OFFERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A finished mail, its one recipient, and the time zone of its reader."""

    to: str
    zone: str
    mime: EmailMessage


class MailBuilder:
    """Writes a kind's mail from `templates/<kind>.txt`, whose first paragraph is the subject."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock

    def build(
        self,
        kind: Kind,
        *,
        to: str,
        name: str,
        language: str,
        zone: str,
        facts: Mapping[str, Any],
        ref: str,
    ) -> Mail:
        """The mail of this kind with these facts; `ref` identifies the outbox row.

        Dates and times are those of `zone` (an IANA name).
        """
        words, sender = Words(language, zone), self._sender
        values = {
            "room": "",
            **{fact: one_line(value) for fact, value in facts.items()},
            "name": one_line(name),
            "us": sender.name,
            "support": sender.support,
            "portal": sender.portal,
            "offers_invoices": PaymentMethod.INVOICE in sender.payment_methods,
        }
        subject, *text = _written(words, kind, values, html=False)
        _, *html = _written(words, kind, values, html=True)
        mime = EmailMessage(policy=mail_policy())
        mime["From"] = Address(display_name=sender.name, addr_spec=sender.address)
        mime["To"] = Address(display_name=one_line(name), addr_spec=to)
        mime["Subject"] = subject
        mime["Date"] = format_datetime(self._clock())
        # Two mails with the same reference are one message sent twice.
        mime["X-Keyfob-Message"] = ref
        mime["Auto-Submitted"] = "auto-generated"
        # A relay may accept only seven bits.
        mime.set_content(f"{as_text(text)}\n{sender.name}\n", cte=_SEVEN_BITS)
        mime.add_alternative(
            _page(words.language, sender.name, html), subtype="html", cte=_SEVEN_BITS
        )
        if kind.declared.invites:
            self._invite(mime, kind, words, values)
        # Set last: setting the content removes every header that begins with "Content-".
        mime["Content-Language"] = words.language
        return Mail(to=to, zone=zone, mime=mime)

    def _invite(
        self, mime: EmailMessage, kind: Kind, words: Words, values: Mapping[str, Any]
    ) -> None:
        """Add the appointment as an alternative, and as an attachment for programs that want one.

        The method stands in the part's type, too: some programs look at nothing else.
        """
        method = kind.declared.invites
        if method is None:
            return
        summary, description = map(one_line, split(words.source("_invitation", values, html=False)))
        to = mime["To"].addresses[0]
        content = written(
            Meeting(
                id=str(values["appointment"]),
                number=int(values["number"]),
                start=datetime.fromisoformat(str(values["start"])),
                summary=summary,
                description=description,
            ),
            method,
            organizer=Person(name=self._sender.name, address=self._sender.address),
            attendee=Person(name=to.display_name, address=to.addr_spec),
            now=self._clock(),
        )
        parameters = {"method": method.value}
        mime.add_alternative(
            content, maintype="text", subtype="calendar", params={**parameters, "charset": "utf-8"}
        )
        mime.add_attachment(
            content, maintype="application", subtype="ics", filename="invite.ics", params=parameters
        )


def _written(words: Words, kind: Kind, values: Mapping[str, Any], *, html: bool) -> list[str]:
    """Subject, greeting, body and contact: each a paragraph or more."""
    greeting, questions = split(words.source("_frame", values, html=html))
    subject, *body = split(words.source(kind, values, html=html))
    return [subject, greeting, *body, questions]


def _page(language: str, sender: str, paragraphs: list[str]) -> str:
    *body, questions = paragraphs
    return _layout().render(
        language=language,
        sender=sender,
        body=as_html(body),
        questions=questions,
    )


@cache
def _layout() -> Template:
    # It marks the words as safe: all values filled into them are escaped by now (`Words.source`).
    made = Environment(loader=PackageLoader("keyfob.usecases.messages"), autoescape=True)
    return made.get_template("_layout.html")
