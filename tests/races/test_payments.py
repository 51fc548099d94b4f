"""Events of a payment that are repeated, parallel, out of order or forged."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from local.client import Person, eventually
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.fixtures import Switch
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.shop import checkout_of, fulfilled, pay, worker
from tests.support.running.stripe_side import StripeSide

MANY, SOME = effort(6, 20), effort(3, 8)


def test_a_payment_told_many_times_at_once_fulfills_the_order_once(
    stack: Stack, rows: Rows, stripe: Switch, stripe_side: StripeSide
) -> None:
    """S37, S42: webhooks, payment workers and lifecycle workers, 36 in the long run."""
    someone = person(stack)
    stripe(webhooks="drop")
    for _ in range(effort(1, 2)):
        order, event = _paid(someone, stripe_side, quantity=3)
        checkout, number = checkout_of(order), order["number"]
        settling = {"checkout": checkout, "event": event["id"], "event_type": event["type"]}
        settle = worker(stack, "PaymentWorkerFunction", correlation="race", **settling)
        look = worker(stack, "LifecycleWorkerFunction", due=f"ORDER#{number}")
        deliver = partial(stripe_side.deliver, event)
        at_once([deliver] * MANY + [settle] * SOME + [look] * SOME)
        fulfilled(stack, rows, someone, number, units=3)
        # Once more, when everything is over.
        assert settle()
        assert look()
        fulfilled(stack, rows, someone, number, units=3)


def test_every_webhook_sent_twice_changes_nothing_twice(
    stack: Stack, rows: Rows, stripe: Switch
) -> None:
    """S37: each event in two copies at once."""
    someone = person(stack)
    stripe(webhooks="twice")
    orders = [someone.order(quantity=2) for _ in range(effort(2, 5))]
    at_once([partial(pay, order) for order in orders])
    for order in orders:
        fulfilled(stack, rows, someone, order["number"], units=2)


def test_an_expiry_told_before_the_payment_does_not_expire_a_paid_order(
    stack: Stack, rows: Rows, stripe: Switch, stripe_side: StripeSide
) -> None:
    """S37: an event's claim is only a reason to look."""
    someone = person(stack)
    stripe(webhooks="drop")
    order, completed = _paid(someone, stripe_side)
    expired = _claiming(completed, "checkout.session.expired", status="expired")
    assert stripe_side.deliver(expired) == 204
    assert stripe_side.deliver(completed) == 204
    fulfilled(stack, rows, someone, order["number"], units=1)
    assert "order.expired" not in rows.changes(order["number"])


def test_a_payment_told_before_it_happened_pays_nothing(
    stack: Stack, rows: Rows, stripe: Switch, stripe_side: StripeSide
) -> None:
    """S37: Stripe is asked even if the signature is right."""
    someone = person(stack)
    stripe(webhooks="drop")
    _, completed = _paid(someone, stripe_side)
    order = someone.order()
    checkout, number = checkout_of(order), order["number"]
    untrue = _claiming(completed, "checkout.session.completed", id=checkout)
    assert stripe_side.deliver(untrue) == 204
    settling = {"checkout": checkout, "event": "evt_race", "correlation": "race"}
    assert worker(stack, "PaymentWorkerFunction", **settling)()
    _is_untouched(rows, number)


def test_forged_events_are_refused_and_change_nothing(
    stack: Stack, rows: Rows, stripe: Switch, stripe_side: StripeSide
) -> None:
    """S36: 20 with a stranger's signature, for an order that really is paid."""
    someone = person(stack)
    stripe(webhooks="drop")
    order, event = _paid(someone, stripe_side)
    forge = partial(stripe_side.deliver, event, secret="whsec_guessed")
    assert set(at_once([forge] * effort(5, 20))) == {400}
    _is_untouched(rows, order["number"])


def test_a_page_paid_for_an_order_that_nobody_placed_is_no_reason_to_stop(
    stack: Stack, stripe: Switch, stripe_side: StripeSide, rows: Rows
) -> None:
    """S37: another deployment on the same account; the message is acknowledged, not retried."""
    stripe(webhooks="drop")
    page = stripe_side.open_checkout("SO-99999999")
    assert pay({"checkout_url": page["url"]}) == 303
    settling = {"checkout": page["id"], "event": "evt_race", "correlation": "race"}
    assert worker(stack, "PaymentWorkerFunction", **settling)()
    assert not rows.entries("ORDER#SO-99999999")


def _paid(
    someone: Person, stripe_side: StripeSide, *, quantity: int = 1
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order paid at Stripe, and the event, which was not delivered."""
    order = someone.order(quantity=quantity)
    assert pay(order) == 303
    (event,) = eventually(
        lambda: stripe_side.events("checkout.session.completed", id=checkout_of(order)),
        what="the event",
    )
    return order, event


def _claiming(event: dict[str, Any], kind: str, **subject: str) -> dict[str, Any]:
    claimed = copy.deepcopy(event)
    claimed["id"], claimed["type"] = f"{event['id']}x", kind
    claimed["data"]["object"] |= subject
    return claimed


def _is_untouched(rows: Rows, number: str) -> None:
    assert rows.changes(number) == ["order.placed", "order.checkout_opened"]
    assert rows.order(number)["state"] == "awaiting_payment"
    assert not rows.license_keys(number)
