"""The demo's story of an office that buys for its people, of a sponsor, and of a guest."""

from __future__ import annotations

from local.demo_given_back import GivenBack
from local.demo_guest import GuestBuys
from local.demo_invoice import Invoiced
from local.demo_sponsored import Sponsored
from local.device import Device
from local.holders import cast
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.stack import Stack


class Store(Phoning):
    """Joan buys for Barbara, Radia and Margaret; then a buyer pays for Margaret."""

    def __init__(self, stack: Stack, tell: Narrator, dorothy: Subscriber, device: Device) -> None:
        """Play on `stack`, narrated by `tell`; `dorothy` has a phone, `device` is in stock."""
        super().__init__(stack, tell)
        self.dorothy, self.device = dorothy, device

    def play(self) -> None:
        """The whole story."""
        joan, *colleagues = cast(self.stack, "joan", "barbara", "radia", "margaret")
        users = tuple(colleagues)
        for one in (joan, *users):
            self.begins(one)
        invoiced = Invoiced(self.stack, self.tell, joan, users)
        order = invoiced.play()
        margaret = users[-1]
        unredeemed = invoiced.keys[margaret.person.user_id]
        GivenBack(self.stack, self.tell, joan, users).play(order, unredeemed)
        Sponsored(self.stack, self.tell, self.dorothy, margaret, self.device).play()
        GuestBuys(self.stack, self.tell).play()
