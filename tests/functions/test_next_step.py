"""The next step through the handlers: a life from the first sign-in to nothing (A10)."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from next_step import wiring
from tests.functions.test_access import accept
from tests.support.deployment import Deployment, failed, for_worker, later, of_its_own, sample
from tests.support.fakes import Meddler
from tests.support.subscribers import Organization, an_organization
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_license_key,
    a_holder_with_a_registered_token,
    license_keys,
    shipped,
    stocked,
)
from tests.support.two_accounts import connected
from tests.support.visitor import Visitor, visitor

__all__ = ["of_its_own"]


@pytest.fixture
def acme(deployment: Deployment) -> Organization:
    return an_organization(deployment)


@pytest.fixture
def client(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Meddler:
    """Records what the function asks of DynamoDB."""
    database = wiring.runtime().database
    watched = Meddler(database._client)
    monkeypatch.setattr(database, "_client", watched)
    return watched


def step(who: Visitor) -> Any:
    answer = who.call("show_next_step")
    assert answer.status == 200
    return answer.body


def named(who: Visitor) -> tuple[str, str]:
    shown = step(who)
    return shown["step"], shown["acts"]


def pay(deployment: Deployment, order: Any) -> None:
    page = order["checkout_url"].rsplit("/", 1)[1]
    deployment.provider.buyer_pays(page)
    about = json.loads(sample("workers/settle_payment")["Records"][0]["body"])
    event = for_worker("settle_payment", about | {"checkout": page})
    assert failed(deployment.invoke("payment_worker", event)) == []


def test_a_life_is_led_from_asking_for_access_to_nothing_A6_A10(
    acme: Organization, deployment: Deployment
) -> None:
    alan, ada = acme.by_code(acme.alan()), acme.somebody(["holder"])
    shown = step(ada)
    assert (shown["step"], shown["acts"]) == ("ask_for_access", "you")
    assert shown["route"] == {"method": "POST", "path": f"/applications/{acme.free}/access"}
    ada.call("request_access", {"reason": "Castings"}, parameters={"application": acme.free})
    assert named(ada) == ("wait_for_access", "administrator")
    about = {"application": acme.free, "account": ada.token.split(".")[0]}
    alan.call("decide_access", {"decision": "approve", "reason": "Castings"}, parameters=about)
    assert named(ada) == ("buy", "you")
    order = ada.order(partner=acme.partner, items=[{"product": "token", "quantity": 1}]).body
    assert step(ada)["link"] == order["checkout_url"]
    pay(deployment, order)
    assert named(ada) == ("wait_for_token", "shipping")
    device = stocked(deployment)
    shipped(deployment, order["number"], device)
    assert named(ada) == ("enter_key", "you")
    key = license_keys(deployment, order["number"])[0]
    holder = TokenHolder(visitor=ada, order=order["number"], license_key=key, device=device)
    assert holder.redeem().status == 201
    shown = step(ada)
    assert shown["step"] == "activate"
    assert shown["route"]["path"] == f"/credentials/{holder.credential}/activation"
    assert holder.call("activate_credential").status == 200
    assert named(ada) == ("register_token", "you")
    assert holder.register().status == 201
    assert named(ada) == ("nothing", "nobody")
    assert holder.call("suspend_credential").status == 200
    assert named(ada) == ("reenable", "you")


def test_administrators_accept_terms_first_A4_A10(acme: Organization) -> None:
    alan = acme.alan()
    shown = step(alan)
    assert shown["step"] == "accept_terms"
    assert shown["route"] == {"method": "POST", "path": f"/terms/{acme.ruled}/acceptance"}
    assert accept(alan, acme.ruled).status == 200
    assert named(alan) == ("buy", "you")


def test_a_child_is_told_to_use_its_parents_account_A8_A10(deployment: Deployment) -> None:
    pair = connected(deployment)
    assert named(pair.child) == ("nothing", "nobody")
    deployment.clock.move(timedelta(days=340))
    pair.child.stay()
    shown = step(pair.child)
    assert (shown["step"], shown["account"]) == ("renew", pair.parent.visitor.user_id)
    assert pair.parent.credential not in json.dumps(shown)


def test_an_answer_costs_few_reads_and_writes_nothing_A10(
    deployment: Deployment, client: Meddler
) -> None:
    holder = a_holder_with_a_registered_token(deployment)
    client.calls.clear()
    assert named(holder.visitor) == ("nothing", "nobody")
    # Session and credential, account, subscriptions, requests, sessions row, orders, and those of
    # colleagues.
    assert Counter(operation for operation, _ in client.calls) == {
        "batch_get_item": 2,
        "get_item": 2,
        "query": 4,
    }


def test_a_buyer_for_others_enters_no_key_that_somebody_has_redeemed_A10(
    deployment: Deployment,
) -> None:
    seller, ada = a_holder_with_a_license_key(deployment, quantity=2), visitor(deployment)
    mine = TokenHolder(
        visitor=ada, order=seller.order, license_key=seller.license_key, device=seller.device
    )
    assert mine.redeem().status == 201
    later(deployment, minutes=5)
    # The token of the second one isn't shipped yet.
    assert named(seller.visitor) == ("wait_for_token", "shipping")
    second = stocked(deployment)
    shipped(deployment, seller.order, second, unit=2)
    assert named(seller.visitor) == ("enter_key", "you")
    key, other = license_keys(deployment, seller.order)[1], visitor(deployment)
    theirs = TokenHolder(visitor=other, order=seller.order, license_key=key, device=second)
    assert theirs.redeem().status == 201
    assert named(seller.visitor) == ("buy", "you")
