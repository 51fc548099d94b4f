"""Buying, as the races need it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from local.client import Person, mails, on_payment_page
from local.stack import FunctionFailed, Stack
from tests.support.running.clock import at_last
from tests.support.running.rows import Rows

T = TypeVar("T")
_KEY = re.compile(r"\b(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}\b")


def checkout_of(order: dict[str, Any]) -> str:
    """The id of an order's Checkout Session."""
    return str(order["checkout_url"]).rpartition("/")[2]


def pay(order: dict[str, Any]) -> int:
    """Pay on the payment page; 303 if it was open."""
    return on_payment_page(order, "pay").status_code


def mailed(stack: Stack, someone: Person, number: str) -> tuple[int, list[str]]:
    """How many mails confirm this order, and the license key in each mail that brings one."""
    found = mails(stack.url, to=f"{someone.user_id}@acme.example", containing=number)
    keys = [_KEY.findall(mail["text"])[0] for mail in found if "license key" in mail["subject"]]
    confirmed = [mail for mail in found if mail["subject"] == f"Order {number} is confirmed"]
    return len(confirmed), keys


def fulfilled(stack: Stack, rows: Rows, someone: Person, number: str, *, units: int) -> None:
    """The order is complete once: all keys, all mails, one payment, nothing twice."""
    at_last(stack, lambda: rows.order(number)["state"] == "fulfilled", f"{number} is fulfilled")
    at_last(stack, lambda: not rows.unkept(number), f"the mails of {number} are sent")
    assert rows.changes(number).count("order.paid") == 1
    assert sorted(key["unit"] for key in rows.license_keys(number)) == list(range(units))
    confirmed, keys = mailed(stack, someone, number)
    assert confirmed == 1
    assert len(keys) == len(set(keys)) == units


def record(**body: str) -> dict[str, Any]:
    """An event with one SQS record."""
    return {
        "Records": [
            {"messageId": "race", "body": json.dumps(body), "eventSource": "aws:sqs"},
        ]
    }


def worker(stack: Stack, function: str, **body: str) -> Callable[[], bool]:
    """A call of a worker with this message; it answers whether the message was acknowledged."""

    def work() -> bool:
        try:
            answer = stack.invoke(function, record(**body))
        except FunctionFailed as failure:
            if "timed out" in str(failure):
                return False  # it died while processing the message: the queue brings it again
            raise
        return bool(answer == {"batchItemFailures": []})

    return work
