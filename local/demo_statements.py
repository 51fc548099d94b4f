"""The demo's acts about a holder's way to a statement, and its end (A10, E4, F5)."""

from __future__ import annotations

from typing import Any

import requests

from local.application import Application
from local.client import Person, mails, on_payment_page, phone_code
from local.demo_newcomers import Newcomers
from local.demo_registration import APPLICATION
from local.narrator import Narrator
from local.phoning import Phoning
from local.play import PERMANENT, license_key_in
from local.stack import Stack

_VAULT = "design-vault"


class Statements(Phoning):
    """Beatrice follows her next steps to a statement; Elsie suspends and revokes."""

    def __init__(self, stack: Stack, tell: Narrator, people: Newcomers) -> None:
        """Play on `stack`, narrated by `tell`; `people` are Elsie and Beatrice."""
        super().__init__(stack, tell)
        self.people = people
        self.elsie, self.beatrice = people.elsie, people.beatrice
        self.hub, self.vault = (
            Application(id=one, issuer=stack.url, clock=stack.clock.now)
            for one in (APPLICATION, _VAULT)
        )

    def play(self) -> None:
        """From the purchase to the revocation."""
        self.following()
        self.stating()
        self.refusing()
        self.suspending()
        self.lifting()
        self.revoking()

    def following(self) -> None:
        """A10: each step is the one that the API names."""
        self.tell.act("Beatrice does what her next step says, until it says “nothing”")
        person, one = self._person, self.beatrice.holder
        self._next("buy")
        order = person.order(items=[{"product": "phone"}])
        shown = self._next("pay")
        self.tell.check("with the payment page", shown["link"] == order["checkout_url"])
        on_payment_page(order, "pay")
        self.await_fulfilled(person, order)
        self._next("enter_key")
        mail = self.mail_to(one.email, f"Your license key for order {order['number']}")
        one.credential = person.redeem(license_key_in(mail), name=one.name, country=one.country)[
            "id"
        ]
        route = self._next("activate")["route"]
        person.expect(200, route["method"], route["path"])
        route = self._next("register_phone")["route"]
        self.tell.check(
            "its route is about her credential",
            route == {"method": "POST", "path": f"/credentials/{one.credential}/phones"},
        )
        self.adds_phone(self.beatrice)
        self._next("nothing")

    def stating(self) -> None:
        """E4, S26: signed for one application, verified by its own program."""
        self.tell.act("She opens the Quality Hub, which asks Keyfob who she is")
        before = self._ask(APPLICATION)
        self.tell.check(
            "without a code there is no statement",
            before.json()["missing"] == ["code"],
            before.json()["detail"],
        )
        self.elevates(self.beatrice, self.sent(self.beatrice, "text"))
        statement = self._ask(APPLICATION).json()["statement"]
        claims = self.hub.claims(statement)
        self.tell.check(
            "with one there is, and the published keys verify it",
            (claims["acr"], claims["amr"]) == ("urn:keyfob:level:2", ["pwd", "sms"]),
            f"aud {claims['aud']}, acr {claims['acr']}, amr {', '.join(claims['amr'])}",
        )
        self.tell.check("it doesn't say her name or user id", "beatrice" not in str(claims).lower())
        self.tell.check(
            "another application's program refuses it, and everybody's an altered one",
            self.vault.refuses(statement) and self.hub.refuses(_altered(statement)),
        )

    def refusing(self) -> None:
        """A7: a refusal names all that is missing."""
        refused = self._ask(_VAULT)
        self.tell.check(
            "for the Design Vault she gets none, and is told everything that is missing",
            refused.json()["missing"] == ["subscription", "access", "hardware_token"],
            ", ".join(refused.json()["missing"]),
        )

    def suspending(self) -> None:
        """F5, G5, S24: at once, by another person, for a reason."""
        self.tell.act("Beatrice is away, and Elsie suspends her credential")
        self.signs_in(self.elsie)
        code = phone_code(self.sent(self.beatrice, "text"))
        shown = self._administer("POST", "suspension", reason="On leave until March").json()
        self.tell.check("suspended, by the administrator", shown["status"] == "suspended")
        mail = self.mail_to(self.beatrice.holder.email, "Your credential was suspended")
        self.tell.mail(mail)
        refused = self._person.elevate(code, method="phone")
        self.tell.check(
            f"{code}, sent to her a moment before, is refused",
            refused.json()["code"] == "credential_suspended",
            refused.json()["detail"],
        )
        self.tell.check(
            "and there is no statement any more",
            self._ask(APPLICATION).json()["missing"] == ["reenabling"],
        )
        own = self._person.call("DELETE", f"/credentials/{self._credential}/suspension")
        self.tell.check(
            "she can't lift it herself",
            own.json()["code"] == "suspended_by_others",
            own.json()["detail"],
        )
        self._next("wait_for_reenabling")

    def lifting(self) -> None:
        """F5: by the same kind of person who set it."""
        self.tell.act("She is back")
        shown = self._administer("DELETE", "suspension", reason="Back from leave").json()
        self.tell.check("Elsie lifts the suspension", shown["status"] == "active")
        self.mail_to(self.beatrice.holder.email, "Your credential was re-enabled")
        self.elevates(self.beatrice, self.sent(self.beatrice, "text"))

    def revoking(self) -> None:
        """F3, F5, S24: for good."""
        self.tell.act("In the end Beatrice leaves the company")
        self.signs_in(self.elsie)
        body = {"reason": "Has left the company"}
        unsure = self._administer("POST", "revocation", confirm=False, **body)
        self.tell.check("a revocation is confirmed, or not done", not unsure.ok)
        shown = self._administer("POST", "revocation", confirm=True, **body).json()
        self.tell.check("Elsie revokes her credential", shown["status"] == "revoked")
        self.mail_to(self.beatrice.holder.email, "Your credential was revoked")
        self.wait(
            lambda: mails(
                self.stack.url,
                to=self.beatrice.holder.email,
                containing="Your temporary password",
            ),
            2,
            "and her password is reset",
        )
        session = self._person.call("GET", "/session").status_code
        old = Person(self.stack.url, "beatrice").call(
            "POST", "/session", {"user_id": "beatrice", "password": PERMANENT}
        )
        self.tell.check(
            "her session and her password are dead", (session, old.status_code) == (401, 401)
        )
        self._look_back()

    def _look_back(self) -> None:
        path = f"/admin/accounts/{self.people.account}/credential/history"
        events = self._elsie.expect(200, "GET", path)["events"]
        hers = [one["what"] for one in events if one["by"] == "administrator"]
        self.tell.check("the credential's history names all three acts", len(hers) == 3)
        for one in reversed(hers):
            self.tell.note(one)

    @property
    def _person(self) -> Person:
        return self.beatrice.holder.person

    @property
    def _elsie(self) -> Person:
        return self.elsie.holder.person

    @property
    def _credential(self) -> str:
        return self.beatrice.holder.credential

    def _next(self, step: str) -> dict[str, Any]:
        return self.people.next_is(self._person, step)

    def _ask(self, application: str) -> requests.Response:
        return self._person.call("POST", f"/applications/{application}/statement")

    def _administer(self, method: str, act: str, **body: Any) -> requests.Response:
        path = f"/admin/accounts/{self.people.account}/credential/{act}"
        return self._elsie.call(method, path, body)


def _altered(statement: str) -> str:
    """The same with another claim: a byte in the middle is another one."""
    head, claims, signature = statement.split(".")
    other = "A" if claims[20] != "A" else "B"
    return f"{head}.{claims[:20]}{other}{claims[21:]}.{signature}"
