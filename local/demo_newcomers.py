"""The demo's acts about a new organization's people: first login, terms, access (A4 to A6, A10)."""

from __future__ import annotations

import re
from typing import Any

from local.client import Person, idempotency_key
from local.demo_registration import APPLICATION, HOME, ONE_TIME
from local.handset import Handset
from local.holders import Holder, newcomer
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.play import PERMANENT
from local.stack import Stack

_TEMPORARY = re.compile(r"(?m)^ {4}((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})\s*$")
_BEATRICE = {
    "user_id": "beatrice",
    "email": "beatrice@acme.example",
    "first_name": "Beatrice",
    "last_name": "Worsley",
}


class Newcomers(Phoning):
    """Elsie administers the new organization, Beatrice becomes its first holder."""

    account: str

    def __init__(self, stack: Stack, tell: Narrator, elsie: Holder) -> None:
        """Play on `stack`, narrated by `tell`; `elsie` has not signed in yet."""
        super().__init__(stack, tell)
        self.elsie = Subscriber(holder=elsie, handset=Handset(stack.url, "+15135550146"))
        beatrice = newcomer(stack, HOME, "beatrice", "Beatrice Worsley", _BEATRICE["email"])
        self.beatrice = Subscriber(holder=beatrice, handset=Handset(stack.url, "+15135550147"))

    def play(self) -> None:
        """From the first login to the access."""
        self.beginning()
        self.accepting_terms()
        self.making_an_account()
        self.asking()
        self.approving()

    def beginning(self) -> None:
        """A4, A10: the one-time password is good for one thing."""
        self.tell.act("Elsie signs in with the one-time password that the office has given her")
        challenge = self._elsie.sign_in(ONE_TIME)
        self.tell.check(
            "it only lets her choose a new one",
            challenge["status"] == "new_password_required"
            and self._elsie.call("GET", "/terms").status_code == 401,
        )
        body = {"password": PERMANENT}
        self._elsie.token = self._elsie.expect(201, "POST", "/session/new-password", body)["token"]
        mail = self.mail_to(self.elsie.holder.email, "You can sign in now")
        self.tell.mail(mail)
        self.next_is(self._elsie, "accept_terms")

    def accepting_terms(self) -> None:
        """A4: once for everybody in the organization."""
        self.tell.act("She accepts the terms, for the whole organization")
        [terms] = self._elsie.expect(200, "GET", "/terms")["terms"]
        self.tell.check(
            "the terms of one application are outstanding",
            terms["application"] == APPLICATION and terms["outstanding"],
            f"{terms['application_name']}, version {terms['version']}",
        )
        for line in terms["text"].splitlines():
            self.tell.note(line)
        path = f"/terms/{APPLICATION}/acceptance"
        other = self._elsie.call("POST", path, {"version": "2025-01"})
        self.tell.check(
            "a version that is not the current one can't be accepted",
            other.json()["code"] == "terms_changed",
            other.json()["detail"],
        )
        done = self._elsie.expect(200, "POST", path, {"version": terms["version"]})
        self.tell.check(
            "this one is accepted, by name", done["accepted_by"] == self.elsie.holder.name
        )
        self.next_is(self._elsie, "buy")

    def making_an_account(self) -> None:
        """A5, S24: what an administrator may do before the first authenticator."""
        self.tell.act("She has nothing but a password yet, and makes Beatrice's account")
        body = {**_BEATRICE, "reason": "Joins the quality team"}
        made = self._elsie.expect(201, "POST", "/admin/accounts", body, headers=idempotency_key())
        self.account = made["id"]
        self.tell.check("it is made", made["user_id"] == "beatrice")
        more = {**body, "user_id": "eve", "organization_administrator": True}
        refused = self._elsie.call("POST", "/admin/administrators", more, headers=idempotency_key())
        self.tell.check(
            "another administrator's takes a code, which she can't give yet",
            refused.json()["code"] == "elevation_required",
            refused.json()["detail"],
        )
        self.mail_to(_BEATRICE["email"], "has made an account for you")

    def asking(self) -> None:
        """A6, A10: the holder is told what to do, and by whom."""
        self.tell.act("Beatrice signs in, and is told to ask for access")
        mail = self.mail_to(_BEATRICE["email"], "Your temporary password")
        [temporary] = _TEMPORARY.findall(mail["text"])
        self._beatrice.first_sign_in(temporary, PERMANENT)
        self.mail_to(_BEATRICE["email"], "You can sign in now")
        self.next_is(self._beatrice, "ask_for_access")
        body = {"reason": "I measure the castings."}
        asked = self._beatrice.expect(202, "POST", f"/applications/{APPLICATION}/access", body)
        self.tell.check("she asks", asked["state"] == "requested")
        for address in (self.elsie.holder.email, "ursula@acme.example"):
            self.mail_to(address, "asks for access to Quality Hub")
        self.next_is(self._beatrice, "wait_for_access")

    def approving(self) -> None:
        """A6, S24: decided by an administrator of the application, with a code."""
        self.tell.act("Elsie gets phone codes of her own, to decide about others")
        weak = self._decide()
        self.tell.check(
            "a password decides nothing about anybody",
            weak.json()["code"] == "elevation_required",
        )
        self.gets_phone_codes(self.elsie)
        self.elevates(self.elsie, self.sent(self.elsie, "text"))
        path = f"/applications/{APPLICATION}/access-requests"
        [request] = self._elsie.expect(200, "GET", path)["requests"]
        self.tell.check(
            "she sees the request",
            request["account"] == self.account,
            f"{request['name']}: “{request['reason']}”",
        )
        self.tell.check("and approves it", self._decide().json()["state"] == "approved")
        self.mail_to(_BEATRICE["email"], "You have access to Quality Hub")
        self.next_is(self._elsie, "nothing")

    def next_is(self, person: Person, step: str) -> dict[str, Any]:
        """The one thing that is outstanding for this person, as the API says it."""
        shown: dict[str, Any] = person.expect(200, "GET", "/next-step")
        self.tell.check(f"next step: {step}", shown["step"] == step, shown["detail"])
        return shown

    @property
    def _elsie(self) -> Person:
        return self.elsie.holder.person

    @property
    def _beatrice(self) -> Person:
        return self.beatrice.holder.person

    def _decide(self) -> Any:
        path = f"/applications/{APPLICATION}/access/{self.account}"
        body = {"decision": "approve", "reason": "Measures castings since November"}
        return self._elsie.call("POST", path, body)
