"""Terms, access and subscriptions through the handlers (A4, A6)."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.recovering import mailed
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


# Access


def asked(acme: Organization, who: Visitor) -> Answer:
    return who.call(
        "request_access", {"reason": "I order castings."}, parameters={"application": acme.free}
    )


def about(acme: Organization, who: Visitor) -> dict[str, str]:
    return {"application": acme.free, "account": who.token.split(".")[0]}


def test_access_is_asked_for_approved_with_a_code_and_removed_A6(
    acme: Organization, deployment: Deployment
) -> None:
    alan, ada = acme.alan(), acme.somebody(["holder"])
    requested = asked(acme, ada)
    assert (requested.status, requested.body["state"]) == (202, "requested")
    assert asked(acme, ada).body == requested.body
    told = dict(mailed(deployment, alan.user_id))
    assert "I order castings." in told["Somebody asks for access to Portal"]
    waiting = alan.call("list_access_requests", parameters={"application": acme.free}).body
    assert [one["user_id"] for one in waiting["requests"]] == [ada.user_id]
    decision = {"decision": "approve", "reason": "Orders castings"}
    refused = alan.call("decide_access", decision, parameters=about(acme, ada))
    assert (refused.status, refused.code) == (403, "elevation_required")
    acme.by_code(alan)
    approved = alan.call("decide_access", decision, parameters=about(acme, ada))
    assert (approved.status, approved.body["state"]) == (200, "approved")
    assert "You have access to Portal" in dict(mailed(deployment, ada.user_id))
    own = alan.call("decide_access", decision, parameters=about(acme, alan))
    assert (own.status, own.code) == (403, "not_on_oneself")
    gone = alan.call("remove_access", {"reason": "Left"}, parameters=about(acme, ada))
    assert (gone.status, gone.body["state"]) == (200, "removed")
    assert "Your access to Portal has ended" in dict(mailed(deployment, ada.user_id))


def test_a_holder_is_told_what_is_missing_A6(acme: Organization) -> None:
    acme.alan()
    ada = acme.somebody(["holder"])
    reason = {"reason": "Castings"}
    refused = ada.call("request_access", reason, parameters={"application": acme.ruled})
    assert (refused.status, refused.code) == (409, "terms_outstanding")
    assert "Ask Ada Byron." in refused.body["detail"]
    refused = ada.call("request_access", reason, parameters={"application": "nothing"})
    assert (refused.status, refused.code) == (409, "not_subscribed")


def test_a_partner_lists_and_ends_subscriptions_which_then_open_no_shop_A6(
    acme: Organization, deployment: Deployment
) -> None:
    ada = acme.somebody(["holder"], applications=[acme.free])
    deputy = acme.deputy()
    assert deputy.call("list_subscriptions").code == "elevation_required"
    acme.by_code(deputy)
    [shown] = deputy.call("list_subscriptions").body["subscriptions"]
    assert (shown["organization"], shown["application"]) == (acme.id, acme.free)
    places = {"organization": acme.id, "application": acme.free}
    ended = deputy.call("end_subscription", {"reason": "It ended"}, parameters=places)
    assert (ended.status, ended.body["state"]) == (200, "ended")
    foreign = deputy.call(
        "end_subscription", {"reason": "x"}, parameters={**places, "organization": "acme"}
    )
    assert foreign.status == 404
    assert asked(acme, ada).code == "not_subscribed"
    refused = ada.order(partner=acme.partner, items=[{"product": "token", "quantity": 1}])
    assert (refused.status, refused.code) == (422, "no_fitting_application")
