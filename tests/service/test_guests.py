"""A guest from the payment page to somebody's redemption by HTTP (B5, B8)."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta
from typing import Any

from local.client import ORDER, Person, eventually, mails, on_payment_page
from local.registrant import work
from local.stack import Stack
from tests.support.running.people import api

KEY = re.compile(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b")
SECONDS = timedelta(seconds=5)


def placed(stack: Stack, email: str) -> tuple[Person, dict[str, Any]]:
    """Somebody without an account, and the order just placed."""
    guest = Person(api(stack), "")
    form = guest.expect(200, "GET", "/guest-orders/form")
    stack.clock.move(SECONDS)
    sample = json.loads(ORDER.read_text(encoding="utf-8"))
    body = {
        **{name: sample[name] for name in ("partner", "shipping_address", "billing_address")},
        "items": [{"product": "phone", "quantity": 1}],
        "name": "Gil Guest",
        "email": email,
        "organization": "Guest Parts",
        "disclaimer_accepted": True,
        "payment": "card",
        "form": {"form": form["form"], "work": work(form)},
    }
    answer: dict[str, Any] = guest.expect(201, "POST", "/guest-orders", body)
    return guest, answer


def keys_mailed(stack: Stack, email: str) -> list[str]:
    return [key for mail in mails(stack.url, to=email) for key in KEY.findall(mail["text"])]


def test_b8_a_guest_buys_a_key_and_somebody_with_an_account_redeems_it(
    stack: Stack, holder: Person
) -> None:
    email = f"gil.{uuid.uuid4().hex[:12]}@shop.example"
    guest, answer = placed(stack, email)
    order, token = answer["order"], {"X-Order-Token": answer["token"]}
    path = f"/guest-orders/{order['number']}"
    assert mails(stack.url, to=email) == []

    on_payment_page(order, "pay").raise_for_status()
    eventually(
        lambda: guest.expect(200, "GET", path, headers=token)["state"] == "fulfilled",
        seconds=40,
        what=f"{order['number']} is fulfilled",
    )
    eventually(lambda: keys_mailed(stack, email) != [], seconds=40, what="the key is mailed")
    [first] = keys_mailed(stack, email)
    assert len(mails(stack.url, to=email, containing="Only an account with access")) == 2

    guest.expect(200, "POST", f"{path}/license-keys/1/resend", headers=token)
    eventually(lambda: len(keys_mailed(stack, email)) == 2, seconds=40, what="another key comes")
    [second] = [key for key in keys_mailed(stack, email) if key != first]
    credential = holder.redeem(second)
    assert (credential["order"], credential["kind"]) == (order["number"], "phone")
    refused = guest.call("POST", f"{path}/license-keys/1/resend", headers=token)
    assert refused.json()["code"] == "license_key_not_reissuable"
