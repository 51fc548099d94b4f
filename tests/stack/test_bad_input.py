"""Bad input on its way through the real API: how bytes, sizes, paths and headers arrive (S49).

The answers of the handlers, case by case, are the part of `tests/functions/test_bad_input.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from stripe import StripeClient

from local.client import Person, eventually, idempotency_key, new_order, on_payment_page
from local.stack import Stack
from local.stripe_double.events import signature
from tests.support.running.observed import log_lines
from tests.support.running.people import api, new_address
from tests.support.running.rows import Rows

EVENT = {"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}


def send(
    someone: Person, method: str, path: str, content: bytes = b"", **headers: str
) -> requests.Response:
    """Send these bytes, as JSON by default."""
    sent = {
        "Authorization": f"Bearer {someone.token}",
        "Content-Type": "application/json",
        **someone.headers,
        **idempotency_key(),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    url = f"{someone.url}/v1{path}"
    return requests.request(method, url, data=content, headers=sent, timeout=30)


def assert_problem(answer: requests.Response, status: int, code: str) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:keyfob:problem:{code}"


def orders_of(someone: Person) -> Any:
    return someone.expect(200, "GET", "/orders")["orders"]


def test_s49_a_body_that_is_not_utf_8_is_refused(holder: Person) -> None:
    order = json.dumps(new_order())
    for content in (order.encode("utf-16"), b"\xff\xfe" + order.encode(), b"\x80"):
        assert_problem(send(holder, "POST", "/orders", content), 400, "malformed_body")
    assert_problem(send(holder, "POST", "/session/elevation", b"\xff{}"), 400, "malformed_body")
    assert orders_of(holder) == []


def test_s49_a_body_over_64_kib_is_refused(holder: Person) -> None:
    order = json.dumps(new_order(po_number="x" * 70 * 1024)).encode()
    for path in ("/orders", "/session/elevation", "/stripe/events"):
        assert_problem(send(holder, "POST", path, order), 413, "body_too_large")
    assert orders_of(holder) == []


def test_s49_only_json_is_taken(holder: Person) -> None:
    order = json.dumps(new_order()).encode()
    for path in ("/orders", "/session/elevation"):
        answer = send(holder, "POST", path, order, Content_Type="text/plain")
        assert_problem(answer, 415, "unsupported_media_type")
    assert orders_of(holder) == []


def test_s49_a_strange_name_in_a_path_finds_nothing(holder: Person) -> None:
    for name in ("%00", "%FF", "%ED%A0%80", "SO-1%0D%0AX: 1", "' OR 1=1 --"):
        assert_problem(send(holder, "GET", f"/orders/{name}"), 404, "not_found")


def test_s49_a_wrong_query_is_refused(holder: Person) -> None:
    for query in ("limit=1&limit=2", "limit=many", "cursor=%FF"):
        assert_problem(send(holder, "GET", f"/orders?{query}"), 422, "invalid_input")


def stripe_event(stack: Stack, event: Mapping[str, Any], header: str) -> requests.Response:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": new_address()}
    return requests.post(
        f"{api(stack)}/v1/stripe/events",
        data=json.dumps(event).encode(),
        headers={**headers, "Stripe-Signature": header},
        timeout=30,
    )


def test_s36_an_event_is_taken_by_a_signature_of_stripes_alone(stack: Stack) -> None:
    now = int(stack.clock.now().timestamp())
    good = signature(json.dumps(EVENT), stack.record.webhook_secret, at=now)
    assert stripe_event(stack, EVENT, good).status_code == 204
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert_problem(stripe_event(stack, EVENT, wrong), 400, "invalid_signature")
    assert_problem(stripe_event(stack, {**EVENT, "id": "evt_2"}, good), 400, "invalid_signature")


@pytest.mark.parametrize("number", ["SO-99999999", "one of ours"])
def test_s37_a_payment_page_that_is_not_ours_changes_nothing(
    stack: Stack, holder: Person, number: str
) -> None:
    """Another deployment may share the account at Stripe, and anybody there can name an order."""
    if number == "one of ours":
        number = holder.order()["number"]

    def seen() -> tuple[Any, Any]:
        return Rows(stack).under("orders", f"ORDER#{number}"), Rows(stack).entries(
            f"ORDER#{number}"
        )

    before = seen()
    assert (before[0] == []) is (number == "SO-99999999")
    at_stripe = StripeClient(
        stack.record.stripe_key, base_addresses={"api": f"{stack.url}/_stripe"}
    )
    session = at_stripe.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "client_reference_id": number,
            "success_url": "https://example.com/",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 100,
                        "product_data": {"name": "Something else"},
                    },
                }
            ],
        }
    )

    on_payment_page({"checkout_url": session.url}, "pay").raise_for_status()

    eventually(
        lambda: any("order of ours" in line and session.id in line for line in log_lines(stack)),
        # All logs are read each time, which is slow on a busy stack.
        seconds=180,
        what="the payment worker has seen the event",
    )
    assert seen() == before
