"""Shared parts of acts about phones: people with a phone, purchases, and codes sent to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.client import Person, Unexpected, on_payment_page, phone_code
from local.handset import Handset
from local.holders import Holder, cast
from local.moving import first_name
from local.play import PERMANENT, Play, license_key_in
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
    """A play whose people buy something and request codes, each a minute after the last."""

    def begins(self, one: Holder) -> None:
        """Sign in for the first time, as somebody of the demo data."""
        one.person.first_sign_in(self.temporary[one.person.user_id], PERMANENT)

    def buys(self, one: Holder, product: str) -> None:
        """From the order to the redeemed license key."""
        order = one.person.order(items=[{"product": product}])
        on_payment_page(order, "pay")
        self.await_fulfilled(one.person, order)
        found = self.mail_to(one.email, f"Your license key for order {order['number']}")
        key = license_key_in(found)
        one.credential = one.person.redeem(key, name=one.name, country=one.country)["id"]

    def adds_phone(self, who: Subscriber) -> None:
        """Add and confirm the phone.

        Raises:
            Unexpected: the code didn't confirm it.
        """
        person, credential = who.holder.person, who.holder.credential
        who.phone = person.add_phone(credential, who.handset.number)["id"]
        done = person.confirm_phone(credential, who.phone, phone_code(who.handset.next()))
        if not done.ok:
            raise Unexpected(f"the phone wasn't confirmed: {done.text}")

    def gets_phone_codes(self, who: Subscriber) -> None:
        """From the order to a confirmed phone."""
        self.buys(who.holder, "phone")
        path = f"/credentials/{who.holder.credential}/activation"
        who.holder.person.expect(200, "POST", path)
        self.adds_phone(who)

    def signs_in(self, who: Subscriber) -> None:
        """Sign in with password and a text.

        Raises:
            Unexpected: the code was refused.
        """
        who.holder.person.sign_in(PERMANENT)
        elevated = who.holder.person.elevate(phone_code(self.sent(who, "text")), method="phone")
        if not elevated.ok:
            raise Unexpected(f"{who.holder.name}'s code was refused: {elevated.text}")

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
