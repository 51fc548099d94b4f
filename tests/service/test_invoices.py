"""Orders by invoice over Stripe's double, to the mails of their keys (B3, B4, G2)."""

from __future__ import annotations

import json
from typing import Any

import requests

from local.client import Person, new_order
from local.stack import Stack
from tests.support.running.clock import at_last
from tests.support.running.fixtures import Switch
from tests.support.running.observed import at_stripe, order_mails
from tests.support.running.rows import Rows

_TIMEOUT = 60


def placed(holder: Person, **changes: Any) -> dict[str, Any]:
    return holder.order(payment="invoice", po_number="PO-2026-117", **changes)


def pay(order: dict[str, Any], amount: str = "") -> None:
    """Pay on the invoice's own page: all that remains, or an amount."""
    answer = requests.post(
        f"{order['invoice']['url']}/pay", data={"amount": amount}, timeout=_TIMEOUT
    )
    answer.raise_for_status()


def subjects(stack: Stack, holder: Person, order: dict[str, Any]) -> list[str]:
    return [str(one["subject"]) for one in order_mails(stack, holder.user_id, order["number"])]


def transfer(stack: Stack, order: dict[str, Any], **changes: Any) -> Any:
    return stack.invoke(
        "OperationsFunction",
        {
            "operation": "mark_paid",
            "order": order["number"],
            "on": stack.clock.now().date().isoformat(),
            "reference": "2026/4711",
            "reason": "On the bank statement",
            **changes,
        },
    )


def test_b4_an_invoice_with_po_partly_then_wholly_paid_brings_the_keys(
    stack: Stack, holder: Person
) -> None:
    order = placed(holder, quantity=2)
    number = order["number"]
    assert subjects(stack, holder, order) == [f"Invoice for order {number}"]
    kept = json.loads(Rows(stack).order(number)["invoice"])
    bill = at_stripe(stack, f"invoices/{kept['id']}")
    assert (bill["total"], bill["status"]) == (order["total"], "open")
    assert bill["custom_fields"] == [{"name": "Purchase order", "value": "PO-2026-117"}]
    pay(order, "50.00")
    shown = holder.show(number)
    assert (shown["state"], shown["invoice"]["state"]) == ("awaiting_payment", "partly_paid")
    assert (shown["invoice"]["paid"], shown["invoice"]["remaining"]) == (
        5_000,
        order["total"] - 5_000,
    )
    assert len(subjects(stack, holder, order)) == 1, "nothing is fulfilled for a part"
    pay(order)
    shown = holder.show(number)
    assert (shown["state"], shown["license_keys"]) == ("fulfilled", 2)
    told = subjects(stack, holder, order)
    assert told.count(f"Order {number} is confirmed") == 1
    assert sum("license key" in one for one in told) == 2


def test_g2_transfers_that_an_operator_enters_pay_the_rest(stack: Stack, holder: Person) -> None:
    order = placed(holder)
    pay(order, "10.00")
    answer = transfer(stack, order, amount=2_000)
    assert (answer["amount"], answer["remaining_before"]) == (2_000, order["total"] - 1_000)
    assert holder.show(order["number"])["invoice"]["paid"] == 3_000
    assert transfer(stack, order)["error"] == "payment_already_recorded"
    transfer(stack, order, reference="2026/4712")
    shown = holder.show(order["number"])
    assert (shown["state"], shown["invoice"]["remaining"]) == ("fulfilled", 0)
    assert transfer(stack, order, reference="2026/4713")["error"] == "illegal_state"


def test_b4_canceling_a_partly_paid_order_gives_the_money_back(
    stack: Stack, holder: Person
) -> None:
    order = placed(holder)
    pay(order, "50.00")
    holder.expect(200, "POST", f"/orders/{order['number']}/cancellation")
    shown = holder.show(order["number"])
    assert (shown["state"], shown["refunded"]) == ("canceled", True)
    assert (shown["invoice"]["remaining"], shown["license_keys"]) == (0, 0)
    [mail] = [
        one
        for one in order_mails(stack, holder.user_id, order["number"])
        if "goes back" in one["subject"]
    ]
    assert "USD 50.00" in mail["text"]


