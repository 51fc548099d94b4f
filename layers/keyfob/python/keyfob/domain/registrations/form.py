"""A form that a person sends, not a program: signed time, an invisible field, some work. Pure.

    issued     <seconds>.<nonce>.<signature>, and how many bits of work it takes
    sent       not before a person can fill it in, not hours later, the invisible field empty, and
               a text with which SHA-256 of `<form>:<work>` begins with so many zero bits

None of this stops a determined program: it makes many registrations dear. Checking takes one hash
and one signature, whatever was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from keyfob.domain.policy import Policy
from keyfob.domain.registrations.errors import (
    FormExpired,
    FormInvalid,
    FormTooFast,
    FormTrapped,
    WorkInsufficient,
)

PURPOSE = "registration-form"
_FORM = re.compile(r"([0-9]{10})\.([\w-]{22})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An issued form; `bits` of work."""

    text: str
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForm:
    """A form that comes back; `trap` is the field that people don't see."""

    text: str
    work: str
    trap: str = ""


def day_of(at: datetime) -> str:
    """The day whose key signs what is issued at this instant."""
    return at.astimezone(UTC).date().isoformat()


def issued(key: bytes, now: datetime, policy: Policy) -> Form:
    """A form of this instant; `key` is that of its day."""
    content = f"{int(now.timestamp())}.{secrets.token_urlsafe(16)}"
    return Form(text=f"{content}.{_signature(key, content)}", bits=policy.form_work_bits)


def issued_at(sent: SentForm) -> datetime:
    """When a form says that it was issued.

    Raises:
        FormInvalid: it has another form.
    """
    found = _FORM.fullmatch(sent.text)
    if found is None:
        raise FormInvalid
    return datetime.fromtimestamp(int(found[1]), UTC)


def nonce_of(sent: SentForm) -> str:
    """What tells this form from every other one."""
    return sent.text.split(".")[1]


def require_person(sent: SentForm, key: bytes, now: datetime, policy: Policy) -> None:
    """Refuse a form that a program sends; `key` is that of the day it says.

    Raises:
        FormInvalid, FormTooFast, FormExpired, FormTrapped, WorkInsufficient.
    """
    at, (content, _, signature) = issued_at(sent), sent.text.rpartition(".")
    if not hmac.compare_digest(_signature(key, content), signature):
        raise FormInvalid
    if now >= at + policy.form_lifetime:
        raise FormExpired
    if now < at + policy.form_least:
        raise FormTooFast
    if sent.trap:
        raise FormTrapped
    if not is_worked(sent.text, sent.work, policy.form_work_bits):
        raise WorkInsufficient


def is_worked(form: str, work: str, bits: int) -> bool:
    """Whether this is the work for the form."""
    digest = hashlib.sha256(f"{form}:{work}".encode()).digest()
    return int.from_bytes(digest) >> (8 * len(digest) - bits) == 0


def _signature(key: bytes, content: str) -> str:
    return hmac.digest(key, content.encode(), "sha256").hex()
