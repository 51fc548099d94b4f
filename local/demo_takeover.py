"""The demo's acts about a takeover that a text to a phone stops (S54)."""

from __future__ import annotations

import re
from typing import Any

import requests

from local.client import (
    Person,
    eventually,
    idempotency_key,
    mails,
    on_payment_page,
    phone_code,
    phone_messages,
)
from local.demo_accounts import code_in
from local.narrator import Narrator
from local.phoning import A_MINUTE_LATER, Phoning, Subscriber
from local.play import license_key_in
from local.stack import Stack

_STOLEN, _CHOSEN, _OWN = (
    "nine borrowed umbrellas drip",
    "velvet anchors under the mill",
    "lanterns above the slow canal",
)
_THIEFS = "+13035550177"
_TEMPORARY = re.compile(r"(?m)^ {4}((?:[0-9A-Z]{5}-){3}[0-9A-Z]{5})\s*$")
_LINK = re.compile(r"https?://\S+/v1/freezes/\S+")


class Takeover(Phoning):
    """Somebody reads Hedy's mail; her phone and an operator give her the account back."""

    credential: str

    def __init__(self, stack: Stack, tell: Narrator, hedy: Subscriber) -> None:
        """Play on `stack`, narrated by `tell`; `hedy` has a phone and a credential."""
        super().__init__(stack, tell)
        self.hedy = hedy
        self.thief = Person(stack.url, "hedy")

    def play(self) -> None:
        """From the mailbox to the phone, and back."""
        self.breaking_in()
        self.being_held()
        self.freezing()
        self.getting_it_back()

    def breaking_in(self) -> None:
        """A mailbox alone recovers the password and ends the credential."""
        self.tell.act("Somebody reads Hedy's mail, and wants her account")
        before = len(self._recovery_mails())
        self.thief.expect(202, "POST", "/password-recovery", {"user_id": "hedy"})
        new = eventually(lambda: self._recovery_mails()[before:], what="a recovery code")
        body = {"user_id": "hedy", "code": code_in(new[-1]["text"]), "password": _STOLEN}
        self.thief.expect(204, "POST", "/password-recovery/confirmation", body)
        self.thief.sign_in(_STOLEN)
        path = f"/credentials/{self.hedy.holder.credential}/revocation"
        self.thief.expect(200, "POST", path, {"confirm": True})
        self.tell.note("the intruder recovers the password, and revokes her credential")
        self._take_temporary_password(self.thief, _CHOSEN)

    def being_held(self) -> None:
        """S54: buying and redeeming go on, the first phone has to wait."""
        order = self.thief.order(items=[{"product": "phone"}])
        on_payment_page(order, "pay")
        self.await_fulfilled(self.thief, order)
        key = license_key_in(self.mail("hedy", f"Your license key for order {order['number']}"))
        self.credential = self.thief.redeem(key, name="Hedy Kiesler")["id"]
        self.thief.expect(200, "POST", f"/credentials/{self.credential}/activation")
        self.tell.note("then buys another one, redeems and activates it")
        refused = self._add(self.thief, _THIEFS)
        self.tell.check(
            "but can't register a phone for three days",
            refused.json()["code"] == "binding_held",
            f"until {refused.json()['until']}",
        )

    def freezing(self) -> None:
        """The text goes to the phone that was registered before."""
        self.tell.act("Her phone buzzes")
        told = eventually(self._warnings, what="a text to her phone")
        self.tell.phone_message(told[-1])
        [link] = _LINK.findall(told[-1]["text"])
        page = requests.get(link, timeout=60)
        self.tell.check(
            "the link opens a page with a button; opening it changes nothing",
            page.status_code == 200
            and "<form" in page.text
            and self.thief.call("GET", "/session").ok,
        )
        requests.post(link, timeout=60).raise_for_status()
        out = Person(self.stack.url, "hedy").call(
            "POST", "/session", {"user_id": "hedy", "password": _CHOSEN}
        )
        self.tell.check(
            "she presses it: the intruder is out, and can't come back in",
            (self.thief.call("GET", "/session").status_code, out.json()["code"])
            == (401, "account_frozen"),
            out.json()["detail"],
        )

    def getting_it_back(self) -> None:
        """An operator thaws the account, and releases the binding with a code."""
        self.tell.act("An operator, who has seen her face, gives Hedy her account back")
        self._operate("thaw_account", "Identity verified by video, mailbox secured")
        answer = self._operate("release_binding", "She needs to sign in today")
        person = self.hedy.holder.person
        self._take_temporary_password(person, _OWN)
        held = self._add(person, self.hedy.handset.number)
        self.stack.clock.move(A_MINUTE_LATER)
        added = self._add(person, self.hedy.handset.number, release_code=answer["code"])
        self.tell.check(
            f"with {answer['code']}, which the operator told her, she needn't wait",
            (held.json()["code"], added.status_code) == ("binding_held", 201),
        )
        self.hedy.holder.credential, self.hedy.phone = self.credential, added.json()["id"]
        path = f"/credentials/{self.credential}/phones/{self.hedy.phone}/confirmation"
        code = phone_code(self._texts()[-1])
        person.expect(200, "POST", path, {"code": code, "release_code": answer["code"]})
        self.hedy.handset.heard = len(self._texts())
        self.elevates(self.hedy, self.sent(self.hedy, "text"))

    def _operate(self, operation: str, reason: str) -> dict[str, Any]:
        """Do this for Hedy, and wait for the temporary password that it mails."""
        before = len(self._temporary_mails())
        event = {"operation": operation, "user_id": "hedy", "reason": reason}
        answer: dict[str, Any] = self.stack.invoke("OperationsFunction", event)
        eventually(lambda: len(self._temporary_mails()) > before, what="a temporary password")
        return answer

    def _add(self, who: Person, number: str, **more: str) -> requests.Response:
        body = {"number": number, "label": "My phone", "channel": "text", **more}
        path = f"/credentials/{self.credential}/phones"
        return who.call("POST", path, body, headers=idempotency_key())

    def _take_temporary_password(self, who: Person, chosen: str) -> None:
        found = eventually(self._temporary_mails, what="a temporary password")
        [temporary] = _TEMPORARY.findall(found[-1]["text"])
        who.first_sign_in(temporary, chosen)

    def _temporary_mails(self) -> list[dict[str, Any]]:
        to, words = self.mail_of["hedy"], "Your temporary password"
        return mails(self.stack.url, to=to, containing=words)

    def _recovery_mails(self) -> list[dict[str, Any]]:
        to, words = self.mail_of["hedy"], "Your code for a new password"
        return mails(self.stack.url, to=to, containing=words)

    def _warnings(self) -> list[dict[str, Any]]:
        return [one for one in self._texts() if "/v1/freezes/" in one["text"]]

    def _texts(self) -> list[dict[str, Any]]:
        return phone_messages(self.stack.url, to=self.hedy.handset.number)
