"""Killed between any two steps of a payment: all or nothing, and the clock does the rest (S46)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.inside import BY, Inside
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.service import Service
from tests.support.running.shop import checkout_of, fulfilled, pay
from tests.support.running.wire import Killed, Wire, die, nothing


@pytest.mark.parametrize(
    ("units", "when", "step", "left"),
    [
        (2, "before", 1, ("awaiting_payment", 0)),
        (2, "after", 1, ("paid", 0)),
        (2, "before", 2, ("paid", 0)),
        (60, "after", 2, ("paid", 20)),
        (2, "after", 2, ("fulfilled", 2)),
    ],
    ids=[
        "before paid is written",
        "after paid is written",
        "before the keys are written",
        "after the first 20 of 60 keys are written",
        "after the last key is written",
    ],
)
def test_a_worker_killed_while_it_settles_a_payment_loses_no_key_and_makes_none_twice(
    *,
    stack: Service,
    inside: Inside,
    rows: Rows,
    stripe: Switch,
    units: int,
    when: str,
    step: int,
    left: tuple[str, int],
) -> None:
    """B4, B5, S37: the sweep finds and completes the unfinished order."""
    stripe(webhooks="drop")
    someone, wire = person(stack), inside.wire()
    order = someone.order(quantity=units)
    number = order["number"]
    pay(order)
    _kill(wire, when, step)
    with pytest.raises(Killed):
        inside.payments(wire).settle(checkout_of(order), by=BY)

    state, minted = left
    assert rows.order(number)["state"] == state
    assert len(rows.license_keys(number)) == rows.order(number)["minted"] == minted
    assert len(rows.queued(number, "license_key")) == minted

    # Before that, an order that waits for its payment is not checked.
    stack.clock.move(timedelta(minutes=6))
    sweep(stack)
    fulfilled(stack, rows, someone, number, units=units)


def test_two_workers_that_mint_the_same_keys_mint_each_once(
    stack: Service, inside: Inside, rows: Rows, stripe: Switch
) -> None:
    """S37: another worker mints all of them just before the first chunk is written."""
    stripe(webhooks="drop")
    someone, wire = person(stack), inside.wire()
    order = someone.order(quantity=30)
    pay(order)
    other = inside.payments()
    wire.before("transact_write_items", nothing, lambda: other.settle(checkout_of(order), by=BY))
    inside.payments(wire).settle(checkout_of(order), by=BY)
    stack.settle()
    fulfilled(stack, rows, someone, order["number"], units=30)


def test_two_workers_that_mint_different_chunks_mint_each_key_once(
    stack: Service, inside: Inside, rows: Rows, stripe: Switch
) -> None:
    """S37: another worker mints the first chunk only, so that the order is still `paid`."""
    stripe(webhooks="drop")
    someone, wire, short = person(stack), inside.wire(), inside.wire()
    order = someone.order(quantity=30)
    pay(order)
    short.after("transact_write_items", die)

    def one_chunk() -> None:
        with pytest.raises(Killed):
            inside.payments(short).settle(checkout_of(order), by=BY)

    wire.before("transact_write_items", nothing, one_chunk)
    inside.payments(wire).settle(checkout_of(order), by=BY)
    stack.settle()
    fulfilled(stack, rows, someone, order["number"], units=30)


def _kill(wire: Wire, when: str, step: int) -> None:
    """Kill the user of the wire before or after the `step`-th transaction."""
    around = wire.before if when == "before" else wire.after
    around("transact_write_items", *[nothing] * (step - 1), die)
