"""Money that goes back, by Stripe's events and its API: a dispute won, refunds (B4, S40)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from local.stack import Stack
from tests.support.builders import REASON
from tests.support.running.clock import at_last
from tests.support.running.credential_checks import shown
from tests.support.running.observed import kept, order_mails
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply


@pytest.fixture
def supply(stack: Stack) -> Supply:
    """Two license keys of one order: one is redeemed, one is not."""
    return Supply(stack, 2, period=None)


def bank(stack: Stack, act: str, **asked: Any) -> dict[str, Any]:
    answer = requests.post(f"{stack.url}/_control/{act}", json=asked, timeout=30)
    answer.raise_for_status()
    done: dict[str, Any] = answer.json()
    return done


def payment_of(stack: Stack, number: str) -> str:
    return str(Rows(stack).order(number)["payment"])


def keys(stack: Stack, number: str) -> list[str]:
    return sorted(str(one["state"]) for one in Rows(stack).license_keys(number))


def status(owner: Holder) -> str:
    return str(shown(owner.person, owner.credential)["status"])


def test_s40_a_dispute_suspends_until_it_is_won(stack: Stack, supply: Supply) -> None:
    owner, number = supply.holder(), supply.order
    opened = bank(
        stack, "disputes", payment_intent=payment_of(stack, number), status="needs_response"
    )
    at_last(stack, lambda: status(owner) == "suspended", "the dispute suspends")
    at_last(stack, lambda: keys(stack, number) == ["redeemed", "stopped"], "the key is stopped")
    assert supply.buyer.show(number)["disputed"]
    assert owner.person.elevate(owner.device.press()).status_code == 403

    bank(stack, f"disputes/{opened['id']}", status="won")
    at_last(stack, lambda: status(owner) == "active", "it works again")
    at_last(stack, lambda: keys(stack, number) == ["issued", "redeemed"], "so does the key")
    assert owner.person.elevate(owner.device.press()).status_code == 201


def test_s40_a_refund_by_line_and_the_refund_of_the_rest(stack: Stack, supply: Supply) -> None:
    owner, number = supply.holder(), supply.order
    [unit] = [
        int(one["unit"]) for one in Rows(stack).license_keys(number) if one["state"] == "issued"
    ]
    event = {"operation": "refund_lines", "order": number, "reason": REASON}
    stack.invoke("OperationsFunction", {**event, "pieces": [unit + 1]})
    at_last(stack, lambda: keys(stack, number) == ["canceled", "redeemed"], "the key is dead")
    assert status(owner) == "active"

    stack.invoke("OperationsFunction", {**event, "whole": True})
    at_last(stack, lambda: status(owner) == "suspended", "the other one is suspended")
    order = supply.buyer.show(number)
    assert (order["given_back"], order["canceled_pieces"]) == (order["total"], [1, 2])
    kept(stack, number)
    told = order_mails(stack, supply.buyer.user_id, number)
    assert sum("goes back to you" in one["subject"] for one in told) == 2
