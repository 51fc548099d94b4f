"""The demo's acts about money that goes back: one piece of an order, and a dispute that is won."""

from __future__ import annotations

from typing import Any

import requests

from local.client import Unexpected, eventually, idempotency_key
from local.holders import Holder
from local.moving import first_name
from local.narrator import Narrator
from local.play import Play
from local.stack import Stack

_TIMEOUT = 60


class GivenBack(Play):
    """The acts about an invoice order of three keys, two of them redeemed."""

    def __init__(
        self, stack: Stack, tell: Narrator, buyer: Holder, colleagues: tuple[Holder, ...]
    ) -> None:
        """Play on `stack`, narrated by `tell`; the last colleague hasn't entered the key."""
        super().__init__(stack, tell)
        self.buyer, self.colleagues = buyer, colleagues

    def play(self, order: dict[str, Any], unredeemed: str) -> None:
        """A refund by line, then a dispute about one payment."""
        self.refunding(order, unredeemed)
        self.disputing(order)

    def refunding(self, order: dict[str, Any], unredeemed: str) -> None:
        """B4, S40: an operator gives the money of one key back; the key is dead."""
        last = self.colleagues[-1]
        piece = len(self.colleagues)
        self.tell.act(f"{first_name(last)} doesn't need hers, and an operator gives the money back")
        self.stack.invoke(
            "OperationsFunction",
            {
                "operation": "refund_lines",
                "order": order["number"],
                "pieces": [piece],
                "reason": "Asked for by the purchaser",
            },
        )
        what = f"piece {piece} of {order['number']} is canceled, the others stay"
        with self.tell.waiting(what):
            eventually(lambda: self._shown(order)["canceled_pieces"] == [piece], what=what)
        self.tell.mail(self.mail_to(self.buyer.email, "goes back to you"))
        refused = last.person.call(
            "POST",
            "/license-redemptions",
            {"license_key": unredeemed, "legal_name": last.name, "country": last.country},
            headers=idempotency_key(),
        )
        self.tell.check(
            "its license key is none any more", refused.json()["code"] == "unknown_license_key"
        )

    def disputing(self, order: dict[str, Any]) -> None:
        """B4, S40: credentials are suspended while the bank asks, and work again afterwards."""
        self.tell.act("The bank disputes one of the payments")
        opened = self._bank(
            "disputes", payment_intent=self._payment(order), status="needs_response"
        )
        users = self.colleagues[:-1]
        self._become("suspended", users)
        self.tell.mail(self.mail_to(users[0].email, "was suspended"))
        self._bank(f"disputes/{opened['id']}", status="won")
        self._become("active", users)
        self.mail_to(users[0].email, "was re-enabled")

    def _become(self, status: str, users: tuple[Holder, ...]) -> None:
        names = " and ".join(first_name(one) for one in users)
        what = f"the credentials of {names} are {status}"
        with self.tell.waiting(what):
            eventually(lambda: {one.look()["status"] for one in users} == {status}, what=what)

    def _shown(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.buyer.person.show(order["number"])

    def _payment(self, order: dict[str, Any]) -> str:
        """A payment of the order, as an operator sees it."""
        found = self.stack.operator("ines").call("GET", f"/operator/orders/{order['number']}")
        payments: list[str] = found.json()["payments"]
        if not payments:
            raise Unexpected(f"{order['number']} has no payment")
        return payments[0]

    def _bank(self, act: str, **asked: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.stack.url}/_control/{act}", json=asked, timeout=_TIMEOUT)
        answer.raise_for_status()
        done: dict[str, Any] = answer.json()
        return done
