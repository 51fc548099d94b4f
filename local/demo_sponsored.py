"""The demo's acts about a sponsored credential: from a buyer's campaign to its holder's sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.client import idempotency_key, new_order
from local.device import Device
from local.holders import Holder
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.stack import Stack


class Sponsored(Phoning):
    """The acts; each uses the results of the earlier ones."""

    def __init__(
        self, stack: Stack, tell: Narrator, dorothy: Subscriber, holder: Holder, device: Device
    ) -> None:
        """Play on `stack`, narrated by `tell`; `dorothy` has a phone, `device` is in stock."""
        super().__init__(stack, tell)
        self.dorothy, self.holder, self.device = dorothy, holder, device

    def play(self) -> None:
        """The whole story."""
        campaign = self.sponsoring()
        accepted = self.accepting(campaign)
        self.registering(accepted)
        self.reporting(campaign)

    def sponsoring(self) -> str:
        """B6: a campaign for one account; its holder is told."""
        self.tell.act(f"Dorothy's company pays for {self.holder.name}'s hardware token")
        self.signs_in(self.dorothy)
        campaign = self.dorothy.holder.person.expect(
            201,
            "POST",
            "/partner/campaigns",
            {
                "name": "Pilot suppliers",
                "product": "hardware-token",
                "accounts": [self.holder.person.user_id],
                "number": 1,
                "reason": "Pilot of the parts portal",
            },
            headers=idempotency_key(),
        )
        self.tell.check(
            "a campaign for one credential",
            (campaign["state"], campaign["number"], campaign["accepted"]) == ("open", 1, 0),
            campaign["name"],
        )
        self.tell.mail(self.mail_to(self.holder.email, "pays for your credential"))
        return str(campaign["id"])

    def accepting(self, campaign: str) -> dict[str, Any]:
        """B6, A10: the next step leads to the offer; no license key is needed."""
        person = self.holder.person
        step = person.expect(200, "GET", "/next-step")
        self.tell.check(
            "the next step is to accept it",
            step["step"] == "accept_sponsorship",
        )
        accepted: dict[str, Any] = person.expect(
            201,
            "POST",
            f"/sponsorships/{campaign}/acceptance",
            {
                "legal_name": self.holder.name,
                "country": "US",
                "shipping_address": new_order()["shipping_address"],
            },
            headers=idempotency_key(),
        )
        self.holder.credential = accepted["credential"]["id"]
        delivery = accepted["delivery"]
        self.tell.check(
            "accepted: pending activation, without a license key",
            accepted["credential"]["status"] == "pending_activation",
            f"the token comes in {delivery['from_days']} to {delivery['to_days']} business days",
        )
        self.mail_to(self.holder.email, "is pending activation")
        person.expect(200, "POST", f"/credentials/{self.holder.credential}/activation")
        return accepted

    def registering(self, accepted: dict[str, Any]) -> None:
        """D1, E1: shipped, registered, signed in with."""
        self.stack.invoke(
            "OperationsFunction",
            {
                "operation": "mark_shipped",
                "reason": "Handed to the carrier",
                "order": accepted["order"],
                "serial": self.device.serial,
                "tracking": "1Z 999 AA1 01 2345 6784",
            },
        )
        self.mail_to(self.holder.email, "is on its way")
        person = self.holder.person
        done = person.register(self.holder.credential, self.device.serial, self.device.pair())
        self.tell.check("the token that came is registered", done.status_code == 201)
        self.stack.clock.move(timedelta(seconds=60))
        self.holder.sign_in()
        elevated = person.elevate(self.device.code())
        self.tell.check(
            "its code signs in: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
        )

    def reporting(self, campaign: str) -> None:
        """B6: the sponsor sees what it has paid for."""
        self.signs_in(self.dorothy)
        report = self.dorothy.holder.person.expect(200, "GET", f"/partner/campaigns/{campaign}")
        self.tell.check(
            "Dorothy's report: one offered, one accepted, one in use",
            (report["offered"], report["accepted"], report["active"]) == (1, 1, 1),
        )
