"""The demo's acts about proofing: a holder in Kolkata and an agent in New York (C3 to C5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import requests

from local.client import Person, phone_code
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.play import PERMANENT
from local.stack import Stack

_PASSED = {"outcome": "passed", "document": "passport", "unexpired": True, "likeness": True}
_ROOM = "https://meet.example.com/agnes"
_ZONE, _AGENTS_ZONE = "Asia/Kolkata", "America/New_York"


class ProofingLife(Phoning):
    """The acts; each uses the results of the earlier ones."""

    proofing: str

    def __init__(self, stack: Stack, tell: Narrator, kamala: Subscriber, agnes: Subscriber) -> None:
        """Play on `stack`, narrated by `tell`; both have a phone."""
        super().__init__(stack, tell)
        self.kamala, self.agnes = kamala, agnes

    def play(self) -> None:
        """From the license key to level 3."""
        self.hiring()
        self.choosing()
        self.missing()
        self.moving()
        self.being_proofed()
        self.activating()

    def hiring(self) -> None:
        """C3: an operator makes an account an agent, with hours on her wall."""
        self.tell.act("Agnes in New York proofs people, from Monday to Friday")
        self.begins(self.agnes.holder)
        self.gets_phone_codes(self.agnes)
        hours = [{"day": day, "from": "09:00", "until": "17:00"} for day in range(1, 6)]
        event = {
            "operation": "set_agent",
            "reason": "Begins to proof",
            "user_id": "agent",
            "time_zone": _AGENTS_ZONE,
            "languages": ["en"],
            "hours": hours,
            "room": _ROOM,
        }
        answer = self.stack.invoke("OperationsFunction", event)
        self.tell.check("an operator enters her hours", answer.get("active") is True)

    def choosing(self) -> None:
        """C1, C2: a product with proofing is not activated before it."""
        self.tell.act("Kamala in Kolkata buys phone codes with proofing")
        self.begins(self.kamala.holder)
        self.buys(self.kamala.holder, "phone-proofed")
        refused = self._kamala.call("POST", self._path("activation"))
        self.tell.check(
            "the license key alone activates nothing",
            refused.json()["code"] == "proofing_required",
            refused.json()["detail"],
        )
        chosen = self._kamala.expect(200, "POST", self._path("proofing"), {"method": "live"})
        self.proofing = chosen["id"]
        self.tell.check("she chooses a meeting with an agent", chosen["state"] == "to_book")

    def missing(self) -> None:
        """C3: who doesn't come books another one."""
        start = self._slots()[0]
        shown = self._books(start)
        self.tell.check(
            "she books the first time that is free, by the clock on her wall",
            shown["local"].endswith("+05:30"),
            f"{shown['local']} in Kolkata",
        )
        told = self.mail("kamala", "Your appointment on")
        self.tell.mail(told)
        room = self._room()
        self.tell.check(
            "the mail and the appointment name the same meeting room, made for this meeting",
            bool(room) and room != _ROOM and room in told["text"],
        )
        self._move_to(start, minutes=16)
        self.signs_in(self.agnes)
        place = f"/agent/appointments/{shown['id']}/result"
        self.agnes.holder.person.expect(200, "POST", place, {"outcome": "no_show"})
        self.mail("kamala", "You missed your appointment")
        self.tell.check(
            "she doesn't come: it costs her another booking", self._state() == "to_book"
        )

    def moving(self) -> None:
        """C3, S33: a move frees the old time in the same moment."""
        self.tell.act("She books again, and moves it by half an hour")
        first, later = self._slots()[:2]
        before = self._books(first)
        after = self._books(later)
        self.tell.check(
            "the appointment is the same, half an hour later",
            (after["id"], after["start"]) == (before["id"], written(later)),
        )
        self.tell.check("the old time is free again", first in self._slots())
        self.mail("kamala", "is moved to")
        self.appointment, self.start = after["id"], later

    def being_proofed(self) -> None:
        """C4, S34: the agent's day and the result."""
        self.tell.act("Agnes sees her passport in the meeting")
        agnes = self.agnes.holder.person
        self.signs_in(self.agnes)
        self.tell.check("no result can be given before it begins", self._result() == 409)
        self._move_to(self.start)
        self.signs_in(self.agnes)
        day = agnes.expect(200, "GET", "/agent/appointments")
        [meeting] = [one for one in day["appointments"] if one["id"] == self.appointment]
        for name in ("Agnes", "Kamala"):
            requests.get(meeting["room"], params={"name": name}, timeout=10)
        inside = requests.get(meeting["room"], timeout=10).text
        self.tell.check(
            "both are in the meeting's room, whose page says who is in",
            meeting["room"] == self._room() and "Agnes" in inside and "Kamala" in inside,
        )
        self.tell.check(
            "her desk shows the name that must be on the document",
            meeting["legal_name"] == "Kamala Sohonie",
            f"{meeting['local']} in New York",
        )
        place = f"/agent/appointments/{self.appointment}/result"
        self.code = agnes.expect(200, "POST", place, _PASSED)["activation_code"]
        self.tell.check("she reads out an activation code, which is shown once", bool(self.code))
        self.tell.check("a second result is refused", self._result() == 409)

    def activating(self) -> None:
        """C5: the code activates at level 3."""
        self.tell.act("Kamala enters the activation code")
        self._kamala.sign_in(PERMANENT)
        wrong = self._kamala.call(
            "POST", self._path("activation"), {"activation_code": "00000-00000-00000"}
        )
        self.tell.check("a wrong code is refused", wrong.json()["code"] == "wrong_activation_code")
        body = {"activation_code": self.code.lower().replace("-", " ")}
        active = self._kamala.expect(200, "POST", self._path("activation"), body)
        self.tell.check(
            "hers activates the credential at level 3, however it is typed",
            (active["status"], active["level"]) == ("active", 3),
        )
        self.adds_phone(self.kamala)
        message = self.sent(self.kamala, "text")
        elevated = self._kamala.elevate(phone_code(message), method="phone").json()
        self.tell.check("with her phone she signs in at strength 3", elevated["strength"] == 3)

    @property
    def _kamala(self) -> Person:
        return self.kamala.holder.person

    def _path(self, act: str) -> str:
        return f"/credentials/{self.kamala.holder.credential}/{act}"

    def _slots(self) -> list[datetime]:
        self._kamala.sign_in(PERMANENT)
        today = self.stack.clock.now().date()
        until = today + timedelta(days=7)
        asked = f"from={today}&to={until}&time_zone={_ZONE}"
        found = self._kamala.expect(200, "GET", f"/proofings/{self.proofing}/slots?{asked}")
        return [datetime.fromisoformat(one["start"]) for one in found["slots"]]

    def _books(self, start: datetime) -> dict[str, Any]:
        body = {"start": written(start), "time_zone": _ZONE, "phone": "+91 98765 43210"}
        path = f"/proofings/{self.proofing}/appointment"
        shown: dict[str, Any] = self._kamala.expect(200, "PUT", path, body)["appointment"]
        return shown

    def _room(self) -> str:
        self._kamala.sign_in(PERMANENT)
        path = f"/proofings/{self.proofing}/appointment"
        return str(self._kamala.expect(200, "GET", path)["room"])

    def _state(self) -> str:
        self._kamala.sign_in(PERMANENT)
        return str(self._kamala.expect(200, "GET", self._path("proofing"))["state"])

    def _result(self) -> int:
        place = f"/agent/appointments/{self.appointment}/result"
        return self.agnes.holder.person.call("POST", place, _PASSED).status_code

    def _move_to(self, start: datetime, minutes: int = 0) -> None:
        self.stack.clock.move(start + timedelta(minutes=minutes) - self.stack.clock.now())


def written(at: datetime) -> str:
    """An instant as the API writes it."""
    return at.isoformat().replace("+00:00", "Z")
