"""The demo's acts about a guest, who buys without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.client import Person, eventually, mails, new_order, on_payment_page
from local.play import Mail, Play, license_key_in
from local.registrant import work

_EMAIL = "gil@gearworks.example"
# Nobody fills the form in faster.
_FILLING_IN = timedelta(seconds=5)


class GuestBuys(Play):
    """The acts; each uses the results of the earlier ones."""

    def play(self) -> None:
        """From the form to the license key."""
        self.paying(*self.ordering())

    def ordering(self) -> tuple[Person, dict[str, Any], dict[str, str]]:
        """B8: a form without an account, and the warning."""
        self.tell.act("Gil has no account, and buys phone codes all the same")
        guest = Person(self.stack.url, "")
        form = guest.expect(200, "GET", "/guest-orders/form")
        self.stack.clock.move(_FILLING_IN)
        addresses = new_order()
        body = {
            "partner": "northwind",
            "items": [{"product": "phone", "quantity": 1}],
            "name": "Gil Weaver",
            "email": _EMAIL,
            "organization": "Gearworks",
            "shipping_address": addresses["shipping_address"],
            "billing_address": addresses["billing_address"],
            "disclaimer_accepted": True,
            "payment": "card",
            "form": {"form": form["form"], "work": work(form)},
        }
        answer = guest.expect(201, "POST", "/guest-orders", body)
        order = answer["order"]
        self.tell.check(
            f"order {order['number']}; he is warned that not everybody can use it",
            order["state"] == "awaiting_payment",
            order["warning"],
        )
        token = {"X-Order-Token": answer["token"]}
        others = guest.call("GET", f"/guest-orders/{order['number']}")
        self.tell.check("only who has its token sees the order", others.status_code in {404, 422})
        self.tell.check("nobody is written to before it is paid", not self._mails())
        return guest, order, token

    def paying(self, guest: Person, order: dict[str, Any], token: dict[str, str]) -> None:
        """B5, B8: paid by card; the key comes by mail."""
        on_payment_page(order, "pay")
        what = f"{order['number']} is paid and fulfilled"
        path = f"/guest-orders/{order['number']}"
        with self.tell.waiting(what):
            eventually(
                lambda: guest.expect(200, "GET", path, headers=token)["state"] == "fulfilled",
                what=what,
            )
        mail = self.mail_to(_EMAIL, "license key for order")
        self.tell.check("his license key has come", bool(license_key_in(mail)))
        self.tell.mail(mail)

    def _mails(self) -> list[Mail]:
        return mails(self.stack.url, to=_EMAIL)
