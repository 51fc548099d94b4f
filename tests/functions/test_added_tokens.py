"""An added token over the API: ordered, paid, sent, not registered by password (B5, D4, S14)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.carts import ADDED_TOKEN
from tests.support.deployment import Deployment, sample
from tests.support.renewing import account_of, pay
from tests.support.token_holder import TokenHolder, license_keys, shipped, stocked
from tests.support.visitor import Answer, visitor

NOT_YOURS = {"items.0.credential": "is no credential of yours that this partner adds a token to"}


@pytest.fixture
def ada(deployment: Deployment) -> TokenHolder:
    """Ada has an active credential for phones, and a token lies in the stock."""
    seed = sample("operations/seed")
    [product] = seed["products"]
    phone = product | {"id": "phone", "kind": "phone", "name": "Phone", "price": 3_500}
    added = product | {"id": ADDED_TOKEN, "kind": "added_token", "name": "Token", "price": 5_000}
    deployment.invoke("operations", seed | {"products": [product, phone, added]})
    who = visitor(deployment)
    order = who.order(items=[{"product": "phone"}]).body
    pay(deployment, order)
    [key] = license_keys(deployment, order["number"])
    holder = TokenHolder(
        visitor=who, order=order["number"], license_key=key, device=stocked(deployment)
    )
    assert holder.redeem().status == 201
    assert holder.call("activate_credential").status == 200
    return holder


def ordered(who: TokenHolder, **item: Any) -> Answer:
    wanted = {"product": ADDED_TOKEN, "credential": who.credential, **item}
    return who.visitor.order(items=[wanted])


def sent(deployment: Deployment, who: TokenHolder) -> Any:
    """The answer to an operator who sends her a replacement."""
    event = sample("operations/mark_replacement_shipped", user_id=who.visitor.user_id)
    return deployment.invoke("operations", event | {"serial": who.device.serial})


def lose_everything(deployment: Deployment, who: TokenHolder) -> None:
    """Marks her credential as one that has lost its last authenticator."""
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_CREDENTIALS"],
        Key={"pk": {"S": account_of(who)}, "sk": {"S": "live"}},
        UpdateExpression="SET replacing = :yes",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )


def test_an_added_token_is_ordered_paid_and_seen_in_the_credentials_history_B5(
    deployment: Deployment, ada: TokenHolder
) -> None:
    before = ada.shown()
    order = ordered(ada).body
    [line] = order["lines"]
    assert (line["product"], line["quantity"], line["credential"]) == (
        ADDED_TOKEN,
        1,
        ada.credential,
    )
    pay(deployment, order, times=2)
    done = ada.visitor.call("show_order", parameters={"number": order["number"]}).body
    assert (done["state"], done["license_keys"]) == ("fulfilled", 0)
    assert license_keys(deployment, order["number"]) == []
    assert ada.shown() == before, "nothing is registered yet"
    events = [one["what"] for one in ada.call("show_credential_history").body["events"]]
    assert events.count("credential.token_added") == 1


def test_a_password_alone_registers_none_that_an_order_brought_D4_S14(
    deployment: Deployment, ada: TokenHolder
) -> None:
    order = ordered(ada).body
    pay(deployment, order)
    shipped(deployment, order["number"], ada.device)
    fresh = ada.register()
    assert (fresh.status, fresh.code) == (403, "elevation_required")
    lose_everything(deployment, ada)
    bought, unknown = ada.register(), ada.register(serial="FT-0")
    assert (bought.status, bought.code) == (422, "wrong_serial")
    assert (bought.body, bought.headers) == (unknown.body, unknown.headers), "S29"
    ada.device = stocked(deployment)
    assert sent(deployment, ada)["order"] == order["number"]
    assert ada.register().status == 201
    assert ada.shown()["kind"] == "phone"


def test_nothing_is_sent_in_place_of_a_token_that_nobody_bought_D4(
    deployment: Deployment, ada: TokenHolder
) -> None:
    refused = sent(deployment, ada)
    assert (refused["error"], "no token was bought" in refused["detail"]) == ("illegal_state", True)
    ordered(ada)
    assert sent(deployment, ada) == refused, "it isn't paid"


def test_a_credential_that_takes_no_token_is_answered_like_an_unknown_one_S23(
    deployment: Deployment, ada: TokenHolder
) -> None:
    stranger = visitor(deployment)
    wanted = {"product": ADDED_TOKEN, "credential": ada.credential}
    answers = [
        stranger.order(items=[wanted]),
        stranger.order(items=[wanted | {"credential": "crd_zzzzzzzzzzzzzzzzzzzz"}]),
        ordered(ada, credential=None),
    ]
    assert {one.status for one in answers} == {422}
    assert answers[0].body["fields"] == NOT_YOURS
    assert len({json.dumps(one.body) for one in answers}) == 1
    twice = ordered(ada, quantity=2)
    assert twice.body["fields"] == {"items.0.quantity": "one for each credential"}
