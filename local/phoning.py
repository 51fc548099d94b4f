"""Shared parts of acts about phones: people with a phone, and codes sent to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.client import Person, Unexpected, phone_code
from local.handset import Handset
from local.holders import Holder, cast
from local.moving import first_name
from local.play import Play
from local.stack import Stack

# No two messages go to a number within a minute.
A_MINUTE_LATER = timedelta(seconds=61)


@dataclass
class Subscriber:
    """A person who gets codes by phone; `phone` is its id once it was added."""

    holder: Holder
    handset: Handset
    phone: str = ""


class Phoning(Play):
    """A play whose people request codes, each a minute after the last."""

    def sent(self, who: Subscriber, channel: str, by: Person | None = None) -> dict[str, Any]:
        """Request a code and return its message; the holder requests it unless `by` is given.

        Raises:
            Unexpected: nothing was sent.
        """
        self.stack.clock.move(A_MINUTE_LATER)
        # Notices about the account may have come late: their owner has read them.
        who.handset.heard += len(who.handset.unheard())
        asked = (by or who.holder.person).ask_for_code(who.phone, channel)
        if asked.status_code != 201:
            raise Unexpected(f"no code was sent to {who.handset.number}: {asked.text}")
        return who.handset.next()

    def elevates(self, who: Subscriber, message: dict[str, Any], *, strength: int = 2) -> None:
        """Elevate the holder's session with the received code."""
        code = phone_code(message)
        elevated = who.holder.person.elevate(code, method="phone")
        self.tell.check(
            f"{code} signs {first_name(who.holder)} in: strength {strength}",
            elevated.status_code == 201 and elevated.json()["strength"] == strength,
        )


def subscriber(stack: Stack, user_id: str, number: str) -> Subscriber:
    """A person of the demo data, with a phone of this number."""
    [holder] = cast(stack, user_id)
    return Subscriber(holder=holder, handset=Handset(stack.url, number))
