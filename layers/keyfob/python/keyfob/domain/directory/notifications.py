"""Messages about changes of an account by an administrator. Pure."""

from __future__ import annotations

from datetime import datetime

from keyfob.domain.messages.facts import AboutAccountFacts, AtFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id


def made(account: str, now: datetime, *, correlation: str) -> Message:
    """Tell its owner the user id; the first password comes in a mail of its own."""
    return Message(
        kind=Kind.ACCOUNT_MADE,
        subject=f"ACCOUNT#{account}",
        version=1,
        recipient=account,
        facts=AboutAccountFacts(account=account, at=_written(now)),
        correlation=correlation,
    )


def changed(kind: Kind, account: str, version: int, now: datetime, *, correlation: str) -> Message:
    """Tell the owner of a change; `version` is that of the account's row from now on."""
    return Message(
        kind=kind,
        subject=f"ACCOUNT#{account}",
        version=version,
        recipient=account,
        facts=AtFacts(at=_written(now)),
        correlation=correlation,
    )


def to_former(
    account: str, version: int, address: str, now: datetime, *, correlation: str, seal: Seal
) -> Message:
    """Tell the address that the account had before; it is sealed, as outbox rows hold none."""
    kind, subject = Kind.EMAIL_CHANGED_FROM, f"ACCOUNT#{account}"
    return Message(
        kind=kind,
        subject=subject,
        version=version,
        recipient=account,
        facts=AtFacts(at=_written(now)),
        sealed=seal(message_id(kind, subject, version, account), address),
        correlation=correlation,
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
