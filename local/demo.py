"""`make demo`: a life from the first sign-in to the revocation, one by phone, four by the clock.

It plays on the deployed template. Nothing is bypassed: real HTTP, real queues, the real Stripe SDK,
real MIME mail. A step with an unexpected result stops the demo with a non-zero exit.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

from local.client import Person, Unexpected, control, eventually, mails, on_payment_page
from local.demo_accounts import AccountLife
from local.demo_clock import ClockLife
from local.demo_operator import OperatorFinds
from local.demo_organizations import Organizations
from local.demo_phone import PhoneLife
from local.demo_phone_token import AddedToken
from local.demo_proofing import ProofingLife
from local.demo_questions import Questions
from local.demo_store import Store
from local.demo_takeover import Takeover
from local.demo_token import TokenLife
from local.deploy import DeploymentFailed
from local.holders import cast
from local.narrator import Narrator
from local.phoning import subscriber
from local.play import PERMANENT, Play
from local.seed import seed
from local.services import StartFailed
from local.stack import FunctionFailed, Stack, local_stack


class Purchase(Play):
    """The acts, in order; each uses the results of the earlier ones."""

    def __init__(self, stack: Stack, tell: Narrator, ada: Person) -> None:
        """Play on `stack`, narrated by `tell`; `ada` keeps her session from act to act."""
        super().__init__(stack, tell)
        self.ada = ada
        self.grace = Person(stack.url, "grace")

    def signing_in(self) -> None:
        """E1, A4: a temporary password, a new one, a session of strength 1."""
        self.tell.act("Ada signs in for the first time")
        refused = self.ada.call("POST", "/session", {"user_id": "ada", "password": "not-hers"})
        unknown = self.ada.call("POST", "/session", {"user_id": "nobody", "password": "not-hers"})
        self.tell.check(
            "a wrong password and an unknown user get the same answer",
            refused.status_code == 401 and refused.text == unknown.text,
            refused.json()["detail"],
        )
        challenge = self.ada.sign_in(self.temporary["ada"])
        self.tell.check(
            "the temporary password only lets her choose a new one",
            challenge["status"] == "new_password_required"
            and self.ada.call("GET", "/orders").status_code == 401,
        )
        weak = self.ada.call("POST", "/session/new-password", {"password": "short"})
        self.tell.check("a weak one is refused", weak.status_code == 422, weak.json()["detail"])
        session = self.ada.expect(201, "POST", "/session/new-password", {"password": PERMANENT})
        self.ada.token = session["token"]
        shown = self.ada.expect(200, "GET", "/session")
        self.tell.check("she has a session of strength 1", shown["strength"] == 1)
        self.mail("ada", "You can sign in now")

    def ordering(self) -> dict[str, Any]:
        """B1, B3: from the catalog to the payment page."""
        self.tell.act("She orders a hardware token")
        offers = self.ada.expect(200, "GET", "/partners/northwind/products")["products"]
        for offer in offers:
            self.tell.note(f"{offer['currency']} {offer['price'] / 100:>7.2f}  {offer['name']}")
        refused = self.ada.call(
            "POST",
            "/orders",
            {"partner": "northwind"},
            headers={"Idempotency-Key": "incomplete"},
        )
        self.tell.check(
            "an incomplete order is refused and says what is missing",
            refused.status_code == 422,
            ", ".join(refused.json()["fields"]),
        )
        order = self.ada.order(key="ada-first-order")
        self.tell.check(
            f"order {order['number']}: net, tax and total come from the catalog",
            (order["net"], order["tax"], order["total"]) == (8500, 701, 9201),
            f"{order['currency']} {order['total'] / 100:.2f}, tax {order['tax'] / 100:.2f}",
        )
        again = self.ada.order(key="ada-first-order")
        self.tell.check("the same request again is the same order", again == order)
        self.grace.first_sign_in(self.temporary["grace"], PERMANENT)
        foreign = self.grace.call("GET", f"/orders/{order['number']}")
        missing = self.grace.call("GET", "/orders/SO-99999")
        self.tell.check(
            "to her colleague it looks like an order that doesn't exist",
            foreign.status_code == 404 and foreign.text == missing.text,
        )
        return order

    def paying(self, order: dict[str, Any]) -> None:
        """B4, B5: the webhook, the queue, the worker, the keys, the mails."""
        self.tell.act("She pays on Stripe's page")
        on_payment_page(order, "decline")
        self.tell.check(
            "a declined card changes nothing",
            self.ada.show(order["number"])["state"] == "awaiting_payment",
        )
        on_payment_page(order, "pay")
        self.await_fulfilled(self.ada, order)
        self.tell.mail(self.mail("ada", f"{order['number']} is confirmed"))
        self.tell.mail(self.mail("ada", "license key for order"))

    def losing_the_webhook(self) -> None:
        """B4: the clock makes up for a lost Stripe event."""
        self.tell.act("Stripe's event for her next order is lost on the way")
        self._stripe(webhooks="drop")
        order = self.ada.order(quantity=2)
        on_payment_page(order, "pay")
        state = self.ada.show(order["number"])["state"]
        self.tell.check("paid at Stripe, unpaid here", state == "awaiting_payment")
        self._stripe(webhooks="deliver")
        self.stack.clock.move(timedelta(minutes=6))
        swept = self.stack.invoke("LifecycleSweepFunction", {})
        self.tell.check(
            "six minutes later the sweep finds it due", swept["queued"] >= 1, f"{swept}"
        )
        self.await_fulfilled(self.ada, order)
        keys = self.wait(
            lambda: mails(self.stack.url, to=self.mail_of["ada"], containing="license key for"),
            3,
            "two more license keys are in the mailbox",
        )
        self.tell.check("each key is another one", len({mail["text"] for mail in keys}) == 3)

    def canceling(self) -> None:
        """B4: the first effect closes the payment page."""
        self.tell.act("She orders once more and changes her mind")
        order = self.ada.order()
        canceled = self.ada.expect(200, "POST", f"/orders/{order['number']}/cancellation")
        self.tell.check("the order is canceled", canceled["state"] == "canceled")
        self.mail("ada", f"{order['number']} was canceled")
        closed = "its payment page is closed at Stripe, nobody can pay it"
        with self.tell.waiting(closed):
            eventually(lambda: on_payment_page(order, "pay").status_code >= 400, what=closed)

    def leaving(self) -> None:
        """E2: signing out everywhere."""
        self.tell.act("She signs out everywhere")
        other = Person(self.stack.url, "ada")
        other.sign_in(PERMANENT)
        self.ada.expect(204, "DELETE", "/sessions")
        dead = [one.call("GET", "/session").status_code for one in (self.ada, other)]
        self.tell.check("both of her sessions are dead at once", dead == [401, 401])

    def auditing(self) -> None:
        """G4: the trail is valid."""
        self.tell.act("An operator checks the audit trail")
        self.stack.clock.move(timedelta(hours=1, minutes=15))
        sealed = self.stack.invoke("AuditHeadsFunction", {})["sealed"]
        verdict = self.stack.invoke("OperationsFunction", {"operation": "verify_audit"})
        self.tell.check(
            "every entry is in its chain and under a signed head",
            verdict["intact"] and verdict["heads"] == sealed > 0,
            f"{verdict['entries']} entries, {verdict['heads']} signed heads",
        )

    def auditing_the_years(self) -> None:
        """G4, S48: no chain is broken; missing hours are detected, too.

        A seal is made every hour: it would take some seventeen thousand to catch up with a clock
        that was moved by two years.
        """
        self.tell.act("The operator checks the trail once more")
        verdict = self.stack.invoke("OperationsFunction", {"operation": "verify_audit"})
        unsealed = [one for one in verdict["faults"] if one.endswith("are under no head")]
        self.tell.check(
            "the chains of two years hold, with what was sealed before",
            unsealed == verdict["faults"],
            f"{verdict['entries']} entries, {verdict['heads']} signed heads",
        )
        self.tell.check(
            "the hours that the moved clock left unsealed are reported",
            len(unsealed) > 0,
            f"{len(unsealed)} hours with entries, for example: {unsealed[0]}",
        )

    def _stripe(self, **settings: str) -> None:
        control(self.stack.url, "stripe", settings)


def play(stack: Stack, tell: Narrator) -> None:
    """The whole play."""
    ada = Person(stack.url, "ada")
    purchase, token = Purchase(stack, tell, ada), TokenLife(stack, tell, ada)
    purchase.signing_in()
    order = purchase.ordering()
    purchase.paying(order)
    token.shipping(order)
    token.redeeming(order)
    token.registering()
    token.signing_in()
    token.locking()
    token.resynchronizing()
    OperatorFinds(stack, tell).play(order, token)
    purchase.losing_the_webhook()
    purchase.canceling()
    purchase.leaving()
    token.revoking()
    hedy = subscriber(stack, "hedy", "+12025550143")
    PhoneLife(stack, tell, hedy, subscriber(stack, "emmy", "+4915123456789")).play()
    AddedToken(stack, tell, hedy, *token.spare[:2]).play()
    AccountLife(stack, tell, hedy).play()
    Takeover(stack, tell, hedy).play()
    katherine, mary = cast(stack, "katherine", "mary")
    Questions(stack, tell, hedy, (katherine, mary)).play()
    kamala = subscriber(stack, "kamala", "+12025550144")
    ProofingLife(stack, tell, kamala, subscriber(stack, "agent", "+12025550145")).play()
    organizations = Organizations(stack, tell)
    organizations.play()
    Store(stack, tell, organizations.dorothy, token.spare[5]).play()
    purchase.auditing()
    ClockLife(stack, tell).play()
    purchase.auditing_the_years()


def main() -> int:
    """Start, play, sum up, stop; 1 if anything went wrong."""
    tell, began = Narrator(), time.monotonic()
    try:
        with local_stack(front=True) as stack:
            seed(stack)
            play(stack, tell)
            tell.summary(stack.url, time.monotonic() - began)
    except (Unexpected, StartFailed, DeploymentFailed, FunctionFailed, TimeoutError) as failure:
        print(f"\nThe demo stopped: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is left running.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