def test_b4_canceling_an_unpaid_order_makes_its_invoice_void(holder: Person) -> None:
    order = placed(holder)
    shown = holder.expect(200, "POST", f"/orders/{order['number']}/cancellation")
    assert shown["state"] == "canceled"
    shown = holder.show(order["number"])
    assert (shown["invoice"]["state"], shown["refunded"]) == ("void", False)


def test_b4_a_surplus_is_held_for_an_operator(stack: Stack, holder: Person) -> None:
    order = placed(holder)
    paid = order["total"] + 700
    pay(order, f"{paid // 100}.{paid % 100:02}")
    shown = holder.show(order["number"])
    assert (shown["state"], shown["invoice"]["surplus"]) == ("fulfilled", 700)
    listed = stack.invoke("OperationsFunction", {"operation": "list_held_money"})
    assert [one["surplus"] for one in listed["orders"] if one["order"] == order["number"]] == [700]
    closing = {"amount": 700, "outcome": "paid_back", "reason": "Sent back by bank"}
    about = {"operation": "close_surplus", "order": order["number"]}
    assert stack.invoke("OperationsFunction", about | closing)["surplus"] == 0
    listed = stack.invoke("OperationsFunction", {"operation": "list_held_money"})
    assert order["number"] not in {one["order"] for one in listed["orders"]}
    later = placed(holder)
    assert later["invoice"]["remaining"] == later["total"], "a surplus lowers no later invoice"


def test_b4_a_refund_by_line_is_a_credit_note_over_card_and_bank(
    stack: Stack, holder: Person
) -> None:
    order = placed(holder, quantity=2)
    pay(order, "50.00")
    transfer(stack, order)
    at_last(stack, lambda: holder.show(order["number"])["state"] == "fulfilled", "it is paid")
    asked = {"operation": "refund_lines", "order": order["number"], "pieces": [2]}
    answer = stack.invoke("OperationsFunction", asked | {"reason": "Ordered one too many"})

    def given_back() -> list[int]:
        found = json.loads(Rows(stack).order(order["number"])["given_back"])
        return [one["amount"] for one in found["refunds"]]

    at_last(stack, lambda: sum(given_back()) == answer["requested"], "the refund is known")
    kept = json.loads(Rows(stack).order(order["number"])["invoice"])
    [note] = at_stripe(stack, f"credit_notes?invoice={kept['id']}")["data"]
    assert (note["amount"], note["out_of_band_amount"]) == (
        answer["requested"],
        answer["requested"] - 5_000,
    )
    assert [one["amount_refunded"] for one in note["refunds"]] == [5_000]


def test_s37_events_twice_and_reversed_end_in_one_state(
    stack: Stack, holder: Person, stripe: Switch
) -> None:
    order = placed(holder)
    stripe(webhooks="hold")
    pay(order, "50.00")
    pay(order)
    assert holder.show(order["number"])["state"] == "awaiting_payment"
    for held in ("reversed", "in_order"):
        requests.post(
            f"{stack.url}/_control/webhooks/deliver", json={"held": held}, timeout=_TIMEOUT
        ).raise_for_status()
    stripe(webhooks="twice")
    shown = holder.show(order["number"])
    assert (shown["state"], shown["license_keys"]) == ("fulfilled", 1)
    told = subjects(stack, holder, order)
    assert sum("license key" in one for one in told) == 1


def test_s50_a_failing_stripe_leaves_the_order_and_the_same_request_goes_on(
    holder: Person, stripe: Switch
) -> None:
    asked, headers = new_order(payment="invoice"), {"Idempotency-Key": "invoice-try-again"}
    stripe(answer="error500")
    assert holder.call("POST", "/orders", asked, headers=headers).status_code == 503
    stripe(answer="error429")
    assert holder.call("POST", "/orders", asked, headers=headers).status_code == 503
    stripe(answer="normal")
    order = holder.expect(201, "POST", "/orders", asked, headers=headers)
    assert order["invoice"]["state"] == "open"
    pay(order)
    assert holder.show(order["number"])["state"] == "fulfilled"
