"""From the payment page to the license key in the mailbox (B4, B5, S17, S27, S37, S38)."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from email import policy
from typing import Any

import pytest
import requests

from keyfob.domain.orders.license_key import normalized
from local.client import Person, eventually, on_payment_page
from local.stack import Stack
from tests.support.running.fixtures import Paused, Switch
from tests.support.running.observed import (
    asked_of_stripe,
    at_stripe,
    checkout_of,
    kept,
    order_mails,
    seal_closed_hours,
)
from tests.support.running.rows import Rows

KEY = re.compile(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b")


def paid(stack: Stack, buyer: Person, **changes: Any) -> dict[str, Any]:
    """An order, paid and fulfilled, as the API shows it then."""
    order = buyer.order(**changes)
    on_payment_page(order, "pay").raise_for_status()
    wait_for(buyer, order, "fulfilled")
    return buyer.show(order["number"])


def wait_for(buyer: Person, order: dict[str, Any], state: str) -> None:
    number = order["number"]
    eventually(
        lambda: buyer.show(number)["state"] == state, seconds=40, what=f"{number} is {state}"
    )


def license_keys(mails: list[dict[str, Any]]) -> list[str]:
    return [key for mail in mails for key in KEY.findall(mail["text"])]


def actions(stack: Stack, order: dict[str, Any]) -> list[str]:
    return [entry["action"] for entry in Rows(stack).entries(f"ORDER#{order['number']}")]


def as_sent(stack: Stack, mail: dict[str, Any]) -> email.message.EmailMessage:
    raw = requests.get(f"{stack.url}/messages/{mail['id']}/raw", timeout=10).content
    return email.message_from_bytes(raw, policy=policy.default)


def test_b4_a_paid_order_becomes_one_confirmation_and_one_license_key_mail(
    stack: Stack, holder: Person
) -> None:
    order = paid(stack, holder)
    kept(stack, order["number"], at_least=2)

    confirmation, key_mail = sorted(
        order_mails(stack, holder.user_id, order["number"]), key=lambda one: one["subject"]
    )

    assert "confirmed" in confirmation["subject"]
    assert f"USD {order['total'] / 100:.2f}" in confirmation["text"]
    assert KEY.findall(confirmation["text"] + confirmation["html"]) == []
    [key] = KEY.findall(key_mail["text"])
    assert KEY.findall(key_mail["html"]) == [key]
    assert normalized(key) == key
    assert (order["license_keys"], order["checkout_url"]) == (1, None)
    assert order["paid_at"] >= order["placed_at"]


def test_b5_mails_are_real_mime_with_text_and_html(stack: Stack, holder: Person) -> None:
    order = paid(stack, holder)
    kept(stack, order["number"], at_least=2)
    for mail in order_mails(stack, holder.user_id, order["number"]):
        sent = as_sent(stack, mail)
        enclosed = [part.get_content_type() for part in sent.iter_attachments()]
        assert enclosed == ["application/pdf"] * ("is confirmed" in str(sent["Subject"]))
        text = next(sent.iter_parts()) if enclosed else sent
        assert text.get_content_type() == "multipart/alternative"
        parts = [part.get_content_type() for part in text.iter_parts()]
        assert parts == ["text/plain", "text/html"]
        assert sent["To"].addresses[0].addr_spec == f"{holder.user_id}@acme.example"
        assert sent["Date"].datetime.utcoffset() is not None


def test_s51_a_buyers_input_stays_text_in_the_mail(stack: Stack, holder: Person) -> None:
    order = paid(stack, holder, po_number="<script>alert(1)</script> & co")
    kept(stack, order["number"], at_least=2)
    html = "".join(one["html"] for one in order_mails(stack, holder.user_id, order["number"]))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in html


def test_g4_every_step_of_an_order_is_in_its_audit_trail(stack: Stack, holder: Person) -> None:
    order = paid(stack, holder)
    assert actions(stack, order) == [
        "order.placed",
        "order.checkout_opened",
        "order.paid",
        "order.keys_minted",
        "order.reserved",
    ]
    # Other tests have moved the clock: the hours that closed meanwhile are sealed first.
    seal_closed_hours(stack)
    assert stack.invoke("OperationsFunction", {"operation": "verify_audit"})["faults"] == []


def test_b5_sixty_units_get_sixty_different_keys_each_in_one_mail(
    stack: Stack, holder: Person
) -> None:
    order = paid(stack, holder, quantity=60)
    kept(stack, order["number"], at_least=61)

    mails = order_mails(stack, holder.user_id, order["number"])
    keys = license_keys(mails)

    assert len(mails) == 61
    assert len(set(keys)) == len(keys) == 60
    assert all(normalized(key) == key for key in keys)
    assert order["license_keys"] == 60
    minted = Rows(stack).license_keys(order["number"])
    assert sorted(int(row["unit"]) for row in minted) == list(range(60))


def test_b4_a_declined_card_can_be_followed_by_a_good_one(stack: Stack, holder: Person) -> None:
    order = holder.order()
    assert "declined" in on_payment_page(order, "decline").text
    assert holder.show(order["number"])["state"] == "awaiting_payment"

    on_payment_page(order, "pay")

    wait_for(holder, order, "fulfilled")
    kept(stack, order["number"], at_least=2)
    assert len(license_keys(order_mails(stack, holder.user_id, order["number"]))) == 1


def test_b4_a_closed_payment_page_expires_the_order(stack: Stack, holder: Person) -> None:
    order = holder.order()
    on_payment_page(order, "expire")
    wait_for(holder, order, "expired")
    kept(stack, order["number"], at_least=2)
    [told] = order_mails(stack, holder.user_id, order["number"])
    assert "expired" in told["subject"]
    assert holder.show(order["number"])["license_keys"] == 0


def test_b4_the_browsers_return_pays_nothing(stack: Stack, holder: Person, stripe: Switch) -> None:
    stripe(webhooks="drop")
    order = holder.order()
    back = on_payment_page(order, "pay").headers["Location"]
    requests.get(back, timeout=10)
    assert holder.show(order["number"])["state"] == "awaiting_payment"


def test_a_lost_webhook_costs_minutes_and_not_the_order(
    stack: Stack, holder: Person, stripe: Switch
) -> None:
    stripe(webhooks="drop")
    order = holder.order()
    on_payment_page(order, "pay")
    stack.clock.move(timedelta(minutes=6))

    stack.invoke("LifecycleSweepFunction", {})

    wait_for(holder, order, "fulfilled")
    kept(stack, order["number"], at_least=2)
    assert len(license_keys(order_mails(stack, holder.user_id, order["number"]))) == 1


def test_s37_an_event_sent_twice_pays_once(stack: Stack, holder: Person, stripe: Switch) -> None:
    stripe(webhooks="twice")
    order = paid(stack, holder)
    kept(stack, order["number"], at_least=2)
    assert actions(stack, order).count("order.paid") == 1
    assert len(order_mails(stack, holder.user_id, order["number"])) == 2


@pytest.mark.parametrize("wrong", [{"amount_override": 1}, {"currency_override": "eur"}])
def test_s38_another_amount_or_currency_is_held_and_not_fulfilled(
    stack: Stack, holder: Person, stripe: Switch, wrong: dict[str, Any]
) -> None:
    order = holder.order()
    stripe(**wrong)
    on_payment_page(order, "pay")
    wait_for(holder, order, "held")
    assert holder.show(order["number"])["license_keys"] == 0
    assert Rows(stack).queued(order["number"]) == []
    assert order_mails(stack, holder.user_id, order["number"]) == []
    assert actions(stack, order)[-1] == "order.payment_held"


@pytest.mark.parametrize("webhooks", ["deliver", "twice", "drop"])
def test_b4_a_payment_after_cancellation_is_refunded_once(
    stack: Stack, holder: Person, stripe: Switch, paused: Paused, webhooks: str
) -> None:
    stripe(webhooks=webhooks)
    order = holder.order()
    number = order["number"]
    with paused("EffectsWorkerFunction"):
        holder.expect(200, "POST", f"/orders/{number}/cancellation")
        on_payment_page(order, "pay").raise_for_status()

    # Canceled and refunded: two mails, and the two effects between them.
    eventually(lambda: holder.show(number)["refunded"], seconds=40, what="the money went back")
    kept(stack, number, at_least=4)

    shown = holder.show(number)
    assert (shown["state"], shown["license_keys"]) == ("canceled", 0)
    assert len(asked_of_stripe(stack, "refund", number)) == 1
    refund = at_stripe(stack, f"refunds/{Rows(stack).order(number)['refund']}")
    assert (refund["amount"], refund["status"]) == (order["total"], "succeeded")
    session = at_stripe(stack, f"checkout/sessions/{checkout_of(order)}")
    assert refund["payment_intent"] == session["payment_intent"]
    subjects = [mail["subject"] for mail in order_mails(stack, holder.user_id, number)]
    assert sorted("goes back" in subject for subject in subjects) == [False, True]
