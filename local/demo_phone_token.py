"""The demo's acts about a hardware token beside a phone: added, lost, replaced."""

from __future__ import annotations

from datetime import timedelta

from local.client import Person, on_payment_page
from local.device import Device
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.play import PERMANENT
from local.stack import Stack


class AddedToken(Phoning):
    """The acts; each uses the results of the earlier ones."""

    def __init__(
        self, stack: Stack, tell: Narrator, hedy: Subscriber, first: Device, second: Device
    ) -> None:
        """Play on `stack`, narrated by `tell`; `hedy` has a confirmed phone."""
        super().__init__(stack, tell)
        self.hedy, self.first, self.second = hedy, first, second

    def play(self) -> None:
        """From the order to the replacement."""
        self.adding()
        self.using()
        self.losing()
        self.replacing()

    def adding(self) -> None:
        """B5, D4, S14: bought for an existing credential, registered with a code of its phone."""
        self.tell.act("Hedy buys a hardware token for her subscription")
        holder = self.hedy.holder
        holder.sign_in()
        items = [{"product": "added-token", "credential": holder.credential}]
        order = holder.person.order(items=items)
        on_payment_page(order, "pay")
        self.await_fulfilled(holder.person, order)
        self._ship(self.first, order=order["number"])
        self.mail("hedy", f"token of order {order['number']} is on its way")
        self._password_alone_registers_none(self.first)
        self.elevates(self.hedy, self.sent(self.hedy, "text"))
        self._registers(self.first)
        self.mail("hedy", "Your token is registered")

    def using(self) -> None:
        """E1: the token first, the phone as well."""
        self.tell.act("She signs in with the token")
        person = self.hedy.holder.person
        person.expect(204, "DELETE", "/session")
        offered = self.hedy.holder.sign_in()["elevation"]
        self.tell.check(
            "both are offered, the token first",
            [one["method"] for one in offered] == ["token", "phone"],
            ", ".join(one["label"] for one in offered),
        )
        self.stack.clock.move(timedelta(seconds=30))
        code = self.first.code()
        elevated = person.elevate(code)
        self.tell.check(
            f"the token shows {code}: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
        )

    def losing(self) -> None:
        """D4, S22: only the sessions that the token elevated fall back."""
        self.tell.act("She has lost the token, and gives it up")
        elsewhere = Person(self.stack.url, "hedy")
        elsewhere.sign_in(PERMANENT)
        path = f"/credentials/{self.hedy.holder.credential}/token/revocation"
        credential = elsewhere.expect(200, "POST", path)
        self.tell.check(
            "the password is enough for that: the credential stays, without a token",
            (credential["status"], credential["token"]) == ("active", None),
        )
        shown = self.hedy.holder.person.expect(200, "GET", "/session")
        self.tell.check(
            "a session that the token made stronger is back at strength 1", shown["strength"] == 1
        )
        refused = self.hedy.holder.person.elevate(self.first.code(ahead=1))
        self.tell.check(
            "whoever finds it has nothing: its next code is refused",
            refused.status_code == 403,
            refused.json()["detail"],
        )
        self.tell.mail(self.mail("hedy", "Your token was revoked"))

    def replacing(self) -> None:
        """D4, S14: an operator sends another one, registered with a code of the phone."""
        self.tell.act("An operator sends her another one")
        self._ship(self.second, user_id="hedy")
        self.mail("hedy", "Your replacement token is on its way")
        self._password_alone_registers_none(self.second)
        self.elevates(self.hedy, self.sent(self.hedy, "text"))
        self._registers(self.second)

    def _ship(self, device: Device, **to: str) -> None:
        event = {"serial": device.serial, "tracking": "1Z 999 AA1 01 2345 6784"}
        shipped = self.stack.invoke(
            "OperationsFunction",
            {"operation": "mark_shipped", "reason": "Handed to the carrier", **event, **to},
        )
        self.tell.check(f"{device.serial} is shipped", "error" not in shipped)

    def _password_alone_registers_none(self, device: Device) -> None:
        holder = self.hedy.holder
        refused = holder.person.register(holder.credential, device.serial, device.pair())
        self.tell.check(
            "whoever has only the password can't register it, token in hand or not",
            refused.json()["code"] == "elevation_required",
            refused.json()["detail"],
        )

    def _registers(self, device: Device) -> None:
        holder = self.hedy.holder
        done = holder.person.register(holder.credential, device.serial, device.pair())
        self.tell.check(
            "a session that the phone made stronger registers it",
            done.status_code == 201 and done.json()["token"]["serial"] == f"…{device.serial[-4:]}",
        )
