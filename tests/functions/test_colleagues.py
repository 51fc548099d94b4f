"""Orders for colleagues over the API: refusals, redemption, next steps, reissues (B2, B5, S23)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.administrators import AnAdministrator, an_administrator
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.renewing import pay
from tests.support.token_holder import TokenHolder, license_keys, shipped, stocked
from tests.support.visitor import Answer, Visitor, visitor

NOBODYS = "acc_zzzzzzzzzzzzzzzzzzzz"


def id_of(who: Visitor) -> str:
    return who.token.partition(".")[0]


def item(holder: str, **changes: Any) -> dict[str, Any]:
    return {"product": "hardware-token", "for": holder, **changes}


def bought(deployment: Deployment, by: Visitor, *items: dict[str, Any]) -> Any:
    """A paid order with these items; the token of the first one is shipped."""
    placed = by.order(items=list(items))
    assert placed.status == 201, placed.body
    pay(deployment, placed.body)
    return placed.body


def redeemed(deployment: Deployment, who: Visitor, order: str, key: str) -> Answer:
    holder = TokenHolder(visitor=who, order=order, license_key=key, device=stocked(deployment))
    return holder.redeem()


def step(who: Visitor) -> str:
    return str(who.call("show_next_step").body["step"])


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    return visitor(deployment)


def test_a_key_for_a_colleague_is_that_colleagues_alone_B2(
    deployment: Deployment, ada: Visitor
) -> None:
    joan = visitor(deployment)
    order = bought(deployment, ada, item(id_of(joan)))
    [line] = order["lines"]
    assert (line["holder"], line["refused"]) == (id_of(joan), False)
    assert (step(ada), step(joan)) == ("buy", "wait_for_token")
    shipped(deployment, order["number"], stocked(deployment))
    assert (step(ada), step(joan)) == ("buy", "enter_key")
    [key] = license_keys(deployment, order["number"])
    answer = redeemed(deployment, ada, order["number"], key)
    unknown = redeemed(deployment, ada, order["number"], "00000-00000-00000-00000")
    assert (answer.status, answer.body) == (unknown.status, unknown.body)
    assert answer.code == "unknown_license_key"
    assert redeemed(deployment, joan, order["number"], key).status == 201


def test_accounts_of_nobody_and_elsewhere_get_one_answer_S23(
    deployment: Deployment, ada: Visitor
) -> None:
    elsewhere = visitor(deployment, organization=unique("home"))
    answers = [ada.order(items=[item(one)]) for one in (NOBODYS, id_of(elsewhere))]
    assert {one.status for one in answers} == {404}
    assert len({json.dumps(one.body) for one in answers}) == 1
    assert ada.call("list_orders").body["orders"] == []


def test_a_colleague_without_a_use_is_named_by_the_items_place_B2(
    deployment: Deployment, ada: Visitor
) -> None:
    joan = visitor(deployment, applications=[])
    refused = ada.order(items=[item(id_of(ada)), item(id_of(joan))])
    assert (refused.status, refused.code) == (422, "no_fitting_application")
    assert list(refused.body["fields"]) == ["items.1.for"]


def test_a_colleague_is_named_by_user_id_or_by_id_B2(deployment: Deployment, ada: Visitor) -> None:
    joan = visitor(deployment)
    for name in (joan.user_id, id_of(joan)):
        [line] = ada.order(items=[item(name)]).body["lines"]
        assert line["holder"] == id_of(joan)
    foreign = visitor(deployment, organization=unique("home"))
    answers = [ada.order(items=[item(one)]) for one in (foreign.user_id, "nobody.at.all")]
    assert {(one.status, one.code) for one in answers} == {(404, "not_found")}


@pytest.mark.parametrize("typed", ["", "a", "no blanks", 7, ["acc_zzzzzzzzzzzzzzzzzzzz"]])
def test_text_that_names_no_account_is_refused_S49(ada: Visitor, typed: Any) -> None:
    refused = ada.order(items=[item(typed)])
    assert (refused.status, list(refused.body["fields"])) == (422, ["items.0.for"])


@pytest.fixture
def grace(deployment: Deployment) -> AnAdministrator:
    return an_administrator(deployment)


def reissue(who: AnAdministrator, order: str, **changes: Any) -> Answer:
    body = {"reason": "Changed places", **changes}
    place = {"number": order, "unit": "1"}
    return who.visitor.call("reissue_license_key", body, parameters=place)


def test_an_administrator_gives_a_key_to_another_account_B2_B5(
    deployment: Deployment, ada: Visitor, grace: AnAdministrator
) -> None:
    joan, mary = visitor(deployment), visitor(deployment)
    order = bought(deployment, ada, item(id_of(joan)))["number"]
    grace.elevate()
    foreign = visitor(deployment, organization=unique("home"))
    assert reissue(grace, order, **{"for": NOBODYS}).status == 404
    assert reissue(grace, order, **{"for": "nobody.at.all"}).status == 404
    assert reissue(grace, order, **{"for": id_of(foreign)}).status == 404
    useless = reissue(grace, order, **{"for": id_of(visitor(deployment, applications=[]))})
    assert useless.code == "no_fitting_application"
    assert reissue(grace, order, **{"for": mary.user_id.upper()}).status == 200
    listed = grace.visitor.call("list_license_keys").body["license_keys"]
    [shown] = [one for one in listed if one["order"] == order]
    assert (shown["purchaser"], shown["holder"]) == (ada.user_id, mary.user_id)
    shipped(deployment, order, stocked(deployment))
    assert (step(joan), step(mary)) == ("buy", "enter_key")
    first, second = license_keys(deployment, order)
    assert redeemed(deployment, joan, order, first).code == "unknown_license_key"
    assert redeemed(deployment, joan, order, second).code == "unknown_license_key"
    assert redeemed(deployment, mary, order, second).status == 201


def test_an_operator_gives_a_key_to_another_account_B2_B5_G2(
    deployment: Deployment, ada: Visitor
) -> None:
    joan = visitor(deployment)
    order = bought(deployment, ada, {"product": "hardware-token"})["number"]
    event = sample("operations/reissue_license_key", order=order, unit=1)
    for user_id in ("nobody", visitor(deployment, organization=unique("home")).user_id):
        assert deployment.invoke("operations", event | {"for": user_id})["error"] == "not_found"
    done = deployment.invoke("operations", event | {"for": joan.user_id})
    assert done["unit"] == 1
    shipped(deployment, order, stocked(deployment))
    assert (step(ada), step(joan)) == ("buy", "enter_key")
