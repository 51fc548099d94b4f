"""Ordering, canceling and paying at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from keyfob.domain.errors import IllegalTransition
from keyfob.domain.orders import decisions
from local.client import Person, eventually, new_order
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.clock import at_last
from tests.support.running.fixtures import Switch
from tests.support.running.inside import BY, Inside
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.shop import checkout_of, fulfilled, mailed, pay
from tests.support.running.stripe_side import StripeSide

PAIRS = effort(4, 10)


def test_one_idempotency_key_makes_one_order_however_often_it_comes(
    stack: Stack, rows: Rows, stripe_side: StripeSide
) -> None:
    """B3: equal requests at once: one order, one payment page (S41)."""
    someone = person(stack)
    for made in range(1, effort(2, 4)):
        key = str(uuid.uuid4())
        numbers = set(at_once([partial(_placed, someone, key)] * effort(5, 12)))
        assert len(numbers) == 1
        assert len(rows.orders_of(someone.token.split(".")[0])) == made
        assert len(stripe_side.checkouts(numbers.pop())) == 1


def test_one_idempotency_key_with_two_bodies_is_one_of_them(stack: Stack, rows: Rows) -> None:
    """The first one is placed; the others are refused."""
    someone, key = person(stack), str(uuid.uuid4())

    def place(quantity: int) -> str:
        answer = _post_order(someone, key, quantity)
        return str(answer["number"] if "number" in answer else answer["code"])

    answers = at_once([partial(place, quantity) for quantity in (1, 2) * PAIRS])
    (number,) = rows.orders_of(someone.token.split(".")[0])
    assert {tuple(answers[::2].count(one) for one in (number, "idempotency_key_reused"))} <= {
        (PAIRS, 0),
        (0, PAIRS),
    }
    assert sorted(answers) == sorted([number, "idempotency_key_reused"] * PAIRS)


def test_an_order_that_is_paid_and_canceled_at_once_is_never_both(
    stack: Stack, rows: Rows, stripe_side: StripeSide
) -> None:
    """B4, S37: each order is fulfilled, or canceled with the money kept or given back."""
    someone = person(stack)
    with ThreadPoolExecutor(5) as pool:
        orders = list(pool.map(lambda _: someone.order(), range(effort(3, 10))))
    acts: list[Callable[[], object]] = []
    for order in orders:
        acts += [partial(pay, order), partial(_cancel, someone, order["number"])]
    at_once(acts)

    for order in orders:
        number = order["number"]
        end = at_last(stack, partial(_end, rows, stripe_side, number), f"{number} has ended")
        if end == "fulfilled":
            fulfilled(stack, rows, someone, number, units=1)
            assert "order.canceled" not in rows.changes(number)
        else:
            assert rows.changes(number).count("order.canceled") == 1
            assert "order.paid" not in rows.changes(number)
            assert not rows.license_keys(number)
            assert mailed(stack, someone, number) == (0, [])
        assert len(_refunds(rows, stripe_side, number)) == (1 if end == "refunded" else 0)


def test_a_payment_just_before_a_cancellation_is_written_wins(
    stack: Stack, inside: Inside, rows: Rows, stripe: Switch
) -> None:
    """S37: the cancellation decides again on the paid order, and is refused."""
    someone, wire = person(stack), inside.wire()
    order = someone.order()
    stripe(webhooks="drop")
    pay(order)
    settle = partial(inside.payments().settle, checkout_of(order), by=BY)
    wire.before("transact_write_items", settle)
    with pytest.raises(IllegalTransition):
        inside.service(wire).decide(order["number"], decisions.cancel, by=BY)
    fulfilled(stack, rows, someone, order["number"], units=1)


def test_a_cancellation_just_before_a_payment_is_written_has_it_refunded(
    stack: Stack, inside: Inside, rows: Rows, stripe: Switch, stripe_side: StripeSide
) -> None:
    """B4: the payment decides again on the canceled order."""
    someone, wire = person(stack), inside.wire()
    order = someone.order()
    number = order["number"]
    stripe(webhooks="drop")
    pay(order)
    wire.before("transact_write_items", partial(_cancel, someone, number))
    inside.payments(wire).settle(checkout_of(order), by=BY)
    eventually(lambda: "refund" in rows.order(number), what="the refund")
    assert rows.order(number)["state"] == "canceled"
    assert not rows.license_keys(number)
    assert len(_refunds(rows, stripe_side, number)) == 1


def _post_order(someone: Person, key: str, quantity: int) -> dict[str, Any]:
    """The answer; repeats the request while the payment provider is busy with the same order."""

    def ask() -> dict[str, Any] | None:
        body = new_order(quantity=quantity)
        answer = someone.call("POST", "/orders", body, headers={"Idempotency-Key": key})
        found: dict[str, Any] = answer.json()
        return None if found.get("code") in {"payment_unavailable", "busy"} else found

    return eventually(ask, seconds=60, what="an answer") or {}


def _placed(someone: Person, key: str) -> str:
    return str(_post_order(someone, key, 1)["number"])


def _cancel(someone: Person, number: str) -> None:
    answer = someone.call("POST", f"/orders/{number}/cancellation")
    assert answer.status_code in {200, 409}


def _end(rows: Rows, stripe_side: StripeSide, number: str) -> str | None:
    """The final state of the order; None while something is still to happen to it."""
    order = rows.order(number)
    (checkout,) = stripe_side.checkouts(number)
    if order["state"] == "fulfilled":
        return "fulfilled"
    if order["state"] != "canceled" or rows.unkept(number):
        return None
    if checkout["status"] == "expired":
        return "unpaid"
    return "refunded" if "refund" in order else None


def _refunds(rows: Rows, stripe_side: StripeSide, number: str) -> list[dict[str, Any]]:
    payment = rows.order(number).get("payment")
    return stripe_side.events("refund.created", payment_intent=payment) if payment else []
