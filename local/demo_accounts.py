"""The demo's acts about accounts: a forgotten password, and one person's other account."""

from __future__ import annotations

import re
from datetime import timedelta

from local.client import Person, idempotency_key, mails, phone_code
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.play import PERMANENT
from local.stack import Stack

_RECOVERED = "seven geese cross the frozen lake"
_MAILED_CODE = re.compile(r"(?m)^ +((?:[0-9A-Z]{5}-){2}[0-9A-Z]{5})$")


class AccountLife(Phoning):
    """The acts; each uses the results of the earlier ones."""

    connection: str

    def __init__(self, stack: Stack, tell: Narrator, hedy: Subscriber) -> None:
        """Play on `stack`, narrated by `tell`; `hedy` has a credential and a confirmed phone."""
        super().__init__(stack, tell)
        self.hedy = hedy
        self.child = Person(stack.url, "hedy.bolt")

    def play(self) -> None:
        """From the forgotten password to the end of the connection."""
        self.recovering()
        self.asking()
        self.connecting()
        self.disconnecting()

    def recovering(self) -> None:
        """A4, S17, S22, S25: a mailed code, and notifications to all addresses."""
        self.tell.act("Ten minutes later Hedy has forgotten her password")
        # A number gets at most five messages in ten minutes, and hers has had them.
        self.stack.clock.move(timedelta(minutes=10))
        person, stranger = self.hedy.holder.person, Person(self.stack.url, "hedy")
        person.sign_in(PERMANENT)
        asked = stranger.call("POST", "/password-recovery", {"user_id": "hedy"})
        unknown = stranger.call("POST", "/password-recovery", {"user_id": "nobody"})
        self.tell.check(
            "she asks for a code; for a user id that nobody has the answer is the same",
            asked.status_code == 202 and asked.text == unknown.text,
        )
        mail = self.mail("hedy", "Your code for a new password")
        self.tell.mail(mail)
        body = {"user_id": "hedy", "code": code_in(mail["text"]), "password": _RECOVERED}
        stranger.expect(204, "POST", "/password-recovery/confirmation", body)
        again = stranger.call("POST", "/password-recovery/confirmation", body)
        self.tell.check(
            "the code sets a new one, once", again.json()["code"] == "wrong_recovery_code"
        )
        old = stranger.call("POST", "/session", {"user_id": "hedy", "password": PERMANENT})
        self.tell.check(
            "the old password and the session from before are dead",
            (old.status_code, person.call("GET", "/session").status_code) == (401, 401),
        )
        self.mail("hedy", "A new password was set with a code from this mailbox")
        with self.tell.waiting("and her phone is told, too"):
            told = self.hedy.handset.next()
        self.tell.phone_message(told)

    def asking(self) -> None:
        """A8, S25: the account without a credential asks the one that has it."""
        self.tell.act("Hedy works for Bolt & Partner, too, and has a second account there")
        self.child.first_sign_in(self.temporary["hedy.bolt"], PERMANENT)
        asked = self.child.expect(
            202, "POST", "/connections", {"user_id": "hedy"}, headers=idempotency_key()
        )
        self.connection = asked["id"]
        self.tell.check(
            "it asks to use the credential of her first one, and isn't told whether there is one",
            asked["state"] == "requested" and set(asked) == {"id", "state", "expires_at"},
        )
        self.tell.mail(self.mail("hedy", "Your account hedy.bolt asks to use your credential"))

    def connecting(self) -> None:
        """A8, S20: the account with the credential confirms the request, with a code."""
        self.tell.act("Her first account confirms it")
        person = self.hedy.holder.person
        person.sign_in(_RECOVERED)
        path = f"/connections/{self.connection}/confirmation"
        weak = person.call("POST", path)
        self.tell.check(
            "the password alone isn't enough for that",
            weak.json()["code"] == "elevation_required",
            weak.json()["detail"],
        )
        self.elevates(self.hedy, self.sent(self.hedy, "text"))
        person.expect(200, "POST", path)
        self.tell.check(
            "a code is: connected, and the second account has to sign in anew",
            self.child.call("GET", "/session").status_code == 401,
        )
        self._told_twice("are connected")
        offered = self.child.sign_in(PERMANENT)["elevation"]
        self.tell.check(
            "there it is offered her phone",
            self.hedy.phone in [one["phone"] for one in offered],
            ", ".join(f"{one['method']} {one['number'] or one['label']}" for one in offered),
        )
        code = phone_code(self.sent(self.hedy, "text", by=self.child))
        elevated = self.child.elevate(code, method="phone")
        self.tell.check(
            f"{code} signs the second account in: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
        )
        self.tell.check(
            "the credential itself stays the first one's: here there is none to see or to change",
            self.child.expect(200, "GET", "/credentials") == {"credentials": []},
        )

    def disconnecting(self) -> None:
        """A8, S22: either of them ends it at any time."""
        self.tell.act("Her first account disconnects the second")
        self.hedy.holder.person.expect(204, "DELETE", f"/connections/{self.connection}")
        self.tell.check(
            "its session has ended", self.child.call("GET", "/session").status_code == 401
        )
        self.tell.check(
            "the password still signs it in, and no code is offered any more",
            self.child.sign_in(PERMANENT)["elevation"] == [],
        )
        self._told_twice("are no longer connected")

    def _told_twice(self, words: str) -> None:
        """Both accounts are notified, and both have this mailbox."""
        to = self.mail_of["hedy"]
        self.wait(
            lambda: mails(self.stack.url, to=to, containing=f"hedy {words}"),
            2,
            f"two mails arrive, one for each account: “… {words}”",
        )


def code_in(text: str) -> str:
    """The code in a recovery mail.

    Raises:
        ValueError: there is none.
    """
    found = _MAILED_CODE.search(text)
    if found is None:
        raise ValueError("there is no code in the mail")
    return found[1]
