"""A partner that approves each credential, whichever partner sold its key (F1)."""

from __future__ import annotations

import pytest

from tests.support.approving import approve, renew, somebody_of_both
from tests.support.deployment import Deployment
from tests.support.token_holder import TokenHolder


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    return somebody_of_both(deployment)


def test_a_key_of_another_partner_does_not_pass_the_approval_by_F1(
    deployment: Deployment, ada: TokenHolder
) -> None:
    redeemed = ada.redeem()
    assert (redeemed.status, redeemed.body["status"]) == (201, "pending_approval")
    refused = ada.call("activate_credential")
    assert (refused.status, refused.code) == (403, "credential_not_approved")

    answer = approve(deployment, ada)

    assert (answer["credential"], answer["status"]) == (ada.credential, "pending_activation")
    assert answer["still_to_approve"] == []
    assert approve(deployment, ada) == answer, "approving twice changes nothing"
    assert ada.call("activate_credential").body["status"] == "active"
    told = [one["what"] for one in ada.call("show_credential_history").body["events"]]
    assert told == ["credential.activated", "credential.approved", "credential.redeemed"]


def test_the_approval_of_a_partner_that_is_not_asked_is_refused_F1(
    deployment: Deployment, ada: TokenHolder
) -> None:
    ada.redeem()
    for partner in ("northwind", "nobody"):
        refused = approve(deployment, ada, partner)
        assert (refused["error"], list(refused["fields"])) == ("invalid_input", ["partner"])
        assert "strict" in refused["detail"]
    assert ada.shown()["status"] == "pending_approval"


def test_the_partner_renews_the_credential_once_it_has_approved_it_B7_F1(
    deployment: Deployment, ada: TokenHolder
) -> None:
    ada.redeem()
    refused = renew(ada)
    assert (refused.status, list(refused.body["fields"])) == (422, ["items.0.credential"])
    approve(deployment, ada)
    assert renew(ada).status == 201
