"""Catalog and orders over the API (B1, B3, B4)."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from tests.support.deployment import Deployment, sample
from tests.support.visitor import Visitor, visitor


@pytest.fixture
def ada(deployment: Deployment) -> Visitor:
    return visitor(deployment)


def test_everybody_sees_partners_and_what_fits_their_applications_B1(
    deployment: Deployment, ada: Visitor
) -> None:
    stranger = Visitor(deployment=deployment)
    partners = stranger.call("list_partners")
    assert partners.status == 200
    # Tests of approvals add a partner, tests of renewals a product.
    assert "northwind" in [one["id"] for one in partners.body["partners"]]
    products = stranger.call("list_products")
    assert {"hardware-token"} <= {one["id"] for one in products.body["products"]}
    unknown = stranger.call("list_products", parameters={"partner": "nobody"})
    assert (unknown.status, unknown.code) == (404, "not_found")


def test_an_order_is_priced_by_us_and_says_where_to_pay_B3(ada: Visitor) -> None:
    placed = ada.order()
    assert placed.status == 201
    body = placed.body
    assert (body["state"], body["net"], body["tax"], body["total"]) == (
        "awaiting_payment",
        17_000,
        1_403,
        18_403,
    )
    assert body["checkout_url"].startswith("https://pay.example/")
    assert body["number"].startswith("SO-")
    assert "reference" not in body
    shown = ada.call("show_order", parameters={"number": body["number"]})
    assert (shown.status, shown.body) == (200, body)


def test_the_same_key_gives_the_same_order_and_another_body_is_refused_B4(ada: Visitor) -> None:
    first = ada.order(key="my-own-key-1")
    assert ada.order(key="my-own-key-1").body == first.body
    refused = ada.order(key="my-own-key-1", po_number="another")
    assert (refused.status, refused.code) == (409, "idempotency_key_reused")


def test_an_order_without_a_key_is_refused(ada: Visitor) -> None:
    event = sample("api/place_order")
    headers = {one: value for one, value in event["headers"].items() if one != "Idempotency-Key"}
    headers["Authorization"] = f"Bearer {ada.token}"
    multi = {one: [value] for one, value in headers.items()}
    refused = ada.send({**event, "headers": headers, "multiValueHeaders": multi})
    assert refused.status == 422
    assert list(refused.body["fields"]) == ["header.idempotency-key"]


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"disclaimer_accepted": False}, 422, "disclaimer_not_accepted", ""),
        ({"items": [{"product": "gold", "quantity": 1}]}, 422, "unknown_product", ""),
        ({"items": []}, 422, "invalid_input", "items"),
        (
            {"items": [{"product": "hardware-token", "quantity": 0}]},
            422,
            "invalid_input",
            "items.0.quantity",
        ),
        (
            {"items": [{"product": "hardware-token", "quantity": "2"}]},
            422,
            "invalid_input",
            "items.0.quantity",
        ),
        (
            {"items": [{"product": "hardware-token", "quantity": True}]},
            422,
            "invalid_input",
            "items.0.quantity",
        ),
        (
            {"items": [{"product": "hardware-token", "quantity": 1e999}]},
            422,
            "invalid_input",
            "items.0.quantity",
        ),
        (
            {"items": [{"product": "hardware-token", "price": 1}]},
            422,
            "invalid_input",
            "items.0.price",
        ),
        ({"partner": "nobody"}, 422, "invalid_input", "partner"),
        ({"payment": "gold"}, 422, "invalid_input", "payment"),
        ({"price": 1}, 422, "invalid_input", "price"),
        ({"account": "acc_eve"}, 422, "invalid_input", "account"),
        ({"po_number": "a\r\nBcc: eve@example.com"}, 422, "invalid_input", "po_number"),
        ({"po_number": "\ud800"}, 422, "invalid_input", "po_number"),
        ({"po_number": None}, 422, "invalid_input", "po_number"),
        ({"billing_address": {}}, 422, "invalid_input", "billing_address.country"),
    ],
)
def test_an_impossible_order_is_refused_and_the_field_is_named_S49(
    change: dict[str, Any], status: int, code: str, field: str, ada: Visitor
) -> None:
    refused = ada.order(**change)
    assert (refused.status, refused.code) == (status, code)
    assert not field or field in refused.body["fields"]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert ada.call("list_orders").body["orders"] == []


@pytest.mark.parametrize(("typed", "country"), [("UK", "GB"), ("EL", "GR"), ("DE", "DE")])
def test_a_country_is_kept_by_its_iso_code_B3_S65(typed: str, country: str, ada: Visitor) -> None:
    address = json.loads(sample("api/place_order")["body"])["shipping_address"]
    placed = ada.order(shipping_address=address | {"country": typed, "city": " Zu\u0308rich"}).body
    assert placed["shipping_address"]["country"] == country
    assert placed["shipping_address"]["city"] == "Z\u00fcrich"
    assert placed["billing_address"]["country"] == address["country"]


def test_an_order_with_an_address_that_would_be_refused_today_is_shown_B3_S65(
    deployment: Deployment, ada: Visitor
) -> None:
    number = ada.order().body["number"]
    dynamodb = deployment.client("dynamodb")
    where = {"TableName": deployment.values["TABLE_ORDERS"]}
    key = {"pk": {"S": f"ORDER#{number}"}, "sk": {"S": "-"}}
    row = dynamodb.get_item(**where, Key=key)["Item"]
    kept = json.loads(row["shipping"]["S"]) | {"country": "UK", "city": "Bonn\u2028\u202e"}
    dynamodb.put_item(**where, Item={**row, "shipping": {"S": json.dumps(kept)}})
    shown = ada.call("show_order", parameters={"number": number})
    assert shown.status == 200
    assert shown.body["shipping_address"]["country"] == "UK"
    assert shown.body["shipping_address"]["city"] == "Bonn\u2028\u202e"


def test_a_refusal_never_repeats_what_was_typed_S47(ada: Visitor, capsys: Any, caplog: Any) -> None:
    refused = ada.order(po_number="secret-canary" * 20, note="secret-canary")
    assert refused.status == 422
    assert "secret-canary" not in json.dumps(refused.body)
    written = capsys.readouterr().out + str([one.__dict__ for one in caplog.records])
    assert "secret-canary" not in written


def test_anothers_order_looks_like_an_unknown_one_S23(deployment: Deployment, ada: Visitor) -> None:
    number = ada.order().body["number"]
    eve = visitor(deployment)
    for name in ("show_order", "cancel_order"):
        foreign = eve.call(name, parameters={"number": number})
        unknown = eve.call(name, parameters={"number": "SO-99999999"})
        assert foreign.status == unknown.status == 404
        assert foreign.body == unknown.body
    assert ada.call("show_order", parameters={"number": number}).body["state"] == "awaiting_payment"


def test_a_person_without_a_fitting_application_gets_the_contact_B2(deployment: Deployment) -> None:
    refused = visitor(deployment, applications=[]).order()
    assert (refused.status, refused.code) == (422, "no_fitting_application")
    assert "administrator" in refused.body["detail"]


def test_canceling_is_done_once_and_shown(ada: Visitor) -> None:
    parameters = {"number": ada.order().body["number"]}
    for _ in range(2):
        canceled = ada.call("cancel_order", parameters=parameters)
        assert (canceled.status, canceled.body["state"]) == (200, "canceled")
        assert canceled.body["checkout_url"] is None


def test_orders_come_newest_first_in_pages(ada: Visitor) -> None:
    made = [ada.order().body["number"] for _ in range(5)]
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = ada.call(
            "list_orders",
            queryStringParameters=query,
            multiValueQueryStringParameters={one: [value] for one, value in query.items()},
        ).body
        found += [one["number"] for one in page["orders"]]
        cursor, pages = page["cursor"], pages + 1
    assert sorted(found) == sorted(made)
    assert (len(found), pages) == (5, 3)


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "51"}, {"limit": "x"}, {"cursor": "%%%"}, {"cursor": "_w"}]
)
def test_a_page_that_cannot_be_is_refused_by_name_S49(query: dict[str, str], ada: Visitor) -> None:
    refused = ada.call(
        "list_orders",
        queryStringParameters=query,
        multiValueQueryStringParameters={one: [value] for one, value in query.items()},
    )
    assert refused.status == 422
    assert any(next(iter(query)) in field for field in refused.body["fields"])


def test_a_provider_that_is_silent_is_a_503_and_the_order_is_kept_S50(
    deployment: Deployment, ada: Visitor
) -> None:
    deployment.provider.silent = True
    try:
        refused = ada.order(key="try-again-with-me")
    finally:
        deployment.provider.silent = False
    assert (refused.status, refused.code) == (503, "payment_unavailable")
    assert refused.body["support"] == "help@keyfob.example"
    again = ada.order(key="try-again-with-me")
    assert again.status == 201
    assert [one["number"] for one in ada.call("list_orders").body["orders"]] == [
        again.body["number"]
    ]


def test_an_order_by_invoice_shows_its_invoice_and_what_remains_B4(
    deployment: Deployment, ada: Visitor
) -> None:
    placed = ada.order(payment="invoice", po_number="PO-2026-117")
    assert placed.status == 201
    body = placed.body
    assert (body["payment"], body["checkout_url"], body["warning"]) == ("invoice", None, None)
    invoice = body["invoice"]
    assert invoice["url"].startswith("https://pay.example/")
    assert (invoice["state"], invoice["paid"], invoice["remaining"], invoice["surplus"]) == (
        "open",
        0,
        body["total"],
        0,
    )
    assert (invoice["reference"], invoice["due_at"]) == (body["number"], body["pay_until"])
    shown = ada.call("show_order", parameters={"number": body["number"]})
    assert shown.body == body
    assert ada.order().body["invoice"] is None


def test_a_quote_is_made_shown_and_ordered_by_its_number_B3(
    deployment: Deployment, ada: Visitor
) -> None:
    made = ada.call("make_quote")
    assert made.status == 201
    number = made.body["number"]
    shown = ada.call("show_quote", parameters={"number": number})
    assert (shown.status, shown.body) == (200, made.body)
    assert visitor(deployment).call("show_quote", parameters={"number": number}).status == 404
    ordered = ada.order(quote=number, payment="invoice")
    assert (ordered.status, ordered.body["total"]) == (201, made.body["total"])
    refused = ada.order(quote="SO-10001")
    assert (refused.status, list(refused.body["fields"])) == (422, ["quote"])


def test_an_order_is_paid_in_the_ways_that_mails_speak_of_B4(deployment: Deployment) -> None:
    from keyfob.domain.orders.payment_method import OFFERED
    from webstore.views import NewOrder

    taken = get_args(NewOrder.model_fields["payment"].annotation)
    assert set(taken) == {str(one) for one in OFFERED}
