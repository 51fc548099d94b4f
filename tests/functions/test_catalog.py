"""The catalog over the API: offers, disclaimers, taxes, versions (B1, B3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.operating import Operator
from tests.support.token_holder import a_holder_with_a_registered_token
from tests.support.visitor import Visitor, visitor

ADDRESS = {
    "name": "Ada Byron",
    "line1": "1 Main Street",
    "city": "Wien",
    "postal_code": "1010",
    "country": "AT",
}


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    return visitor(deployment)


def operate(deployment: Deployment, name: str, **changes: Any) -> Any:
    return deployment.invoke("operations", sample(f"operations/{name}", **changes))


def test_what_isnt_offered_says_why_B1(deployment: Deployment, ada: Visitor) -> None:
    stranger = visitor(deployment, applications=[])
    holder = a_holder_with_a_registered_token(deployment).visitor
    reasons = {}
    for who in (ada, stranger, holder):
        found = who.call("list_offers").body
        reasons[who.user_id] = {one["reason"] for one in found["not_offered"]}
        assert all(one["detail"] for one in found["not_offered"])
    assert "no_access" not in reasons[ada.user_id]
    assert reasons[stranger.user_id] == {"no_access"}
    assert stranger.call("list_offers").body["products"] == []
    assert "already_held" in reasons[holder.user_id]
    nobodys = ada.call("list_offers", parameters={"partner": "nobody"})
    assert (nobodys.status, nobodys.code) == (404, "not_found")
    plain = ada.call("list_products").body["products"]
    assert all(one["version"] >= 1 for one in plain), "anybody sees the plain list"


def a_partner(deployment: Deployment) -> str:
    """A partner with the sample's application and product, under a name of its own."""
    seed, name = sample("operations/seed", accounts=[], organizations=[]), unique("yard-")
    [partner], [product, *_] = seed["partners"][:1], seed["products"]
    application = {"id": f"{name}-portal", "name": "Portal", "level": 2, "hardware_only": False}
    partner = {**partner, "id": name, "name": name, "applications": [application]}
    body = {**seed, "partners": [partner], "products": [{**product, "partner": name}]}
    assert "error" not in deployment.invoke("operations", body)
    return name


def order(who: Visitor, partner: str, product: str, **changes: Any) -> Any:
    return who.order(partner=partner, items=[{"product": product}], **changes)


def test_an_order_names_the_disclaimer_that_was_read_B3(deployment: Deployment) -> None:
    partner = a_partner(deployment)
    product = sample("operations/seed")["products"][0]["id"]
    who = visitor(deployment, applications=[f"{partner}-portal"])
    place = {"partner": partner}
    assert who.call("show_disclaimer", parameters=place).status == 404
    placed = order(who, partner, product)
    assert (placed.status, placed.body["disclaimer_version"]) == (201, None)
    texts = {"en": "Careful.", "de": "Vorsicht."}
    done = operate(deployment, "put_disclaimer", partner=partner, version="1", texts=texts)
    assert done["changed"]
    shown = who.call(
        "show_disclaimer",
        parameters=place,
        queryStringParameters={"language": "de"},
        multiValueQueryStringParameters={"language": ["de"]},
    )
    assert shown.body == {"version": "1", "language": "de", "text": "Vorsicht."}
    assert who.call("show_disclaimer", parameters=place).body["text"] == "Careful."
    for stale in ({}, {"disclaimer_version": "0"}):
        refused = order(who, partner, product, **stale)
        assert (refused.status, refused.code) == (409, "disclaimer_changed")
    read = order(who, partner, product, disclaimer_version="1")
    assert (read.status, read.body["disclaimer_version"]) == (201, "1")
    again = operate(
        deployment, "put_disclaimer", partner=partner, version="1", texts={"en": "Other."}
    )
    assert (again["error"], list(again["fields"])) == ("invalid_input", ["version"])


@pytest.mark.parametrize(
    "changes",
    [
        {"every_partner": True},
        {"partner": None},
        {"texts": {"de": "Vorsicht."}},
        {"texts": {"en": ""}},
        {"texts": {}},
        {"version": ""},
        {"reason": ""},
    ],
)
def test_a_disclaimer_that_makes_no_sense_is_refused_B3(
    changes: dict[str, Any], deployment: Deployment
) -> None:
    assert "problems" in operate(deployment, "put_disclaimer", **changes)


@pytest.mark.parametrize(
    "changes",
    [{"rate": -1}, {"rate": 10_001}, {"country": "XX"}, {"notes": {"de": "Nur Deutsch."}}],
)
def test_a_tax_rule_that_makes_no_sense_is_refused_B1(
    changes: dict[str, Any], deployment: Deployment
) -> None:
    assert "problems" in operate(deployment, "put_tax_rule", **changes)


def test_a_business_elsewhere_pays_by_reverse_charge_B1(
    deployment: Deployment, ada: Visitor
) -> None:
    assert "error" not in operate(deployment, "put_tax_rule")
    person = ada.order(billing_address=ADDRESS).body
    assert {one["tax_rate"] for one in person["lines"]} == {2_000}
    assert (person["vat_id"], person["tax_note"]) == (None, None)
    firm = ada.order(billing_address=ADDRESS, vat_id="at u1234.5678")
    assert (firm.body["tax"], firm.body["total"]) == (0, firm.body["net"])
    assert firm.body["vat_id"] == "ATU12345678"
    assert firm.body["tax_note"] == "Reverse charge: the customer is liable for the VAT."
    for typed in ("DE123456789", "AT", "1234", "AT\u202e123"):
        refused = ada.order(billing_address=ADDRESS, vat_id=typed)
        assert (refused.status, list(refused.body["fields"])) == (422, ["vat_id"])


def test_an_operator_reads_a_products_history_B1_G2(deployment: Deployment) -> None:
    partner = a_partner(deployment)
    product = sample("operations/seed")["products"][0]
    body = sample("operations/seed", accounts=[], organizations=[], partners=[])
    body["products"] = [{**product, "partner": partner, "price": product["price"] + 100}]
    assert "error" not in deployment.invoke("operations", body | {"reason": "New prices"})
    olivia = Operator(deployment=deployment)
    found = olivia.call("GET", f"/operator/partners/{partner}/products/{product['id']}")
    assert (found.status, found.body["version"]) == (200, 2)
    newest = found.body["history"]["entries"][0]
    assert "changed" in str(newest)
    assert f"{product['price']} → {product['price'] + 100}" in str(newest)
    unknown = olivia.call("GET", f"/operator/partners/{partner}/products/nothing")
    assert (unknown.status, unknown.code) == (404, "not_found")
