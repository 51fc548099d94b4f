"""The base of every act of the demo: a stack, a narrator, and people."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from local.client import Person, Unexpected, eventually, mails
from local.narrator import Narrator
from local.seed import content
from local.stack import Stack

Mail = dict[str, Any]
PERMANENT = "a quiet river runs uphill"
_LICENSE_KEY = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")


class Play:
    """Acts that share a stack and its people."""

    def __init__(self, stack: Stack, tell: Narrator) -> None:
        """Play on `stack`, narrated by `tell`."""
        self.stack = stack
        self.tell = tell
        accounts = content()["accounts"]
        self.temporary = {one["user_id"]: one["temporary_password"] for one in accounts}
        self.mail_of = {one["user_id"]: one["email"] for one in accounts}

    def await_fulfilled(self, buyer: Person, order: dict[str, Any]) -> None:
        """Wait until the order is fulfilled: its license keys minted, or the renewal done."""
        what = f"{order['number']} is paid and fulfilled"
        with self.tell.waiting(what):
            eventually(
                lambda: buyer.show(order["number"])["state"] == "fulfilled",
                seconds=60,
                what=what,
            )

    def mail(self, user_id: str, containing: str) -> Mail:
        """The one mail to this person of the demo data with these words."""
        return self.mail_to(self.mail_of[user_id], containing)

    def mail_to(self, address: str, containing: str) -> Mail:
        """The one mail to this address with these words."""
        found = self.wait(
            lambda: mails(self.stack.url, to=address, containing=containing),
            1,
            f"a mail arrives: “… {containing} …”",
        )
        return found[0]

    def wait(self, ask: Callable[[], list[Mail]], count: int, what: str) -> list[Mail]:
        """Wait until exactly `count` are there.

        Raises:
            Unexpected: there are more, or not enough in time.
        """
        with self.tell.waiting(what):
            found = eventually(lambda: [] if len(ask()) < count else ask(), seconds=60, what=what)
        if len(found) != count:
            raise Unexpected(f"{what}: {len(found)} instead of {count}")
        return found


def license_key_in(mail: Mail) -> str:
    """The license key in a mail.

    Raises:
        ValueError: there is none.
    """
    found = _LICENSE_KEY.search(mail["text"])
    if found is None:
        raise ValueError("there is no license key in the mail")
    return found[0]
