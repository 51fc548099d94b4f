"""What every act of the demo has: a stage, a voice, and people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.client import Person, Unexpected, eventually, mails
from local.narrator import Narrator
from local.seed import content
from local.stack import Stack

Mail = dict[str, Any]
PERMANENT = "a quiet river runs uphill"


class Play:
    """The acts of a play share its stack and its people."""

    def __init__(self, stack: Stack, tell: Narrator, ada: Person) -> None:
        """Play on `stack`, told by `tell`; `ada` keeps her session from act to act."""
        self.stack = stack
        self.tell = tell
        self.ada = ada
        accounts = content()["accounts"]
        self.temporary = {one["user_id"]: one["temporary_password"] for one in accounts}
        self.mail_of = {one["user_id"]: one["email"] for one in accounts}

    def await_fulfilled(self, order: dict[str, Any]) -> None:
        """Until the order's license keys are minted."""
        what = f"{order['number']} is paid and fulfilled"
        with self.tell.waiting(what):
            eventually(
                lambda: self.ada.show(order["number"])["state"] == "fulfilled",
                seconds=60,
                what=what,
            )

    def mail(self, user_id: str, containing: str) -> Mail:
        """The one mail to this person with these words."""
        found = self.wait(
            lambda: mails(self.stack.url, to=self.mail_of[user_id], containing=containing),
            1,
            f"a mail arrives: “… {containing} …”",
        )
        return found[0]

    def wait(self, ask: Callable[[], list[Mail]], count: int, what: str) -> list[Mail]:
        """Until exactly so many are there.

        Raises:
            Unexpected: there are more, or not enough in time.
        """
        with self.tell.waiting(what):
            found = eventually(lambda: [] if len(ask()) < count else ask(), seconds=60, what=what)
        if len(found) != count:
            raise Unexpected(f"{what}: {len(found)} instead of {count}")
        return found
