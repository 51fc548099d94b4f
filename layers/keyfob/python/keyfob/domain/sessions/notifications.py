"""Notifications of new passwords. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from keyfob.domain.messages.facts import AtFacts, RecoveredFacts, RecoveryCodeFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal
from keyfob.domain.phones.notifications import texts
from keyfob.domain.phones.phone import Phone
from keyfob.domain.sessions.client import Client
from keyfob.domain.sessions.recovery_code import Recovery, milliseconds
from keyfob.domain.sessions.session import Sessions


def chosen(seen: Sessions, at: datetime, client: Client) -> Message:
    """Notify of a chosen password, of the first one with what comes next (A10).

    `seen` is the sessions row before the commit, which raises its epoch.
    """
    return Message(
        kind=Kind.FIRST_LOGIN if seen.newcomer else Kind.PASSWORD_CHANGED,
        subject=f"ACCOUNT#{seen.account}",
        version=seen.epoch + 1,
        recipient=seen.account,
        facts=AtFacts(at=_written(at)),
        correlation=client.correlation,
    )


def user_id_reminder(account: str, request: str, at: datetime, client: Client) -> Message:
    """The mail with the account's user id; for a placeholder, it is queued but not sent.

    `request` is the request's own id: a later one is another message.
    """
    return Message(
        kind=Kind.USER_ID_REMINDER,
        subject=f"REMINDER#{request}",
        version=1,
        recipient=account,
        facts=RecoveredFacts(at=_written(at), address=client.address),
        correlation=client.correlation,
    )


def recovery_code(recovery: Recovery, now: datetime, client: Client) -> Message:
    """The mail with the sealed code; if no account has the user id, it is queued but not sent."""
    return Message(
        kind=Kind.RECOVERY_CODE,
        subject=recovery.key,
        version=milliseconds(now),
        recipient=recovery.account,
        facts=RecoveryCodeFacts(
            at=_written(now),
            until=_written(recovery.until),
            address=client.address,
            sealed_as=recovery.sealed_as,
        ),
        sealed=recovery.sealed,
        correlation=client.correlation,
    )


def recovered(
    seen: Sessions, phones: Iterable[Phone], at: datetime, client: Client, *, seal: Seal
) -> Sequence[Message]:
    """Notify the account's mailbox and phones of a new password, which may be its first (A10).

    `seen` is the sessions row before the commit, which raises its epoch.
    """
    account, version = seen.account, seen.epoch + 1
    first = [chosen(seen, at, client)] if seen.newcomer else []
    by_text = texts(
        Kind.PASSWORD_RECOVERED_TEXT,
        phones,
        seal,
        recipient=account,
        version=version,
        correlation=client.correlation,
    )
    return [
        *by_text,
        *first,
        Message(
            kind=Kind.PASSWORD_RECOVERED,
            subject=f"ACCOUNT#{account}",
            version=version,
            recipient=account,
            facts=RecoveredFacts(at=_written(at), address=client.address),
            correlation=client.correlation,
        ),
    ]


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
