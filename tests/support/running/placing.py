"""Orders that are placed and paid while the payment provider fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from local.client import Person, new_order
from local.stack import Stack
from tests.support.running.rows import Rows
from tests.support.running.shop import checkout_of, worker
from tests.support.running.stripe_side import StripeSide


def place(someone: Person, key: str) -> requests.Response:
    """Send an order under this Idempotency-Key."""
    return someone.call("POST", "/orders", new_order(), headers={"Idempotency-Key": key})


def is_refused(answer: requests.Response) -> None:
    """The order was placed, but has no payment page yet."""
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] in {"payment_unavailable", "payment_failed"}


def goes_on(someone: Person, key: str, rows: Rows, stripe_side: StripeSide) -> None:
    """The refused order exists, and the same request gets its payment page."""
    (number,) = rows.orders_of(someone.token.split(".")[0])
    assert rows.order(number)["state"] == "awaiting_payment"
    answer = place(someone, key)
    assert answer.status_code == 201
    assert answer.json()["number"] == number
    (checkout,) = stripe_side.checkouts(number)
    assert checkout_of(answer.json()) == checkout["id"]


def settle(stack: Stack, order: dict[str, Any]) -> Callable[[], bool]:
    """Give the payment worker a payment; whether it acknowledges it."""
    about = {"checkout": checkout_of(order), "event": "evt_race", "event_type": "race"}
    return worker(stack, "PaymentWorkerFunction", correlation="race", **about)
