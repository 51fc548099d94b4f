"""A person who renews a credential at the store as often as a test needs it."""

from __future__ import annotations

from typing import Any

from local.stack import Stack
from tests.support.running.holder_attempts import account_of
from tests.support.running.lives import Life, Lives, Point
from tests.support.running.people import person
from tests.support.running.shop import checkout_of, pay


class Renewer:
    """Has a credential at some stage of its life, from an order of that person."""

    def __init__(self, stack: Stack, lives: Lives, point: Point) -> None:
        self.person = person(stack)
        self.account = account_of(self.person)
        bought = str(self.person.order()["number"])
        self.life: Life = lives.give(self.account, point, order=bought)

    def paid(self) -> Renewed:
        """A renewal that is paid at the provider; the service doesn't know yet."""
        item = {"product": "renewal", "quantity": 1, "credential": self.life.credential}
        order = self.person.order(items=[item])
        assert pay(order) == 303
        return Renewed(order)


class Renewed:
    """An order that renews."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.number = str(order["number"])
        self.checkout = checkout_of(order)

    @property
    def message(self) -> dict[str, str]:
        """The queue's message of its payment."""
        about = {"checkout": self.checkout, "event": "evt_race", "event_type": "race"}
        return about | {"correlation": "race"}
