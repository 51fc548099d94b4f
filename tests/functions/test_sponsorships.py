"""Sponsorships through the handlers: from the offer to a sign-in with a code (B6, A10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.administrators import AnAdministrator
from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.recovering import mailed
from tests.support.renewing import due
from tests.support.sponsoring import a_sponsor, about, accept, make
from tests.support.subscribers import an_organization
from tests.support.token_holder import TokenHolder, shipped, stocked
from tests.support.visitor import PERMANENT, Visitor, visitor

__all__ = ["of_its_own"]

NOBODYS = "cam_00000000000000000000"


@pytest.fixture
def grace(deployment: Deployment) -> AnAdministrator:
    return a_sponsor(deployment)


def step(who: Visitor) -> Any:
    return who.call("show_next_step").body


def test_from_a_campaign_to_a_sign_in_with_a_code_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    campaign = make(grace, ada, number=1).body["id"]
    assert "Northwind Aerospace pays for your credential" in dict(mailed(deployment, ada.user_id))
    [offer] = ada.call("list_sponsorships").body["sponsorships"]
    assert (offer["id"], offer["state"], offer["left"], offer["shipped"]) == (
        campaign,
        "offered",
        True,
        True,
    )
    shown = step(ada)
    assert (shown["step"], shown["route"]["path"]) == (
        "accept_sponsorship",
        f"/sponsorships/{campaign}/acceptance",
    )
    accepted = accept(ada, campaign)
    assert accepted.status == 201
    credential = accepted.body["credential"]
    assert (credential["status"], accepted.body["delivery"]) == (
        "pending_activation",
        {"from_days": 3, "to_days": 5},
    )
    told = dict(mailed(deployment, ada.user_id))
    assert "Your sponsored credential is pending activation" in told
    assert not any("license key" in subject.lower() for subject in told)
    holder = TokenHolder(
        visitor=ada,
        order=accepted.body["order"],
        license_key="",
        device=stocked(deployment),
        credential=credential["id"],
    )
    assert step(ada)["step"] == "activate"
    assert holder.call("activate_credential").status == 200
    assert step(ada)["step"] == "wait_for_token"
    assert holder.register().code == "wrong_serial", "it isn't shipped yet"
    shipped(deployment, holder.order, holder.device)
    sent = dict(mailed(deployment, ada.user_id))
    [text] = [text for subject, text in sent.items() if "on its way" in subject]
    assert "need no license key" in " ".join(text.split())
    assert step(ada)["step"] == "register_token"
    later(deployment, seconds=60)
    assert holder.register().status == 201
    later(deployment, seconds=60)
    assert holder.elevate().status == 201
    grace.elevate()
    report = about(grace, "show_campaign", campaign).body
    assert (report["accepted"], report["active"]) == (1, 1)
    [order] = ada.call("list_orders").body["orders"]
    assert (order["total"], order["state"]) == (0, "fulfilled")
    [own] = ada.call("list_sponsorships").body["sponsorships"]
    assert (own["state"], own["credential"], own["order"]) == (
        "accepted",
        credential["id"],
        holder.order,
    )
    history = [one["what"] for one in holder.call("show_credential_history").body["events"]]
    assert history[-1] == "credential.sponsored"


def test_the_same_request_again_gives_the_same_credential_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    campaign = make(grace, ada, number=1).body["id"]
    first, again = (accept(ada, campaign, key="accept-it-once") for _ in range(2))
    assert (first.status, again.body) == (201, first.body)
    refused = accept(ada, campaign)
    assert (refused.status, refused.code) == (409, "sponsorship_accepted")


def test_the_last_one_is_gone_for_the_second_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada, bob = visitor(deployment), visitor(deployment)
    campaign = make(grace, ada, bob, number=1).body["id"]
    assert accept(ada, campaign).status == 201
    refused = accept(bob, campaign)
    assert (refused.status, refused.code) == (409, "sponsorships_used_up")
    assert bob.call("list_sponsorships").body["sponsorships"][0]["left"] is False


def test_somebody_elses_offer_is_the_same_404_S23(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    campaign = make(grace, visitor(deployment), number=1).body["id"]
    eve = visitor(deployment)
    answers = [accept(eve, one) for one in (campaign, NOBODYS, "nonsense")]
    assert {one.status for one in answers} == {404}
    assert answers[0].body == answers[1].body == answers[2].body
    assert eve.call("list_sponsorships").body == {"sponsorships": []}


def test_terms_outstanding_refuse_it_and_name_whom_to_ask_A4(deployment: Deployment) -> None:
    acme = an_organization(deployment)
    acme.alan()
    olga = acme.olga()
    ada = acme.somebody(["holder"], applications=[acme.ruled])
    sponsor = a_sponsor(deployment, partner=acme.partner, organization="acme")
    campaign = make(sponsor, ada, product="token", number=1).body["id"]
    refused = accept(ada, campaign)
    assert (refused.status, refused.code) == (409, "terms_outstanding")
    assert "Ada Byron" in refused.body["detail"]
    version = {"version": "1"}
    accepted = olga.call("accept_terms", version, parameters={"application": acme.ruled})
    assert accepted.status == 200
    assert accept(ada, campaign).status == 201


def test_a_whole_organization_is_offered_it_without_being_named_B6(
    deployment: Deployment,
) -> None:
    acme = an_organization(deployment)
    ada = acme.somebody(["holder"], applications=[acme.free])
    sponsor = a_sponsor(deployment, partner=acme.partner, organization="acme")
    made = make(sponsor, product="token", accounts=[], organizations=[acme.id], number=1)
    assert (made.status, made.body["organizations"]) == (201, [acme.id])
    assert step(ada)["step"] == "accept_sponsorship"
    assert accept(ada, made.body["id"]).status == 201
    bob = acme.somebody(["holder"], applications=[acme.free])
    assert bob.call("list_sponsorships").body == {"sponsorships": []}


def test_a_password_typed_long_ago_is_not_enough_S54(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    campaign = make(grace, ada, number=1).body["id"]
    later(deployment, minutes=11)
    refused = accept(ada, campaign)
    assert (refused.status, refused.code) == (403, "recent_password_required")
    ada.sign_in(PERMANENT)
    assert accept(ada, campaign).status == 201


def test_an_address_is_validated_and_needed_B6(
    grace: AnAdministrator, deployment: Deployment
) -> None:
    ada = visitor(deployment)
    campaign = make(grace, ada, number=1).body["id"]
    for changes, field in (
        ({"shipping_address": None}, "shipping_address"),
        ({"legal_name": ""}, "legal_name"),
        ({"country": "us"}, "country"),
    ):
        refused = accept(ada, campaign, **changes)
        assert (refused.status, list(refused.body["fields"])) == (422, [field])


def test_the_clock_reminds_and_lapses_through_sweep_and_worker_B6(deployment: Deployment) -> None:
    grace, ada = a_sponsor(deployment), visitor(deployment)
    until = "2027-01-15T12:00:00Z"
    campaign = make(grace, ada, number=1, until=until).body["id"]
    days = (datetime.fromisoformat(until) - deployment.clock.now()).days
    later(deployment, days=days - 13)
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    assert due(deployment, f"CAMPAIGN#{campaign}") == []
    queued = [row["kind"]["S"] for row in deployment.rows("outbox")]
    assert queued.count("sponsorship_reminder") == 1
    later(deployment, days=14)
    assert due(deployment, f"CAMPAIGN#{campaign}") == []
    assert "The offer of Northwind Aerospace is over" in dict(mailed(deployment, ada.user_id))
    ada.sign_in(PERMANENT)
    refused = accept(ada, campaign)
    assert (refused.status, refused.code) == (409, "sponsorship_lapsed")
    assert step(ada)["step"] == "buy"
    assert due(deployment, f"CAMPAIGN#{campaign}") == []
