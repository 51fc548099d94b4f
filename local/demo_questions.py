"""The demo's acts about proofing by a credit bureau's questions (C2)."""

from __future__ import annotations

from typing import Any

from local.bureau_double import right_answers
from local.client import on_payment_page
from local.holders import Holder
from local.letter_provider import LetterProvider
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.stack import Stack

# Of the bureau's double: it finds the person, and three right answers pass.
_FOUND = {
    "born": "1985-08-26",
    "ssn": "0002",
    "street": "12 Alder Street",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78701",
}


class Questions(Phoning):
    """Katherine answers rightly, Mary wrongly and gets a letter; Hedy upgrades what she has."""

    def __init__(
        self,
        stack: Stack,
        tell: Narrator,
        hedy: Subscriber,
        people: tuple[Holder, Holder],
    ) -> None:
        """Play on `stack`, narrated by `tell`; `hedy` has a phone, two `people` buy something."""
        super().__init__(stack, tell)
        self.hedy = hedy
        self.katherine, self.mary = people

    def play(self) -> None:
        """Hedy is proofed for what she has; of two others one at once, one by a letter."""
        self.upgrading()
        self.tell.act("Katherine and Mary, in Texas, buy phone codes with proofing")
        for one in (self.katherine, self.mary):
            self.begins(one)
            self.buys(one, "phone-proofed")
        self.agreeing()
        self.answering_rightly()
        case = self.answering_wrongly()
        self.writing(case)

    def upgrading(self) -> None:
        """C6: an upgrade is bought for a credential in use, and begun with a code."""
        self.tell.act("Hedy upgrades her credential")
        person, credential = self.hedy.holder.person, self.hedy.holder.credential
        item = {"product": "proofing-upgrade", "credential": credential}
        order = person.order(items=[item])
        on_payment_page(order, "pay")
        self.await_fulfilled(person, order)
        self.elevates(self.hedy, self.sent(self.hedy, "text"))
        body = {"acknowledged": True, "legal_name": "Hedy Kiesler", "country": "US"}
        begun = person.expect(200, "POST", f"/credentials/{credential}/upgrade", body)
        self.tell.check(
            "she has bought and begun an upgrade; so far her level is 2",
            (begun["proofing"], begun["level"]) == (True, 2),
        )
        case = self._asked(self.hedy.holder, ssn="0003", state="full_ssn")
        told = person.expect(
            200, "POST", f"/proofings/{case}/identity", _FOUND | {"ssn": "123-45-0003"}
        )
        self.tell.check("four digits weren't enough, nine are", told["state"] == "questions")
        self._answers(self.hedy.holder, case, right_answers())
        self.elevates(self.hedy, self.sent(self.hedy, "text"), strength=3)

    def agreeing(self) -> None:
        """C2: consent comes before any personal datum."""
        refused = self._about(self.katherine, "POST", "proofing", {"method": "instant"})
        self.tell.check(
            "a credit bureau is asked about nobody who didn't agree",
            refused.json()["code"] == "consent_required",
            refused.json()["detail"],
        )

    def answering_rightly(self) -> None:
        """C2, S31: right answers prove at once."""
        case = self._asked(self.katherine)
        shown = self.katherine.person.expect(200, "GET", f"/proofings/{case}/questions")
        self.tell.check("the bureau finds her, and asks", len(shown["questions"]) > 1)
        for one in shown["questions"]:
            self.tell.note(one["text"])
        done = self._answers(self.katherine, case, right_answers())
        self.tell.check("her answers prove who she is", done["state"] == "proofed")
        self.mail("katherine", "Your identity was proven")
        active = self._about(self.katherine, "POST", "activation").json()
        self.tell.check(
            "without a code her credential is activated at level 3",
            (active["status"], active["level"]) == ("active", 3),
        )

    def answering_wrongly(self) -> str:
        """C2, S32: nobody is told which answers were wrong; returns the case."""
        case = self._asked(self.mary)
        wrong = dict.fromkeys(right_answers(), "None of these")
        done = self._answers(self.mary, case, wrong)
        self.tell.check(
            "Mary's don't, and nobody says which were wrong",
            (done["state"], done["attempts_left"]) == ("wrong_answers", 0),
        )
        self.tell.check("a letter can be had", done["letter"]["available"] is True)
        return case

    def writing(self, case: str) -> None:
        """C2, C5: a code by letter, to the address that the bureau confirmed."""
        self.tell.act("Mary asks for a code by letter")
        asked = self.mary.person.expect(200, "POST", f"/proofings/{case}/letter", {"person": None})
        self.tell.check("the bureau confirms her address", asked["state"] == "letter_requested")
        provider = LetterProvider(self.stack)
        report = self.stack.invoke("LettersFunction", {})
        letters = provider.collect()
        self.tell.check("at night it goes to the printer", len(letters) == 1, f"{report}")
        again = self.stack.invoke("LettersFunction", {})
        self.tell.check(
            "another run prints it no second time",
            (again["letters"], provider.collect()) == (0, []),
        )
        self.tell.letter(letters[0].lines)
        provider.acknowledge(letters, self.stack.clock.now().date())
        self.tell.mail(self.mail("mary", "A letter with your activation code"))
        shown = self._about(self.mary, "GET", "proofing").json()
        self.tell.check(
            "the case shows the code's last day",
            shown["state"] == "letter_sent",
            f"mailed on {shown['letter']['mailed_on']}, good until "
            f"{shown['letter']['code_last_day']}",
        )
        chosen = self._about(self.mary, "POST", "proofing", {"method": "live"}).json()
        self.tell.check("she can still meet an agent", chosen["state"] == "to_book")
        active = self._about(
            self.mary, "POST", "activation", {"activation_code": letters[0].code}
        ).json()
        self.tell.check(
            "but the letter comes first, and its code activates her credential at level 3",
            (active["status"], active["level"]) == ("active", 3),
        )

    def _asked(self, one: Holder, *, ssn: str = "0002", state: str = "questions") -> str:
        """The case of somebody who agreed, and about whom the bureau was asked."""
        body = {"method": "instant", "consent": True}
        case = str(self._about(one, "POST", "proofing", body).json()["id"])
        told = one.person.expect(200, "POST", f"/proofings/{case}/identity", _FOUND | {"ssn": ssn})
        self.tell.check(f"the bureau is asked about {one.name}", told["state"] == state)
        return case

    def _answers(self, one: Holder, case: str, answers: dict[str, str]) -> dict[str, Any]:
        path = f"/proofings/{case}/answers"
        done: dict[str, Any] = one.person.expect(200, "POST", path, {"answers": answers})
        return done

    def _about(self, one: Holder, method: str, act: str, body: dict[str, Any] | None = None) -> Any:
        return one.person.call(method, f"/credentials/{one.credential}/{act}", body)
