"""What phones are told of what they had no part in (A4, S14). Pure."""

from __future__ import annotations

from keyfob.credentials.credential import Credential
from keyfob.messages.outbox import Kind, Message


def texts(
    kind: Kind, credential: Credential | None, recipient: str, version: int, correlation: str
) -> list[Message]:
    """A text to each phone that counts; `recipient` is the account that it is about.

    Facts: `phone`, its id; `holder`, whose it is. The number is looked up when it is sent.
    """
    if credential is None:
        return []
    return [
        Message(
            kind=kind,
            subject=f"PHONE#{credential.account}#{phone}",
            version=version,
            recipient=recipient,
            facts={"phone": phone, "holder": credential.account},
            correlation=correlation,
        )
        for phone in credential.phones
    ]
