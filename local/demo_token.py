"""The demo's acts about a credential: from the token's batch to its revocation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.client import Person
from local.device import OATHTOOL, Device, key_file
from local.key_files import drop
from local.narrator import Narrator
from local.play import PERMANENT, Play, license_key_in
from local.stack import Stack


class TokenLife(Play):
    """The acts; each uses the results of the earlier ones."""

    device: Device
    spare: list[Device]
    credential: str

    def __init__(self, stack: Stack, tell: Narrator, ada: Person) -> None:
        """Play on `stack`, narrated by `tell`; `ada` keeps her session from act to act."""
        super().__init__(stack, tell)
        self.ada = ada

    def shipping(self, order: dict[str, Any]) -> None:
        """G1, B5, C1: a batch is imported, one of its tokens is shipped."""
        self.tell.act("A batch of tokens arrives, and hers is shipped")
        devices = [Device(f"KF-{number:06d}", self.stack.clock.now) for number in range(1, 26)]
        self.device, self.spare = devices[0], devices[2:]
        report = drop(self.stack, "demo/first-batch.csv", key_file(*devices).encode())
        self.tell.check(
            "the key file dropped in the bucket became 25 tokens",
            "imported" in report and "Tokens  25" in report,
            "the report stands beside it",
        )
        early = self.ada.call(
            "POST",
            "/license-redemptions",
            {"license_key": self._license_key(order), "legal_name": "Ada Byron", "country": "US"},
            headers={"Idempotency-Key": "before-the-token"},
        )
        self.tell.check(
            "her license key is right, but she has to wait for the token",
            early.json()["code"] == "wait_for_token",
            early.json()["detail"],
        )
        shipped = self.stack.invoke(
            "OperationsFunction",
            {
                "operation": "mark_shipped",
                "reason": "Handed to the carrier",
                "order": order["number"],
                "serial": self.device.serial,
                "tracking": "1Z 999 AA1 01 2345 6784",
            },
        )
        self.tell.check(
            f"an operator marks {self.device.serial} as shipped",
            len(shipped["shipments"]) == 1,
        )
        self.tell.mail(self.mail("ada", f"token of order {order['number']} is on its way"))

    def redeeming(self, order: dict[str, Any]) -> None:
        """C1, S27: the key becomes a credential."""
        self.tell.act("She enters the license key")
        typed = self._license_key(order).lower().replace("0", "o").replace("-", " ")
        credential = self.ada.redeem(typed)
        self.credential = credential["id"]
        self.tell.check(
            "lower case, blanks and O for 0 are forgiven",
            credential["status"] == "pending_activation",
            f"valid until {credential['expires_at'][:10]}, a year from the payment",
        )
        grace = Person(self.stack.url, "grace")
        grace.sign_in(PERMANENT)
        again = grace.call(
            "POST",
            "/license-redemptions",
            {"license_key": typed, "legal_name": "Grace Murray", "country": "US"},
            headers={"Idempotency-Key": "the-same-key-again"},
        )
        self.tell.check(
            "for her colleague the same key is no key any more",
            again.json()["code"] == "unknown_license_key",
        )
        active = self.ada.expect(200, "POST", f"/credentials/{self.credential}/activation")
        self.tell.check("activated: level 2", (active["status"], active["level"]) == ("active", 2))

    def registering(self) -> None:
        """D1, D2: serial and two consecutive codes."""
        self.tell.act("She registers the token")
        pair, wrong = self.device.pair(), self.device.pair(ahead=-3)
        swapped = {"first_code": pair["second_code"], "second_code": pair["first_code"]}
        refused = self.ada.register(self.credential, self.device.serial, swapped)
        self.tell.check(
            "the codes the wrong way round are refused",
            refused.json()["code"] == "wrong_codes",
            refused.json()["detail"],
        )
        other = self.ada.register(self.credential, "KF-000002", wrong)
        self.tell.check(
            "so is a token that wasn't shipped to her",
            other.json()["code"] == "wrong_serial",
        )
        done = self.ada.register(self.credential, self.device.serial, pair)
        self.tell.check(
            "serial number and two consecutive codes: registered",
            done.status_code == 201 and done.json()["token"]["serial"] == "…0001",
            "codes by oathtool" if OATHTOOL else "codes by pyotp",
        )
        self.mail("ada", "was registered")

    def signing_in(self) -> None:
        """E1, E2, S2, S21: password and code."""
        self.tell.act("She signs out, and in again with password and code")
        self.ada.expect(204, "DELETE", "/session")
        began = self.ada.sign_in(PERMANENT)
        self.tell.check(
            "the password alone gives strength 1 and offers the token",
            began["strength"] == 1 and began["elevation"][0]["label"] == "…0001",
        )
        self.stack.clock.move(timedelta(seconds=30))
        before, code = self.ada.token, self.device.code()
        elevated = self.ada.elevate(code)
        self.tell.check(
            f"the token shows {code}: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
            f"until {elevated.json().get('elevated_until')}",
        )
        old = Person(self.stack.url, "ada", token=before)
        self.tell.check(
            "the session has a new token, the old one is dead",
            old.call("GET", "/session").status_code == 401,
        )
        again = self.ada.elevate(code)
        self.tell.check(
            "the same code again is refused",
            again.json()["code"] == "code_already_used",
            again.json()["detail"],
        )

    def locking(self) -> None:
        """E3, S4, S8: five wrong codes."""
        self.tell.act("Somebody tries five wrong codes")
        right = self.device.code(ahead=1)
        wrong = f"{(int(right) + 1) % 10**8:08d}"
        answers = [self.ada.elevate(wrong).json()["code"] for _ in range(5)]
        self.tell.check(
            "the fifth locks the token", answers == ["wrong_code"] * 4 + ["token_locked"]
        )
        self.tell.mail(self.mail("ada", "is locked"))
        self.stack.clock.move(timedelta(seconds=30))
        locked = self.ada.elevate(self.device.code())
        self.tell.check(
            "the right code is refused now, and not spent",
            locked.json()["code"] == "token_locked",
            locked.json()["detail"],
        )
        shown = self.ada.expect(200, "GET", "/session")
        self.tell.check("her session is back at strength 1", shown["strength"] == 1)

    def resynchronizing(self) -> None:
        """F2, S7: two consecutive codes unlock it."""
        self.tell.act("She resynchronizes it with two consecutive codes")
        self.stack.clock.move(timedelta(seconds=60))
        found = self.ada.expect(
            200,
            "POST",
            f"/credentials/{self.credential}/resynchronization",
            self.device.pair(),
        )
        self.tell.check("unlocked", found["status"] == "active")
        self.stack.clock.move(timedelta(seconds=30))
        elevated = self.ada.elevate(self.device.code())
        self.tell.check(
            "the next code signs her in: strength 2",
            elevated.status_code == 201 and elevated.json()["strength"] == 2,
        )
        history = self.ada.expect(200, "GET", f"/credentials/{self.credential}/history")
        for event in reversed(history["events"]):
            self.tell.note(f"{event['at'][11:19]}  {event['what']}, by {event['by']}")

    def revoking(self) -> None:
        """F3, S22: everything ends at once."""
        self.tell.act("She revokes the credential")
        self.ada.sign_in(PERMANENT)
        other = Person(self.stack.url, "ada")
        other.sign_in(PERMANENT)
        path = f"/credentials/{self.credential}/revocation"
        asked = self.ada.call("POST", path, {"confirm": False})
        self.tell.check("it wants to be confirmed", asked.json()["code"] == "not_confirmed")
        self.ada.expect(200, "POST", path, {"confirm": True})
        dead = [one.call("GET", "/session").status_code for one in (self.ada, other)]
        self.tell.check("every session is dead at once", dead == [401, 401])
        self.tell.mail(self.mail("ada", "This is the temporary password"))
        old = Person(self.stack.url, "ada").call(
            "POST", "/session", {"user_id": "ada", "password": PERMANENT}
        )
        self.tell.check("the old password is good for nothing", old.status_code in {401, 409})

    def _license_key(self, order: dict[str, Any]) -> str:
        return license_key_in(self.mail("ada", f"license key for order {order['number']}"))
