"""People who buy without an account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from keyfob.domain.registrations.form import SentForm
from keyfob.domain.sessions.client import Client
from keyfob.usecases.orders.guest_orders import GuestOrders, Placed, Request, Visitor
from keyfob.usecases.orders.pricing import Item
from keyfob.wiring.guests import guest_orders_of
from tests.support.builders import a_cart
from tests.support.fakes import unique
from tests.support.order_world import OrderWorld
from tests.support.registering import work


class GuestShop:
    """The order flow as guests meet it; `client` is where they come from."""

    def __init__(self, world: OrderWorld) -> None:
        self.world = world
        self.orders: GuestOrders = guest_orders_of(world.base)
        self.client = Client(address="198.18.0.7", correlation="req-1")

    def request(self, **changes: Any) -> Request:
        """An order of one credential for phones, with a new form that a person has filled in."""
        form = self.orders.form()
        self.world.clock.now += timedelta(seconds=5)
        sent = SentForm(text=form.text, work=work(form.text, form.bits))
        email = unique("guest") + "@shop.example"
        who = Visitor(name="Gil Guest", email=email, organization="Guest Parts", language="en")
        values: dict[str, Any] = {
            "visitor": who,
            "cart": a_cart(items=(Item(product="phone"),), po_number=""),
            "form": sent,
            "body": unique("body"),
        }
        return Request(**values | changes)

    def order(self, **cart: Any) -> Placed:
        """Place an order of a new guest."""
        request = self.request()
        return self.place(replace(request, cart=replace(request.cart, **cart)))

    def place(self, request: Request) -> Placed:
        """Send this request."""
        return self.orders.place(request, self.client)

    def paid(self, **cart: Any) -> Placed:
        """An order that was paid, settled and fulfilled."""
        placed = self.order(**cart)
        self.world.pay(placed.order)
        return replace(placed, order=self.world.service.get(placed.order.number))

    @property
    def pages(self) -> list[str]:
        """Every payment page that was opened."""
        return list(self.world.provider.pages)
