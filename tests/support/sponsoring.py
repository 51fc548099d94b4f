"""Campaigns and sponsorships through the API."""

from __future__ import annotations

import json
from typing import Any

from tests.support.administrators import AnAdministrator, an_administrator
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.token_holder import idempotent
from tests.support.visitor import Answer, Visitor

ROLES = ["holder", "partner_administrator"]


def a_sponsor(
    deployment: Deployment, partner: str = "northwind", **changes: Any
) -> AnAdministrator:
    """An administrator of the partner who has given a code just now."""
    given = {"roles": ROLES, "partner": partner, "first_name": unique("Grace"), **changes}
    return an_administrator(deployment, **given)


def make(sponsor: AnAdministrator, *holders: Visitor, key: str = "", **changes: Any) -> Answer:
    """Make a campaign, for these people unless the changes say for whom."""
    body = json.loads(sample("api/make_campaign")["body"])
    body |= {"accounts": [one.user_id for one in holders], **changes}
    return sponsor.visitor.call("make_campaign", body, headers=idempotent(key))


def about(sponsor: AnAdministrator, name: str, campaign: str, **changes: Any) -> Answer:
    """Send a sample event about this campaign, with these changes of its body."""
    written = sample(f"api/{name}")["body"]
    body = json.loads(written) | changes if written else None
    return sponsor.visitor.call(name, body, parameters={"campaign": campaign})


def accept(who: Visitor, sponsorship: str, key: str = "", **changes: Any) -> Answer:
    """Accept a sponsorship with the sample's address."""
    body = json.loads(sample("api/accept_sponsorship")["body"]) | changes
    return who.call(
        "accept_sponsorship",
        {name: value for name, value in body.items() if value is not None},
        parameters={"sponsorship": sponsorship},
        headers=idempotent(key),
    )
