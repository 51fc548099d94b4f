"""The demo's acts about a new organization: invited, registered, approved (A1, A3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.client import idempotency_key
from local.holders import Holder, newcomer
from local.narrator import Narrator
from local.phoning import Phoning, Subscriber
from local.registrant import Registrant, work
from local.stack import Stack

_OFFICE = "office@acme.example"
APPLICATION = "quality-hub"
ONE_TIME = "copper kettles sing at noon"
HOME = {"name": "Acme Castings", "country": "US", "time_zone": "America/New_York"}
_PROFILE = {
    **HOME,
    "address": ["200 Foundry Road", "Hamilton, OH 45011"],
    "registers": {"duns": "204070601"},
}
_ELSIE = {
    "first_name": "Elsie",
    "last_name": "MacGill",
    "email": "elsie@acme.example",
    "roles": ["organization_administrator", "application_administrator"],
}
_URSULA = {
    "first_name": "Ursula",
    "last_name": "Martius",
    "email": "ursula@acme.example",
    "roles": ["application_administrator"],
}


class Registration(Phoning):
    """Dorothy invites, somebody in the office registers, Olivia approves."""

    def __init__(self, stack: Stack, tell: Narrator, dorothy: Subscriber) -> None:
        """Play on `stack`, narrated by `tell`; `dorothy` administers the buyer, Northwind."""
        super().__init__(stack, tell)
        self.dorothy = dorothy

    def play(self) -> Holder:
        """From the invitation to the approval; returns the new organization's administrator."""
        office = Registrant(self.stack.url, self.inviting())
        self.accepting(office)
        self.entering(office)
        self.submitting(office)
        return self.approving(office)

    def inviting(self) -> dict[str, Any]:
        """A1, S24: with a code of the last ten minutes; returns the invitation's mail."""
        self.tell.act("Dorothy at Northwind, the buyer, invites a supplier")
        self.begins(self.dorothy.holder)
        self.gets_phone_codes(self.dorothy)
        refused = self._invite()
        self.tell.check(
            "her password alone invites nobody",
            refused.json()["code"] == "elevation_required",
            refused.json()["detail"],
        )
        self.elevates(self.dorothy, self.sent(self.dorothy, "text"))
        self.tell.check("with the code she may", self._invite().status_code == 201)
        mail = self.mail_to(_OFFICE, "invites you to collaborate")
        self.tell.mail(mail)
        return mail

    def accepting(self, office: Registrant) -> None:
        """A1: opening the link spends nothing; a person accepts it, once."""
        self.tell.act("Somebody at Acme's new foundry in Hamilton opens the link")
        first, again = office.show_invitation().json(), office.show_invitation()
        self.tell.check(
            "opened twice, it shows the same invitation and is spent by neither",
            again.ok and all(again.json()[name] == first[name] for name in first if name != "form"),
            f"{first['inviter']}, {first['host']}: {first['application']['name']}",
        )
        form = first["form"]
        hasty = office.accept(form, "nothing computed")
        self.tell.check(
            "sent back at once, without the page's computation, the form is refused",
            hasty.json()["code"] in {"form_too_fast", "work_insufficient"},
            hasty.json()["detail"],
        )
        done = work(form)
        self.stack.clock.move(timedelta(seconds=5))
        self.tell.check(
            f"five seconds later, with {form['bits']} zero bits found, it begins a registration",
            office.accept(form, done).status_code == 201,
        )
        spent = office.show_invitation()
        self.tell.check(
            "now the link is spent",
            spent.json()["code"] == "invitation_accepted",
            spent.json()["detail"],
        )
        self.mail_to(_OFFICE, "Your registration at")

    def entering(self, office: Registrant) -> None:
        """A1, S55: saved between the steps, with a password for each administrator."""
        self.tell.act("The organization and its administrators are entered, step by step")
        saved = office.save(organization=_PROFILE).json()
        self.tell.check(
            "each step is kept, and the answer says what is missing",
            list(saved["missing"]) == ["administrators"],
            saved["missing"]["administrators"],
        )
        weak = office.save(administrators=[_ELSIE | {"one_time_password": "short"}])
        self.tell.check(
            "a weak one-time password is refused",
            weak.json()["code"] == "weak_password",
        )
        people = [_ELSIE | {"one_time_password": ONE_TIME}]
        people.append(_URSULA | {"one_time_password": "tin whistles under the bridge"})
        saved = office.save(administrators=people)
        self.tell.check(
            "Elsie and Ursula get one each, which is shown to nobody again",
            saved.json()["missing"] == {} and ONE_TIME not in saved.text,
        )

    def submitting(self, office: Registrant) -> None:
        """A1, A3: with a date for the answer."""
        submitted = office.submit()
        self.tell.check(
            "submitted; an operator answers in time",
            submitted["state"] == "submitted",
            f"by {submitted['answer_by']}",
        )
        self.mail_to(_OFFICE, "was submitted")

    def approving(self, office: Registrant) -> Holder:
        """A3, G2: an operator sees whom it may be, and decides."""
        self.tell.act("Olivia, an operator, decides")
        olivia = self.stack.operator("olivia")
        listed = self._operate(operation="list_registrations")["registrations"]
        [seen] = [one for one in listed if one["registration"] == office.token.split(".")[0]]
        self.tell.check(
            "the list shows the registration, with the organization that it may be",
            seen["likely_duplicates"] == [{"organization": "acme", "same": "domain"}],
            f"{seen['organization']['name']}: the same mail domain as acme",
        )
        self.tell.check("before, there is no such organization", olivia.find(HOME["name"]) == [])
        made = self._operate(
            operation="approve_registration",
            registration=seen["registration"],
            reason="Acme's foundry in Hamilton, a company of its own: confirmed by telephone",
        )
        found = olivia.find(HOME["name"])
        self.tell.check(
            "she approves it, and then finds the organization by its name",
            [(one["kind"], one["id"]) for one in found] == [("organization", made["organization"])],
            found[0]["read"],
        )
        self.tell.check("the registration says so", office.show()["state"] == "approved")
        user_ids = [one["user_id"] for one in made["administrators"]]
        for person, user_id in zip((_ELSIE, _URSULA), user_ids, strict=True):
            mail = self.mail_to(str(person["email"]), "Your administrator's account at")
            self.tell.check("with the user id, and without any password", user_id in mail["text"])
        return newcomer(self.stack, HOME, user_ids[0], "Elsie MacGill", str(_ELSIE["email"]))

    def _invite(self) -> Any:
        body = {"email": _OFFICE, "application": APPLICATION}
        return self.dorothy.holder.person.call(
            "POST", "/partner/invitations", body, headers=idempotency_key()
        )

    def _operate(self, **event: str) -> dict[str, Any]:
        answer = self.stack.operator("olivia").call("POST", "/operator/operations", event)
        answer.raise_for_status()
        done: dict[str, Any] = answer.json()
        return done
