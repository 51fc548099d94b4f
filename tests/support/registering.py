"""People who register an organization, over the API through its samples."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from keyfob.domain.registrations.form import is_worked
from tests.support.deployment import Deployment, later, sample
from tests.support.inviting import address, with_an_application
from tests.support.visitor import Answer, Visitor

PASSWORD = "seven blue herons at dawn"


@dataclass(kw_only=True)
class Registrant:
    """Somebody without an account who registers an organization."""

    deployment: Deployment
    email: str
    token: str = ""
    visitor: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = Visitor(deployment=self.deployment)

    def form(self, **changes: Any) -> dict[str, Any]:
        """A form, filled in by a person who took some seconds, with its work."""
        issued = self.visitor.call("show_registration_form").body
        later(self.deployment, seconds=5)
        return {"form": issued["form"], "work": work(issued["form"], issued["bits"]), **changes}

    def begin(self, partner: str, **changes: Any) -> Answer:
        """Begin, and keep the token."""
        body = {
            "partner": partner,
            "application": f"app-{partner}",
            "email": self.email,
            "no_obligation": True,
            **changes,
        }
        body.setdefault("form", self.form())
        answer = self.visitor.call("begin_registration", body)
        if answer.status == 201:
            self.token = answer.body["token"]
        return answer

    def call(self, name: str, body: Any = None) -> Answer:
        """Send a sample event about the registration."""
        return self.visitor.call(name, body, parameters={"token": self.token})

    def shown(self) -> Any:
        """The registration as the API shows it."""
        return self.call("show_registration").body

    def save(self, **parts: Any) -> Answer:
        """Save these parts."""
        return self.call("save_registration", parts)

    def fill_in(self, *people: dict[str, Any], **profile: Any) -> Answer:
        """Save everything that is required; one administrator has both roles by default."""
        entered = json.loads(sample("api/save_registration")["body"])
        own = {"name": f"Acme {self.email}", "registers": {}}
        organization = {**entered["organization"], **own, **profile}
        return self.save(organization=organization, administrators=people or (a_person(),))

    def submit(self) -> Answer:
        """Submit it."""
        return self.call(
            "submit_registration", {"no_obligation": True, "passwords_passed_on": True}
        )

    @property
    def id(self) -> str:
        """The registration's id."""
        return self.token.split(".")[0]


def work(form: str, bits: int) -> str:
    """The work that a form asks for."""
    return next(str(one) for one in itertools.count() if is_worked(form, str(one), bits))


def too_little(form: str, bits: int) -> str:
    """A text that is not the work."""
    return next(str(one) for one in itertools.count() if not is_worked(form, str(one), bits))


def a_person(**changes: Any) -> dict[str, Any]:
    """An administrator of the organization and of the application."""
    return {
        "first_name": "Ada",
        "last_name": "Byron",
        "email": address(),
        "roles": ["organization_administrator", "application_administrator"],
        "one_time_password": PASSWORD,
        **changes,
    }


def begun(deployment: Deployment, **application: Any) -> Registrant:
    """Somebody who has begun the registration for a public application."""
    who = Registrant(deployment=deployment, email=address())
    partner = with_an_application(deployment, public=True, **application)
    assert who.begin(partner).status == 201
    return who


def submitted(deployment: Deployment, *people: dict[str, Any], **profile: Any) -> Registrant:
    """Somebody who has submitted a registration."""
    who = begun(deployment)
    saved = who.fill_in(*people, **profile)
    assert saved.status == 200, saved.body
    assert who.submit().status == 200
    return who


def decide(deployment: Deployment, who: Registrant, how: str) -> Any:
    """An operator approves or rejects it; the answer."""
    event = sample(f"operations/{how}_registration", registration=who.id)
    return deployment.invoke("operations", event)


def waiting(deployment: Deployment, who: Registrant) -> Any:
    """The registration in the operators' list; None if it isn't there."""
    event = sample("operations/list_registrations", limit=200)
    found = deployment.invoke("operations", event)["registrations"]
    return next((one for one in found if one["registration"] == who.id), None)
