"""Guests buy over the API, and get their keys again (B5, B8)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.functions.test_documents import text_at, write
from tests.support.deployment import Deployment, sample
from tests.support.fakes import unique
from tests.support.operating import Operator
from tests.support.recovering import mailed_to
from tests.support.renewing import pay
from tests.support.shoppers import Shopper, bought, key_in
from tests.support.token_holder import TokenHolder, shipped, stocked
from tests.support.visitor import visitor


@pytest.fixture
def gil(deployment: Deployment) -> Shopper:
    deployment.invoke("operations", sample("operations/seed"))
    return Shopper(deployment=deployment)


def test_a_guest_orders_and_reads_the_order_by_its_token_B8(gil: Shopper) -> None:
    body = gil.body()
    placed = gil.call("place_guest_order", body)
    assert placed.status == 201, str(placed.body)
    order = placed.body["order"]
    assert (order["state"], order["net"]) == ("awaiting_payment", 8_500)
    assert order["checkout_url"].startswith("https://pay.example/")
    assert "Only an account with access" in order["warning"]
    assert gil.about("show_guest_order", placed).body == order
    assert gil.call("place_guest_order", body).body == placed.body
    assert not any(one in json.dumps(placed.body) for one in (body["email"], "Main Street"))
    canceled = gil.about("cancel_guest_order", placed)
    assert (canceled.status, canceled.body["state"]) == (200, "canceled")


def test_another_orders_token_is_answered_as_an_unknown_order_S23(gil: Shopper) -> None:
    mine, other = gil.place(), gil.place()
    names = (
        "show_guest_order",
        "guest_order_confirmation",
        "cancel_guest_order",
        "resend_guest_license_key",
    )
    for name in names:
        where = {"position": "1"} if "resend" in name else {}
        answers = [
            gil.about(name, mine, other.body["token"], **where),
            gil.about(name, mine, other.body["token"], **where, number="SO-99999999"),
            gil.about(name, mine, "x", **where, number="nonsense"),
        ]
        assert {(one.status, json.dumps(one.body)) for one in answers} == {
            (404, json.dumps(answers[0].body))
        }
    assert gil.about("show_guest_order", mine).body["state"] == "awaiting_payment"


def test_a_guest_fetches_the_confirmation_by_the_orders_token_B3_B8(
    deployment: Deployment, gil: Shopper
) -> None:
    placed = gil.place(language="de")
    deployment.queued("documents")
    waiting = gil.about("guest_order_confirmation", placed)
    assert (waiting.status, waiting.headers["Retry-After"], waiting.body) == (202, "2", None)
    write(deployment)
    ready = gil.about("guest_order_confirmation", placed)
    assert ready.status == 303
    shown = text_at(deployment, ready.headers["Location"])
    assert f"Auftragsbestätigung {placed.body['order']['number']}" in shown
    gil.about("cancel_guest_order", placed)
    assert gil.about("guest_order_confirmation", placed).status == 404


def test_an_order_without_its_token_is_refused_B8(gil: Shopper) -> None:
    placed = gil.place()
    number = placed.body["order"]["number"]
    refused = gil.request("GET", f"/guest-orders/{number}")
    assert (refused.status, list(refused.body["fields"])) == (422, ["header.x-order-token"])
    query = gil.request("GET", f"/guest-orders/{number}?order_token={placed.body['token']}")
    assert query.status == 422, "an address stands in logs"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"payment": "invoice"}, "payment"),
        ({"name": ""}, "name"),
        ({"name": "a\r\nBcc: eve@example.com"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"organization": ""}, "organization"),
        ({"language": "english"}, "language"),
        ({"account": "acc_eve"}, "account"),
        ({"items": [{"product": "hardware-token", "credential": "x"}]}, "items.0.credential"),
        ({"items": [{"product": "hardware-token", "quantity": 6}]}, "items"),
    ],
)
def test_an_impossible_guest_order_is_refused_and_the_field_is_named_S49(
    change: dict[str, Any], field: str, gil: Shopper
) -> None:
    refused = gil.place(**change)
    assert (refused.status, refused.code) == (422, "invalid_input")
    assert field in refused.body["fields"]


def test_a_guests_key_is_redeemed_by_the_account_that_enters_it_B8(
    deployment: Deployment, gil: Shopper
) -> None:
    placed, key = bought(deployment, gil)
    holder = TokenHolder(
        visitor=visitor(deployment),
        order=placed.body["order"]["number"],
        license_key=key,
        device=stocked(deployment),
    )
    assert holder.redeem().code == "wait_for_token"
    shipped(deployment, holder.order, holder.device)
    assert len(gil.about("show_guest_order", placed).body["shipments"]) == 1
    assert holder.redeem().status == 201
    again = gil.about("resend_guest_license_key", placed, position="1")
    assert (again.status, again.code) == (409, "license_key_not_reissuable")


def test_a_guest_gets_the_key_again_by_the_token_B5_B8(
    deployment: Deployment, gil: Shopper
) -> None:
    email = unique("guest") + "@shop.example"
    placed = gil.place(email=email)
    early = gil.about("resend_guest_license_key", placed, position="1")
    assert (early.status, early.code) == (404, "not_found")
    pay(deployment, placed.body["order"])
    old = key_in(mailed_to(deployment, email))
    answer = gil.about("resend_guest_license_key", placed, position="1")
    number = placed.body["order"]["number"]
    assert (answer.status, answer.body) == (200, {"order": number, "position": 1})
    mails = mailed_to(deployment, email)
    new = key_in(mails)
    assert new != old
    assert any("takes the place of the one" in text for _, text in mails)
    [facts] = [
        json.loads(row["facts"]["S"])
        for row in deployment.rows("audit")
        if row["action"]["S"] == "license_key.reissued" and number in row["facts"]["S"]
    ]
    assert facts == {"order": number, "unit": 1, "reason": "The mail has not arrived"}


def test_a_guest_gets_so_many_keys_again_a_day_S62(
    deployment: Deployment, gil: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guests import wiring

    policy = replace(wiring.runtime().policy, key_resends_a_day=2)
    monkeypatch.setattr(wiring.resending(), "_policy", policy)
    placed, _ = bought(deployment, gil)
    other, _ = bought(deployment, gil)
    answers = [gil.about("resend_guest_license_key", placed, position="1") for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 429]
    assert gil.about("resend_guest_license_key", other, position="1").status == 200


def test_an_operator_reissues_a_guests_key_B5_G2(deployment: Deployment, gil: Shopper) -> None:
    placed, _ = bought(deployment, gil)
    number = placed.body["order"]["number"]
    event = sample("operations/reissue_license_key", order=number, unit=1)
    answer = deployment.invoke("operations", event)
    assert answer == {"order": number, "unit": 1, "mailed_to": f"ORDER#{number}"}


def test_an_operator_sees_and_erases_a_guest_S66_G2(deployment: Deployment, gil: Shopper) -> None:
    email = unique("guest") + "@shop.example"
    placed = gil.place(email=email)
    number = placed.body["order"]["number"]
    operator = Operator(deployment=deployment)
    shown = operator.call("GET", f"/operator/orders/{number}").body
    assert (shown["account"], shown["guest"]["email"]) == ("", email)
    event = sample("operations/erase_guest", order=number)
    assert deployment.invoke("operations", event)["error"] == "illegal_state"
    gil.about("cancel_guest_order", placed)
    assert "problems" in deployment.invoke("operations", event | {"confirm": False})
    answer = deployment.invoke("operations", event)
    assert answer == {"order": number, "addresses_kept_until": None}
    shown = operator.call("GET", f"/operator/orders/{number}").body
    assert (shown["guest"]["email"], shown["shipping"]["line1"]) == ("", "")
    assert not any(email in str(row) for row in deployment.rows("orders"))
    assert gil.about("show_guest_order", placed).body["state"] == "canceled"
