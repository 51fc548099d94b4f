"""Placing, showing, listing and canceling orders (B1, B2, B3)."""

from __future__ import annotations

import re
import uuid
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from local.client import Person, new_order, on_payment_page
from local.stack import Stack
from tests.support.running.fixtures import Switch
from tests.support.running.observed import (
    asked_of_stripe,
    at_stripe,
    checkout_of,
    kept,
    order_mails,
)
from tests.support.running.people import person
from tests.support.running.rows import Rows

ADDRESS: dict[str, Any] = {"line2": "", **new_order()["shipping_address"]}


def place(someone: Person, body: dict[str, Any], key: str | None = None) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    answer = someone.call("POST", "/orders", body, headers=headers)
    return answer.status_code, answer.json()


def orders_of(stack: Stack, someone: Person) -> list[str]:
    return Rows(stack).orders_of(someone.token.partition(".")[0])


def test_b1_the_catalog_is_open_to_everybody(stack: Stack, holder: Person) -> None:
    visitor = Person(holder.url, "", headers=holder.headers)
    partners = visitor.expect(200, "GET", "/partners")["partners"]
    products = visitor.expect(200, "GET", "/partners/northwind/products")["products"]
    assert "northwind" in {partner["id"] for partner in partners}
    assert {"hardware-token", "hardware-token-proofed", "phone"} <= {one["id"] for one in products}


def test_b3_totals_and_tax_come_from_the_catalog(holder: Person) -> None:
    catalog = {
        one["id"]: one
        for one in holder.expect(200, "GET", "/partners/northwind/products")["products"]
    }
    wanted = {"hardware-token": 3, "phone": 7}
    items = [{"product": one, "quantity": many} for one, many in wanted.items()]

    order = holder.order(items=items)

    assert re.fullmatch(r"SO-\d{5,}", order["number"])
    for line in order["lines"]:
        product = catalog[line["product"]]
        net = product["price"] * wanted[line["product"]]
        tax = Decimal(net) * product["tax_rate"] / 10_000
        assert (line["quantity"], line["unit_price"]) == (wanted[product["id"]], product["price"])
        assert line["net"] == net
        assert line["tax"] == int(tax.quantize(Decimal(1), ROUND_HALF_UP))
    assert order["net"] == sum(line["net"] for line in order["lines"])
    assert order["tax"] == sum(line["tax"] for line in order["lines"])
    assert order["total"] == order["net"] + order["tax"]
    assert order["currency"] == "USD"


def test_b3_stripe_is_asked_for_exactly_the_orders_total(stack: Stack, holder: Person) -> None:
    order = holder.order(quantity=3)
    session = at_stripe(stack, f"checkout/sessions/{checkout_of(order)}")
    assert (session["amount_total"], session["currency"]) == (order["total"], "usd")
    assert session["client_reference_id"] == order["number"]


