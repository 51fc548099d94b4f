"""Terms, access and subscriptions through the handlers (A4, A6)."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.subscribers import Organization, an_organization
from tests.support.visitor import Answer, Visitor


@pytest.fixture
def acme(deployment: Deployment) -> Organization:
    return an_organization(deployment)


def accept(who: Visitor, application: str, version: str = "1") -> Answer:
    return who.call("accept_terms", {"version": version}, parameters={"application": application})


def test_an_administrator_without_a_credential_reads_and_accepts_the_terms_A4(
    acme: Organization,
) -> None:
    alan, olga = acme.alan(), acme.olga()
    [shown] = olga.call("list_terms").body["terms"]
    assert (shown["application"], shown["outstanding"]) == (acme.ruled, True)
    assert shown["text"] == "Be careful\nwith the drawings."
    refused = accept(olga, acme.ruled, version="0")
    assert (refused.status, refused.code) == (409, "terms_changed")
    accepted = accept(olga, acme.ruled)
    assert (accepted.status, accepted.body["outstanding"]) == (200, False)
    assert accept(alan, acme.ruled).body == accepted.body
    [shown] = alan.call("list_terms").body["terms"]
    assert (shown["accepted_version"], shown["accepted_by"]) == ("1", "Ada Byron")


def test_terms_of_another_organization_are_the_same_404_S23(
    acme: Organization, deployment: Deployment
) -> None:
    acme.alan()
    stranger = an_organization(deployment).olga()
    foreign, unknown = accept(stranger, acme.ruled), accept(stranger, "nothing")
    assert (foreign.status, foreign.body) == (404, unknown.body)
    assert stranger.call("list_terms").body == {"terms": []}
