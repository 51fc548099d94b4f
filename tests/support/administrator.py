"""An organization administrator with a token, who uses the API through its samples."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from keyfob.domain.access.subscription import Subscription, SubscriptionState
from keyfob.domain.directory.role import Role
from keyfob.storage.access.store import AccessStore, put_subscription
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.recovering import mailed
from tests.support.takeover import work_off_effects
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_shipped_token,
    happened,
    idempotent,
)
from tests.support.visitor import Answer, Visitor, visitor

ADMINISTRATOR = [Role.HOLDER, Role.ORGANIZATION_ADMINISTRATOR]
REASON = "Asked for by the quality manager"


@dataclass(kw_only=True)
class Administrator:
    """The administrator of an organization that has no other one at first."""

    deployment: Deployment
    organization: str
    holder: TokenHolder

    @property
    def visitor(self) -> Visitor:
        """The person."""
        return self.holder.visitor

    @property
    def account(self) -> str:
        """The administrator's own account."""
        return account_of(self.visitor)

    def elevate(self) -> None:
        """Give the token's next code."""
        self.deployment.clock.move(timedelta(seconds=30))
        assert self.holder.elevate().status == 201

    def call(self, name: str, account: str = "", body: Any = None) -> Answer:
        """Send a sample event about an account, by default with its own body."""
        parameters = {"account": account} if account else None
        return self.visitor.call(name, body, parameters=parameters)

    def make(self, name: str = "make_account", *, key: str = "", **changes: Any) -> Answer:
        """Make an account."""
        return make(self.visitor, name, key=key, **changes)

    def show(self, account: str) -> Any:
        """The account as the administrator sees it."""
        answer = self.call("show_account", account)
        assert answer.status == 200, answer.body
        return answer.body

    def colleague(self, **changes: Any) -> Visitor:
        """Another account of the organization, signed in by password."""
        values = {"organization": self.organization, "applications": [], **changes}
        return visitor(self.deployment, **values)


def account_of(who: Visitor) -> str:
    """The id of a signed-in person's account."""
    return who.token.partition(".")[0]


def make(who: Visitor, name: str = "make_account", *, key: str = "", **changes: Any) -> Answer:
    """Make an account under a user id of its own."""
    body = json.loads(sample(f"api/{name}")["body"])
    body |= {"user_id": unique("made"), **changes}
    return who.call(name, body, headers=idempotent(key))


def an_organization(deployment: Deployment) -> str:
    """A new organization without accounts; returns its id."""
    seed = sample("operations/seed", accounts=[])
    [organization] = seed["organizations"]
    name = unique("org-").lower()
    new = {**organization, "id": name, "name": f"Works {name}"}
    assert "error" not in deployment.invoke("operations", seed | {"organizations": [new]})
    return str(new["id"])


def an_administrator(deployment: Deployment, organization: str = "") -> Administrator:
    """An administrator with a registered token, signed in by its code; elsewhere if not given."""
    home = organization or an_organization(deployment)
    # With an application, its account would subscribe the organization to it.
    roles = list(map(str, ADMINISTRATOR))
    who = visitor(deployment, organization=home, roles=roles, applications=[])
    holder = a_holder_with_a_shipped_token(deployment, who=who, organization=home)
    assert holder.register().status == 201
    made = Administrator(deployment=deployment, organization=home, holder=holder)
    made.elevate()
    return made


def subscribes(
    deployment: Deployment,
    organization: str,
    application: str = "parts-portal",
    state: SubscriptionState = SubscriptionState.ACTIVE,
) -> None:
    """The organization is subscribed to this application of the sample's partner, if it wasn't."""
    from operations import wiring

    base = wiring.runtime()
    if AccessStore(base.database).subscription(organization, application):
        return
    subscription = Subscription(
        organization=organization,
        application=application,
        partner="northwind",
        state=state,
        since=base.clock().replace(microsecond=0),
    )
    happened(base, put_subscription(subscription))


def new_password(deployment: Deployment, user_id: str) -> str:
    """The temporary password in this person's newest mail, after everything queued was done."""
    work_off_effects(deployment)
    found = [
        text
        for subject, text in mailed(deployment, user_id)
        if subject == "Your temporary password"
    ]
    [password] = re.findall(r"(?m)^ {4}(\S+)\r?$", found[-1])
    return str(password)
