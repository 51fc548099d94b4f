"""An upgrade that came with a product, over the API: bought, redeemed, activated, begun (C6)."""

from __future__ import annotations

import json

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.renewing import pay
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_shipped_token,
    license_keys,
    shipped,
    stocked,
)
from tests.support.visitor import visitor

INCLUDING = "token-and-upgrade"


def test_an_upgrade_that_came_with_a_product_is_begun_like_a_bought_one_C6(
    deployment: Deployment,
) -> None:
    seed = sample("operations/seed")
    [product] = seed["products"]
    including = product | {"id": INCLUDING, "upgrade_included": True}
    deployment.invoke("operations", seed | {"products": [product, including]})
    who = visitor(deployment)
    products = {one["id"]: one for one in who.call("list_products").body["products"]}
    flags = {one: products[one]["upgrade_included"] for one in (product["id"], INCLUDING)}
    assert flags == {product["id"]: False, INCLUDING: True}

    order = who.order(items=[{"product": INCLUDING}]).body
    assert [one["upgrade_included"] for one in order["lines"]] == [True]
    later = {"products": [including | {"upgrade_included": False}]}
    assert "error" not in deployment.invoke("operations", seed | later)
    pay(deployment, order)
    device = stocked(deployment)
    shipped(deployment, order["number"], device)
    [key] = license_keys(deployment, order["number"])
    ada = TokenHolder(visitor=who, order=order["number"], license_key=key, device=device)
    redeemed = ada.redeem().body
    assert (redeemed["upgrade"], redeemed["proofing"], redeemed["level"]) == (True, False, 2)
    assert ada.call("activate_credential").status == 200
    assert ada.register().status == 201
    assert ada.elevate().status == 201
    begun = ada.call("begin_upgrade")
    assert (begun.status, begun.body["upgrade"], begun.body["proofing"]) == (200, False, True)
    again = ada.call("begin_upgrade")
    assert (again.status, again.code) == (409, "no_upgrade")


def test_one_that_ends_with_its_credential_unused_is_counted_for_the_alarm_C6(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = a_holder_with_a_shipped_token(deployment, upgrade=True)
    capsys.readouterr()
    assert ada.call("revoke_credential").status == 200
    counted = [json.loads(one) for one in capsys.readouterr().out.splitlines() if one]
    [metric] = [one for one in counted if "UpgradeUnused" in one]
    assert (metric["UpgradeUnused"], metric["service"]) == ([1.0], "credentials")
