"""Notifications about holds, releases and frozen accounts. Pure.

A message about a hold has a link that freezes the account. Its token is sealed in each message,
like a phone's number in the rows of the hold; only the notifier can open both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from keyfob.domain.holds.hold import Ended, Hold
from keyfob.domain.messages.facts import AboutAccountFacts, HeldFacts
from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id


def held(
    hold: Hold,
    ended: Ended,
    *,
    readers: Iterable[str],
    phones: Iterable[str],
    token: str,
    token_until: datetime,
    seal: Seal,
    correlation: str,
) -> Iterator[Message]:
    """Notify the `readers` (accounts) and `phones` (names of kept numbers) of a hold that waits.

    Raises:
        KeysUnavailable: the key service did not answer.
    """
    facts = HeldFacts(
        account=hold.account,
        at=_written(hold.began),
        held=_written(hold.until),
        ended=ended,
        until=_written(token_until),
    )
    for reader in readers:
        name = message_id(Kind.BINDING_HELD, hold.subject, hold.version, reader)
        yield Message(
            kind=Kind.BINDING_HELD,
            subject=hold.subject,
            version=hold.version,
            recipient=reader,
            facts=facts,
            sealed=seal(name, token),
            correlation=correlation,
        )
    for subject in phones:
        name = message_id(Kind.BINDING_HELD_TEXT, subject, hold.version, hold.account)
        yield Message(
            kind=Kind.BINDING_HELD_TEXT,
            subject=subject,
            version=hold.version,
            recipient=hold.account,
            sealed=seal(name, token),
            correlation=correlation,
        )


def about(
    kind: Kind, hold: Hold, readers: Iterable[str], now: datetime, *, correlation: str
) -> Iterator[Message]:
    """Notify the `readers` (accounts) that the account of this new hold was frozen or released."""
    facts = AboutAccountFacts(account=hold.account, at=_written(now))
    for reader in readers:
        yield Message(
            kind=kind,
            subject=hold.subject,
            version=hold.version,
            recipient=reader,
            facts=facts,
            correlation=correlation,
        )


def released_texts(hold: Hold, phones: Iterable[str], *, correlation: str) -> Iterator[Message]:
    """Notify the phones (ids) that a hold keeps of its release."""
    for phone in phones:
        yield Message(
            kind=Kind.BINDING_RELEASED_TEXT,
            subject=number_name(hold.account, phone),
            version=hold.version,
            recipient=hold.account,
            correlation=correlation,
        )


def number_name(account: str, phone: str) -> str:
    """The name under which the account's hold keeps a phone's number; the subject of its texts."""
    return f"HELD#{account}#{phone}"


def number_of(name: str) -> tuple[str, str]:
    """The account and the phone's id in such a name."""
    _, account, phone = name.split("#")
    return account, phone


def _written(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
