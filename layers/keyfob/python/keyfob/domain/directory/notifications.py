"""Messages about changes of an account by an administrator. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from keyfob.domain.messages.facts import (
    AboutAccountFacts,
    AtFacts,
    FormerFacts,
    ReaddressedFacts,
)
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeLink:
    """The token of a link that freezes an account, and until when it works."""

    token: str
    until: datetime


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


def readdressed(
    account: str, version: int, now: datetime, held: datetime | None, *, correlation: str
) -> Message:
    """Tell the owner, at the new address; `held`: from then on a password binds something."""
    told = changed(Kind.EMAIL_CHANGED, account, version, now, correlation=correlation)
    facts = ReaddressedFacts(at=_written(now))
    if held:
        facts["held"] = _written(held)
    return replace(told, facts=facts)


def to_former(
    account: str,
    version: int,
    address: str,
    now: datetime,
    link: FreezeLink | None,
    *,
    correlation: str,
    seal: Seal,
) -> Message:
    """Tell the address that the account had before, with a link that freezes the account.

    Address and link are sealed: outbox rows hold no such thing.
    """
    kind, subject = Kind.EMAIL_CHANGED_FROM, f"ACCOUNT#{account}"
    facts, sealed = FormerFacts(at=_written(now)), address
    if link:
        facts["until"] = _written(link.until)
        sealed = f"{address}\n{link.token}"
    return Message(
        kind=kind,
        subject=subject,
        version=version,
        recipient=account,
        facts=facts,
        sealed=seal(message_id(kind, subject, version, account), sealed),
        correlation=correlation,
    )


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
