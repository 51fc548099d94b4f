"""Guests at the API, through its samples."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.deployment import Deployment, later, sample
from tests.support.fakes import unique
from tests.support.recovering import mailed_to
from tests.support.registering import work
from tests.support.renewing import pay
from tests.support.visitor import Answer, Visitor

KEY = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")


class Shopper(Visitor):
    """Somebody without an account who buys."""

    def form(self) -> dict[str, Any]:
        """A form, filled in by a person who took some seconds, with its work."""
        issued = self.call("show_guest_order_form").body
        later(self.deployment, seconds=5)
        return {"form": issued["form"], "work": work(issued["form"], issued["bits"])}

    def body(self, **changes: Any) -> dict[str, Any]:
        """The sample order, from a mailbox of its own, with a new form."""
        own = {"email": unique("guest") + "@shop.example", "form": self.form()}
        usual: dict[str, Any] = json.loads(sample("api/place_guest_order")["body"])
        return usual | own | changes

    def place(self, **changes: Any) -> Answer:
        """Place an order."""
        return self.call("place_guest_order", self.body(**changes))

    def about(self, name: str, placed: Answer, token: str = "", **where: str) -> Answer:
        """Send a sample event about this order, with its token."""
        shown = {"X-Order-Token": token or placed.body["token"]}
        number = {"number": placed.body["order"]["number"]}
        return self.call(name, headers=shown, parameters=number | where)


def bought(deployment: Deployment, gil: Shopper, **changes: Any) -> tuple[Answer, str]:
    """A paid order of a guest's, and the key that was mailed."""
    email = unique("guest") + "@shop.example"
    placed = gil.place(email=email, **changes)
    pay(deployment, placed.body["order"])
    return placed, key_in(mailed_to(deployment, email))


def key_in(mails: list[tuple[str, str]]) -> str:
    """The newest key in these mails."""
    [*found] = [key for _, text in mails for key in KEY.findall(text)]
    return str(found[-1])
