"""People of the demo who each buy a credential for themselves, and their later views of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.client import Person, Unexpected, eventually, mails, on_payment_page
from local.device import Device, key_file
from local.key_files import drop
from local.play import PERMANENT, Mail, license_key_in
from local.seed import content
from local.stack import Stack

_PATIENCE = 60.0
# Order confirmed, license key, token on its way, activated, registered.
_MAILS_OF_A_PURCHASE = 5


@dataclass
class Holder:
    """A person of the demo with a credential; `zone` is the organization's.

    `views` are the API's views of the credential, with their times.
    """

    stack: Stack
    person: Person
    name: str
    organization: str
    country: str
    zone: ZoneInfo
    email: str
    device: Device
    credential: str = ""
    views: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    read: int = 0

    def sign_in(self) -> dict[str, Any]:
        """Sign in with the password alone."""
        return self.person.sign_in(PERMANENT)

    def look(self) -> dict[str, Any]:
        """The API's current view of the credential."""
        view: dict[str, Any] = self.person.expect(200, "GET", f"/credentials/{self.credential}")
        self.views.append((self.stack.clock.now(), view))
        return view

    def history(self) -> list[dict[str, Any]]:
        """The credential's whole history, oldest first."""
        path, events, cursor = f"/credentials/{self.credential}/history", [], ""
        while True:
            page = self.person.expect(200, "GET", f"{path}?limit=50{cursor}")
            events += page["events"]
            if not page["cursor"]:
                return events[::-1]
            cursor = f"&cursor={page['cursor']}"

    def mails(self) -> list[Mail]:
        """Every mail that has arrived, oldest first."""
        return mails(self.stack.url, to=self.email)

    def unread(self) -> list[Mail]:
        """The mails since the last one read."""
        return self.mails()[self.read :]

    def local(self, at: datetime) -> str:
        """An instant in this person's local time."""
        there = at.astimezone(self.zone)
        return f"{there:%A}, {there.day} {there:%B %Y, %H:%M %Z}"


def cast(stack: Stack, *user_ids: str) -> list[Holder]:
    """People of the demo data, signed in before or not, each with a new token."""
    world = content()
    homes = {one["id"]: one for one in world["organizations"]}
    accounts = {one["user_id"]: one for one in world["accounts"]}
    found = []
    for number, user_id in enumerate(user_ids, start=101):
        account = accounts[user_id]
        home = homes[account["organization"]]
        found.append(
            Holder(
                stack=stack,
                person=Person(stack.url, user_id),
                name=f"{account['first_name']} {account['last_name']}",
                organization=home["name"],
                country=home["country"],
                zone=ZoneInfo(home["time_zone"]),
                email=account["email"],
                device=Device(f"KF-{number:06d}", stack.clock.now),
            )
        )
    return found


def newcomer(stack: Stack, home: dict[str, str], user_id: str, name: str, email: str) -> Holder:
    """Somebody whose account isn't in the demo data; `home` as in a registration."""
    return Holder(
        stack=stack,
        person=Person(stack.url, user_id),
        name=name,
        organization=home["name"],
        country=home["country"],
        zone=ZoneInfo(home["time_zone"]),
        email=email,
        device=Device("none", stack.clock.now),
    )


def deliver_tokens(stack: Stack, holders: list[Holder]) -> None:
    """Import all their tokens."""
    batch = key_file(*(one.device for one in holders))
    drop(stack, "demo/second-batch.csv", batch.encode())


def buy_and_register(holders: list[Holder]) -> None:
    """From the order to the registered token; all of them share each wait."""
    for one in holders:
        one.read = len(one.mails()) + _MAILS_OF_A_PURCHASE
        one.read += _begin(one)
    orders = [one.person.order() for one in holders]
    for order in orders:
        on_payment_page(order, "pay")
    for one, order in zip(holders, orders, strict=True):
        _register(one, order, _license_key(one, order))
    for one in holders:
        _await_mails(one)


def renew(holder: Holder) -> dict[str, Any]:
    """Order the renewal and pay it on Stripe's page; returns the order."""
    items = [{"product": "renewal", "credential": holder.credential}]
    order = holder.person.order(items=items)
    on_payment_page(order, "pay")
    return order


def _begin(one: Holder) -> int:
    """Begin a session, the first with the temporary password; returns how many mails follow."""
    temporary = {each["user_id"]: each["temporary_password"] for each in content()["accounts"]}
    credentials = {"user_id": one.person.user_id, "password": PERMANENT}
    if one.person.call("POST", "/session", credentials).status_code == 201:
        one.sign_in()
        return 0
    one.person.first_sign_in(temporary[one.person.user_id], PERMANENT)
    return 1


def _await_mails(one: Holder) -> None:
    eventually(
        lambda: len(one.mails()) >= one.read,
        seconds=_PATIENCE,
        what=f"every mail to {one.name} about the purchase",
    )


def _license_key(one: Holder, order: dict[str, Any]) -> str:
    wanted = f"Your license key for order {order['number']}"
    found = eventually(
        lambda: mails(one.stack.url, to=one.email, containing=wanted),
        seconds=_PATIENCE,
        what=f"{one.name}'s license key",
    )
    return license_key_in(found[0])


def _register(one: Holder, order: dict[str, Any], license_key: str) -> None:
    one.stack.invoke(
        "OperationsFunction",
        {
            "operation": "mark_shipped",
            "reason": "Handed to the carrier",
            "order": order["number"],
            "serial": one.device.serial,
            "tracking": "1Z 999 AA1 01 2345 6784",
        },
    )
    one.credential = one.person.redeem(license_key, name=one.name, country=one.country)["id"]
    one.person.expect(200, "POST", f"/credentials/{one.credential}/activation")
    one.device.settle()
    answer = one.person.register(one.credential, one.device.serial, one.device.pair(ahead=-1))
    if answer.status_code != 201:
        raise Unexpected(f"{one.name}'s token wasn't registered: {answer.text}")
    one.look()
