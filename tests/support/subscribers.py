"""An organization with administrators and a partner's applications, through the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.token_holder import a_holder_with_a_shipped_token
from tests.support.visitor import Visitor, newcomer, visitor

OLGAS = ["holder", "organization_administrator"]
ALANS = ["holder", "application_administrator"]


@dataclass(kw_only=True)
class Organization:
    """A new organization; `ruled` is an application with terms, `free` one without."""

    deployment: Deployment
    id: str
    partner: str
    ruled: str
    free: str

    def somebody(self, roles: list[str], **changes: Any) -> Visitor:
        """A new account of the organization, signed in by password."""
        given = {"organization": self.id, "applications": [], "roles": roles, **changes}
        return visitor(self.deployment, **given)

    def somebody_new(self, **changes: Any) -> Visitor:
        """A new account of the organization that has never signed in."""
        return newcomer(self.deployment, organization=self.id, applications=[], **changes)

    def olga(self) -> Visitor:
        """A new organization administrator."""
        return self.somebody(OLGAS)

    def alan(self) -> Visitor:
        """A new application administrator of both applications."""
        return self.somebody(ALANS, applications=[self.ruled, self.free])

    def deputy(self) -> Visitor:
        """A new administrator of the partner."""
        return self.somebody(["partner_administrator"], partner=self.partner)

    def changes_terms(self) -> None:
        """The partner has new terms, which must be accepted anew."""
        terms = {"version": "2", "text": "Be more careful.", "reacceptance": True}
        changed = {"id": self.ruled, "name": "Drawings", "level": 2, "terms": terms}
        event = sample("operations/put_application", partner=self.partner, **changed)
        assert "error" not in self.deployment.invoke("operations", event)

    def by_code(self, who: Visitor) -> Visitor:
        """The same person, who gets a token and gives a code."""
        holder = a_holder_with_a_shipped_token(self.deployment, who=who, organization=self.id)
        assert holder.register().status == 201
        self.deployment.clock.move(timedelta(seconds=30))
        assert holder.elevate().status == 201
        return who


def an_organization(deployment: Deployment) -> Organization:
    """A new organization without accounts, and a new partner."""
    name = unique("org")
    ruled, free, partner = f"{name}-drawings", f"{name}-portal", f"{name}-partner"
    terms = {"version": "1", "text": "Be careful\nwith the drawings.", "reacceptance": True}
    applications = [
        {"id": ruled, "name": "Drawings", "level": 2, "hardware_only": False, "terms": terms},
        {"id": free, "name": "Portal", "level": 2, "hardware_only": False},
    ]
    seed = sample(
        "operations/seed",
        partners=[{"id": partner, "name": f"Partner of {name}", "applications": applications}],
        organizations=[{"id": name, "name": "Acme", "country": "US", "time_zone": "UTC"}],
        products=[sample("operations/seed")["products"][0] | {"partner": partner, "id": "token"}],
        accounts=[],
    )
    assert "error" not in deployment.invoke("operations", seed)
    return Organization(deployment=deployment, id=name, partner=partner, ruled=ruled, free=free)
