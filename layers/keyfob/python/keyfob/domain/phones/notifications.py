"""Texts that notify phones of events they had no part in (A4, S14). Pure.

The number goes with the message, sealed: the one who acted may remove the phone at once, and the
text must still reach it.
"""

from __future__ import annotations

from collections.abc import Iterable

from keyfob.domain.messages.kinds import Kind
from keyfob.domain.messages.outbox import Message, Seal, message_id
from keyfob.domain.phones.phone import Phone


def texts(
    kind: Kind,
    phones: Iterable[Phone],
    seal: Seal,
    *,
    recipient: str,
    version: int,
    correlation: str,
) -> list[Message]:
    """A text to each of these phones; `recipient` is the account that it is about.

    Raises:
        KeysUnavailable: the key service did not answer.
    """
    made = []
    for phone in phones:
        subject = f"PHONE#{recipient}#{phone.id}"
        name = message_id(kind, subject, version, recipient)
        made.append(
            Message(
                kind=kind,
                subject=subject,
                version=version,
                recipient=recipient,
                sealed=seal(name, phone.number),
                correlation=correlation,
            )
        )
    return made