def test_b3_purchase_order_number_and_addresses_are_kept(holder: Person) -> None:
    elsewhere = {**ADDRESS, "line1": "Poststraße 7", "city": "Köln", "country": "DE"}
    placed = holder.order(po_number=" PO/2026 <17> ", billing_address=elsewhere)
    shown = holder.show(placed["number"])
    assert shown == placed
    assert shown["po_number"] == "PO/2026 <17>"
    assert shown["shipping_address"] == ADDRESS
    assert shown["billing_address"] == elsewhere
    assert shown["state"] == "awaiting_payment"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "disclaimer": ({"disclaimer_accepted": False}, "disclaimer_not_accepted"),
    "product": ({"items": [{"product": "no-such-thing", "quantity": 1}]}, "unknown_product"),
    "partner": ({"partner": "nobody"}, "invalid_input"),
    "no items": ({"items": []}, "invalid_input"),
    "none of it": ({"items": [{"product": "phone", "quantity": 0}]}, "invalid_input"),
    "too many": (
        {"items": [{"product": one, "quantity": 51} for one in ("phone", "hardware-token")]},
        "invalid_input",
    ),
    "payment": ({"payment": "gold"}, "invalid_input"),
    "country": ({"shipping_address": {**ADDRESS, "country": "usa"}}, "invalid_input"),
    "name": ({"billing_address": {**ADDRESS, "name": " "}}, "invalid_input"),
    "price": ({"total": 1}, "invalid_input"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_b3_an_order_that_breaks_a_rule_is_refused_and_leaves_nothing(
    stack: Stack, holder: Person, what: str
) -> None:
    changes, code = REFUSED[what]
    status, refusal = place(holder, new_order(**changes))
    assert (status, refusal["code"]) == (422, code)
    assert orders_of(stack, holder) == []


@pytest.mark.parametrize(
    ("applications", "product", "status"),
    [
        ([], "hardware-token", 422),
        (["design-vault"], "phone", 422),
        (["design-vault"], "hardware-token", 201),
        (["parts-portal"], "phone", 201),
    ],
)
def test_b2_only_an_account_with_a_fitting_application_can_buy(
    stack: Stack, applications: list[str], product: str, status: int
) -> None:
    buyer = person(stack, applications=applications)
    answered, body = place(buyer, new_order(items=[{"product": product, "quantity": 1}]))
    assert answered == status
    assert body.get("code") == ("no_fitting_application" if status == 422 else None)


def test_the_same_idempotency_key_and_body_give_the_same_order_and_payment_page(
    stack: Stack, holder: Person
) -> None:
    key = str(uuid.uuid4())
    first, again = place(holder, new_order(), key), place(holder, new_order(), key)
    assert first == again
    assert first[0] == 201
    assert len(orders_of(stack, holder)) == 1
    number = first[1]["number"]
    assert len(asked_of_stripe(stack, "checkout", number)) == 1


def test_the_same_idempotency_key_with_another_body_is_refused(
    stack: Stack, holder: Person
) -> None:
    key = str(uuid.uuid4())
    place(holder, new_order(), key)
    status, refusal = place(holder, new_order(quantity=2), key)
    assert (status, refusal["code"]) == (409, "idempotency_key_reused")
    assert len(orders_of(stack, holder)) == 1


def test_an_idempotency_key_means_something_to_its_owner_only(stack: Stack, holder: Person) -> None:
    key, other = str(uuid.uuid4()), person(stack)
    mine, theirs = place(holder, new_order(), key), place(other, new_order(), key)
    assert (mine[0], theirs[0]) == (201, 201)
    assert mine[1]["number"] != theirs[1]["number"]


@pytest.mark.parametrize("key", [None, "short", "x" * 129])
def test_an_order_without_a_proper_idempotency_key_is_refused(
    stack: Stack, holder: Person, key: str | None
) -> None:
    answer = holder.call(
        "POST", "/orders", new_order(), headers={"Idempotency-Key": key} if key else None
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert orders_of(stack, holder) == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error500", "payment_failed"),
        ("error429", "payment_unavailable"),
    ],
)
def test_s50_an_order_survives_a_payment_provider_that_does_not_answer(
    stack: Stack, holder: Person, stripe: Switch, fault: str, code: str
) -> None:
    key = str(uuid.uuid4())
    stripe(answer=fault)
    status, refusal = place(holder, new_order(), key)
    assert (status, refusal["code"]) == (503, code)
    assert refusal["support"]

    stripe(answer="normal")
    status, order = place(holder, new_order(), key)

    assert (status, order["state"]) == (201, "awaiting_payment")
    assert order["checkout_url"]
    assert len(orders_of(stack, holder)) == 1


def test_orders_are_listed_newest_first_page_by_page(holder: Person) -> None:
    placed = [holder.order()["number"] for _ in range(5)]
    found, path = [], "/orders?limit=2"
    for _ in range(3):
        page = holder.expect(200, "GET", path)
        found.append([order["number"] for order in page["orders"]])
        path = f"/orders?limit=2&cursor={page['cursor']}"
    assert found == [placed[:2:-1], placed[2:0:-1], placed[:1]]
    assert page["cursor"] is None
    assert len(holder.expect(200, "GET", "/orders")["orders"]) == 5


def test_a_foreign_cursor_shows_ones_own_orders_only(stack: Stack, holder: Person) -> None:
    other = person(stack)
    for _ in range(2):
        other.order()
    cursor = other.expect(200, "GET", "/orders?limit=1")["cursor"]
    assert holder.expect(200, "GET", f"/orders?cursor={cursor}")["orders"] == []


def test_b4_canceling_closes_the_payment_page(stack: Stack, holder: Person) -> None:
    order = holder.order()
    path = f"/orders/{order['number']}/cancellation"

    canceled = holder.expect(200, "POST", path)

    assert (canceled["state"], canceled["checkout_url"]) == ("canceled", None)
    kept(stack, order["number"], at_least=2)
    session = at_stripe(stack, f"checkout/sessions/{checkout_of(order)}")
    assert session["status"] == "expired"
    assert on_payment_page(order, "pay").status_code == 409
    assert holder.expect(200, "POST", path)["state"] == "canceled"
    told = order_mails(stack, holder.user_id, order["number"])
    assert ["canceled" in mail["subject"] for mail in told] == [True]


def test_a_paid_order_can_not_be_canceled(stack: Stack, holder: Person) -> None:
    order = holder.order()
    on_payment_page(order, "pay")
    kept(stack, order["number"], at_least=2)
    refusal = holder.expect(409, "POST", f"/orders/{order['number']}/cancellation")
    assert refusal["code"] == "illegal_state"
    assert holder.show(order["number"])["state"] == "fulfilled"
