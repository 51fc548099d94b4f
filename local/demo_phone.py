"""The demo's acts about phones: codes by text and by call, from the test message to a browser."""

from __future__ import annotations

from datetime import timedelta

from local.browser import Browser
from local.client import on_payment_page, phone_code, phone_requests
from local.moving import first_name
from local.narrator import Narrator
from local.phoning import A_MINUTE_LATER, Phoning, Subscriber
from local.play import PERMANENT, Mail, license_key_in
from local.stack import Stack

_PREMIUM = "+1 900 555 0143"
_REMEMBERED = "__Host-remembered"


class PhoneLife(Phoning):
    """The acts; each uses the results of the earlier ones."""

    def __init__(self, stack: Stack, tell: Narrator, hedy: Subscriber, emmy: Subscriber) -> None:
        """Play on `stack`, narrated by `tell`; both keep their session and their phone."""
        super().__init__(stack, tell)
        self.hedy, self.emmy = hedy, emmy

    def play(self) -> None:
        """From the test message to the remembered browser."""
        self.trying()
        self.buying()
        self.adding()
        self.signing_in_by_text()
        self.signing_in_by_call()
        self.hearing_it_in_german()
        self.guessing()
        self.using_a_browser()

    def trying(self) -> None:
        """B1, S13: a number is tested before anything is bought for it."""
        self.tell.act("Hedy wants her codes by phone, and tries hers before she buys")
        self.tell.note(f"every text and call of this run is at {self.stack.url}/messages, too")
        person, handset = self.hedy.holder.person, self.hedy.handset
        person.first_sign_in(self.temporary["hedy"], PERMANENT)
        test = {"number": "+1 (202) 555-0143", "channel": "text"}
        tried = person.expect(201, "POST", "/phone-tests", test)
        self.tell.check("a test message goes out", tried["number"] == "+1 … 43")
        self.tell.phone_message(handset.next())
        before = phone_requests(self.stack.url)
        refused = person.call("POST", "/phone-tests", {**test, "number": _PREMIUM})
        self.tell.check(
            f"{_PREMIUM}, which earns from being called, is refused and nothing is sent",
            refused.json()["code"] == "phone_not_allowed"
            and phone_requests(self.stack.url) == before,
            refused.json()["detail"],
        )

    def buying(self) -> None:
        """B4, C1: no wait for a token."""
        self.tell.act("She buys phone codes for a year, and so does Emmy, in Berlin")
        self.emmy.holder.person.first_sign_in(self.temporary["emmy"], PERMANENT)
        both = [self.hedy.holder, self.emmy.holder]
        orders = [one.person.order(items=[{"product": "phone"}]) for one in both]
        for order in orders:
            on_payment_page(order, "pay")
        for one, order in zip(both, orders, strict=True):
            self.await_fulfilled(one.person, order)
            key = license_key_in(self._key_mail(one.person.user_id, order["number"]))
            one.credential = one.person.redeem(key, name=one.name, country=one.country)["id"]
            active = one.person.expect(200, "POST", f"/credentials/{one.credential}/activation")
            self.tell.check(
                f"{first_name(one)} enters the license key at once: active, and no phone yet",
                (active["status"], active["phones"]) == ("active", []),
            )

    def _key_mail(self, user_id: str, order: str) -> Mail:
        """B5: mails come in the language of their reader's account."""
        if user_id == "emmy":
            return self.mail(user_id, f"Ihr Lizenzschlüssel zur Bestellung {order}")
        return self.mail(user_id, f"Your license key for order {order}")

    def adding(self) -> None:
        """D3, S14: a phone counts once its code was typed in."""
        self.tell.act("Hedy adds her phone")
        person, credential = self.hedy.holder.person, self.hedy.holder.credential
        self.stack.clock.move(A_MINUTE_LATER)
        added = person.add_phone(credential, self.hedy.handset.number)
        self.hedy.phone = added["id"]
        message = self.hedy.handset.next()
        self.tell.phone_message(message)
        self.tell.check(
            "until its code is entered it is unconfirmed and signs nobody in",
            not added["confirmed"] and not person.expect(200, "GET", "/session")["elevation"],
        )
        done = person.confirm_phone(credential, added["id"], phone_code(message))
        self.tell.check("the code confirms it", done.ok and done.json()["confirmed"])
        self.mail("hedy", "A phone was added to your credential")

    def signing_in_by_text(self) -> None:
        """E1, S11, S12: password and a text."""
        self.tell.act("She signs out, and in again with password and a text")
        person = self.hedy.holder.person
        person.expect(204, "DELETE", "/session")
        [way] = person.sign_in(PERMANENT)["elevation"]
        self.tell.check(
            "the password gives strength 1 and offers the phone",
            (way["method"], way["phone"]) == ("phone", self.hedy.phone),
            f"{way['label']}, {way['number']}",
        )
        message = self.sent(self.hedy, "text")
        self.tell.phone_message(message)
        again = person.ask_for_code(self.hedy.phone)
        self.tell.check(
            "another one within a minute is refused",
            again.json()["code"] == "too_many_tries" and not self.hedy.handset.unheard(),
            again.json()["detail"],
        )
        self.elevates(self.hedy, message)

    def signing_in_by_call(self) -> None:
        """E1: password and a call."""
        self.tell.act("She signs out and in once more, and is called")
        self.hedy.holder.person.expect(204, "DELETE", "/session")
        self.hedy.holder.sign_in()
        message = self.sent(self.hedy, "voice")
        self.tell.phone_message(message)
        self.tell.check(
            "each digit is spoken alone, with pauses, all of them twice",
            message["ssml"].count('interpret-as="digits"') == 2 * len(phone_code(message)),
        )
        self.elevates(self.hedy, message)

    def hearing_it_in_german(self) -> None:
        """D3, E1: texts and calls come in the holder's language."""
        self.tell.act("Emmy's phone is called in German")
        one = self.emmy.holder
        added = one.person.add_phone(one.credential, self.emmy.handset.number, "voice")
        self.emmy.phone = added["id"]
        done = one.person.confirm_phone(
            one.credential, added["id"], phone_code(self.emmy.handset.next())
        )
        self.tell.check("the code of a first call confirms her phone", done.ok)
        message = self.sent(self.emmy, "voice")
        self.tell.phone_message(message)
        self.tell.check("that of a second one is in German", "Ihr Code" in message["text"])
        self.elevates(self.emmy, message)

    def guessing(self) -> None:
        """F2, S11: five wrong codes, and a quarter of an hour."""
        self.tell.act("Somebody who knows Hedy's password guesses at her code")
        person = self.hedy.holder.person
        right = phone_code(self.sent(self.hedy, "text"))
        wrong = f"{(int(right) + 1) % 10**6:06d}"
        first = person.elevate(wrong, method="phone")
        self.tell.check(
            "a wrong code is refused and counted",
            first.json()["code"] == "wrong_code",
            first.json()["detail"],
        )
        answers = [person.elevate(wrong, method="phone").json()["code"] for _ in range(4)]
        self.tell.check(
            "the fifth in a row blocks the phone", answers == ["wrong_code"] * 3 + ["phone_blocked"]
        )
        self.tell.mail(self.mail("hedy", "Codes of your phone are blocked"))
        blocked = person.elevate(right, method="phone")
        shown = person.expect(200, "GET", "/session")
        self.tell.check(
            "the right code is refused now, and her session is back at strength 1",
            (blocked.json()["code"], shown["strength"]) == ("phone_blocked", 1),
            blocked.json()["detail"],
        )
        self.stack.clock.move(timedelta(minutes=15))
        self.tell.check(
            "a quarter of an hour later the phone is free, and the old code is dead",
            person.elevate(right, method="phone").json()["code"] == "no_live_code",
        )
        self.elevates(self.hedy, self.sent(self.hedy, "text"))

    def using_a_browser(self) -> None:
        """E1, S21, S22: a session by cookie, and the list of all sessions."""
        self.tell.act("She signs in with her browser, too")
        person, browser = self.hedy.holder.person, Browser(self.stack.url)
        began = browser.sign_in("hedy", PERMANENT).json()
        self.tell.check(
            "its session is a cookie that no script can read, and no token",
            began["token"] is None and browser.is_signed_in() and not began["remembered"],
        )
        self.stack.clock.move(A_MINUTE_LATER)
        asked = {"phone": self.hedy.phone, "channel": "text"}
        browser.call("POST", "/session/phone-codes", asked)
        elevated = browser.elevate(phone_code(self.hedy.handset.next()), method="phone")
        self.tell.check(
            "a text later: strength 2, and the browser is remembered",
            elevated.status_code == 201 and _REMEMBERED in browser.kept,
        )
        sessions = browser.call("GET", "/sessions").json()["sessions"]
        for one in sessions:
            mark = ", this one" if one["current"] else ""
            self.tell.note(f"since {one['created_at'][11:19]}, by {one['authenticator']}{mark}")
        [program] = [one for one in sessions if one["id"] == person.token.split(".")[1]]
        browser.call("DELETE", f"/sessions/{program['id']}")
        self.tell.check(
            "from here she ends the other one, her program's",
            not person.call("GET", "/session").ok and browser.is_signed_in(),
        )
        browser.call("DELETE", "/session")
        self.tell.check("she signs out", not browser.is_signed_in())
        again = browser.sign_in("hedy", PERMANENT).json()
        self.tell.check(
            "and in again: it knows the browser, which may ask for the code at once",
            (again["remembered"], again["strength"]) == (True, 1),
        )
        browser.call("DELETE", "/session")
