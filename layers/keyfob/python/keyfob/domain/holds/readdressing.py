"""Changes of an account's address, after which a second person is needed (S24, S54). Pure.

    an administrator changes the address ──72 h──▶ may reopen the account again

The reader of a mailbox recovers the password. An administrator who had sent the mails to a mailbox
of their own, and then released the binding as well, would take the account over alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keyfob.domain.holds.errors import SecondPersonNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Readdressing:
    """A change of an account's address by an administrator, and until when it counts."""

    by: str
    at: datetime
    until: datetime


def live(changes: Iterable[Readdressing], now: datetime) -> list[Readdressing]:
    """The changes that still count."""
    return [one for one in changes if now < one.until]


def require_second_person(
    changes: Iterable[Readdressing], administrator: str, since: datetime | None, now: datetime
) -> None:
    """Refuse an administrator who has changed the address, or became one after that.

    An administrator whom the first one has made since is no second person. `since` is None for
    those who became administrators before that was noted.

    Raises:
        SecondPersonNeeded.
    """
    barred = [
        one.until
        for one in live(changes, now)
        if one.by == administrator or (since is not None and since >= one.at)
    ]
    if barred:
        raise SecondPersonNeeded(until=max(barred))
