"""Messages are performed once although a part stands still, repeats or dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from keyfob.storage.messages.store import Lease
from local.client import Person, eventually
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.effort import effort
from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.inside import Inside
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.shop import checkout_of, fulfilled, mailed, pay, worker
from tests.support.running.stripe_side import StripeSide
from tests.support.running.wire import Killed, die


def test_messages_queued_while_the_relay_stood_still_are_sent_once_it_runs_again(
    stack: Stack, rows: Rows, relay: Switch
) -> None:
    """B5, S46: three orders paid meanwhile; nothing is mailed, and then everything once."""
    relay(on=False)
    bought = [_bought(stack, rows, units=2) for _ in range(effort(1, 3))]
    for someone, number in bought:
        assert mailed(stack, someone, number) == (0, [])
        assert len(rows.unkept(number)) == 3
    relay(on=True)
    for someone, number in bought:
        fulfilled(stack, rows, someone, number, units=2)


def test_the_sweep_sends_what_the_relay_never_brought(
    stack: Stack, rows: Rows, relay: Switch
) -> None:
    """S44: three minutes later; the relay that comes back afterwards sends nothing again."""
    relay(on=False)
    someone, number = _bought(stack, rows, units=2)
    sweep(stack)
    assert len(rows.unkept(number)) == 3, "within two minutes the relay may still come"
    stack.clock.move(timedelta(minutes=3))
    at_once([lambda: sweep(stack)] * 2)
    fulfilled(stack, rows, someone, number, units=2)

    relay(on=True)
    # The stream keeps its order: once this one has arrived, so have all earlier ones.
    other, later = _bought(stack, rows, units=1)
    fulfilled(stack, rows, other, later, units=1)
    fulfilled(stack, rows, someone, number, units=2)


def test_a_message_brought_ten_times_at_once_is_mailed_once(
    stack: Stack, rows: Rows, relay: Switch
) -> None:
    """S42: each of four messages; its secret is gone afterwards (S17)."""
    relay(on=False)
    someone, number = _bought(stack, rows, units=3)
    # The confirmation waits two minutes for its document.
    stack.clock.move(timedelta(minutes=3))
    for message in rows.unkept(number):
        notify = worker(stack, "NotifierFunction", due=message["pk"])
        at_once([notify] * effort(5, 10))
        kept = rows.message(message["pk"])
        assert (kept["state"], kept["attempts"]) == ("done", 1)
        assert "sealed" not in kept
    fulfilled(stack, rows, someone, number, units=3)


def test_effects_brought_ten_times_at_once_are_done_once(
    stack: Stack, rows: Rows, relay: Switch, stripe: Switch, stripe_side: StripeSide
) -> None:
    """S42, S41: three orders canceled, then paid on the page that is still open."""
    stripe(webhooks="drop")
    relay(on=False)
    someone = person(stack)
    for _ in range(effort(1, 3)):
        order = someone.order()
        number, checkout = order["number"], checkout_of(order)
        someone.expect(200, "POST", f"/orders/{number}/cancellation")
        (expire,) = rows.queued(number, "expire_checkout")
        pay(order)
        settling = {"checkout": checkout, "event": "evt_race", "event_type": "race"}
        assert worker(stack, "PaymentWorkerFunction", correlation="race", **settling)()
        (refund,) = rows.queued(number, "refund_payment")

        for effect in (expire, refund):
            at_once([worker(stack, "EffectsWorkerFunction", due=effect["pk"])] * effort(5, 10))
        assert rows.message(expire["pk"])["attempts"] == 1
        assert rows.message(refund["pk"])["attempts"] == 1
        assert len(stripe_side.requests(f"/v1/checkout/sessions/{checkout}/expire")) == 1
        payment = rows.order(number)["payment"]
        assert len(stripe_side.events("refund.created", payment_intent=payment)) == 1
        assert rows.changes(number)[-2:] == ["order.paid_too_late", "order.refunded"]


@pytest.mark.parametrize("how_far", ["claims it", "keeps it"])
def test_a_worker_that_was_overtaken_between_reading_and_claiming_does_nothing(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch, how_far: str
) -> None:
    """S42: the claim is conditioned on what was read."""
    relay(on=False)
    _, number = _bought(stack, rows, units=1)
    (message,) = rows.queued(number, "license_key")
    done: list[str] = []
    overtaker = inside.wire()
    if how_far == "claims it":
        overtaker.after("update_item", die)

    def perform(lease: Lease) -> bool:
        done.append(lease.id)
        return True

    def overtake() -> None:
        with _killed() if how_far == "claims it" else _alive():
            inside.outbox_processor(perform, overtaker).deliver(message["pk"])

    wire = inside.wire()
    wire.before("update_item", overtake)
    inside.outbox_processor(perform, wire).deliver(message["pk"])
    assert len(done) == (0 if how_far == "claims it" else 1)
    assert rows.message(message["pk"])["attempts"] == 1


def test_a_worker_killed_between_claim_and_sending_is_followed_by_another(
    stack: Stack, inside: Inside, rows: Rows, relay: Switch
) -> None:
    """S46: another one follows only when its lease is over; the mail is sent once."""
    relay(on=False)
    someone, number = _bought(stack, rows, units=2)
    queued = [message["pk"] for message in rows.unkept(number)]

    def killed(_claim: Lease) -> bool:
        raise Killed

    for message in queued:
        with _killed():
            inside.outbox_processor(killed).deliver(message)
    assert all(at_once([worker(stack, "NotifierFunction", due=one) for one in queued]))
    assert mailed(stack, someone, number) == (0, [])
    stack.clock.move(timedelta(minutes=3))
    sweep(stack)
    fulfilled(stack, rows, someone, number, units=2)
    assert {rows.message(one)["attempts"] for one in queued} == {2}


def _bought(stack: Stack, rows: Rows, *, units: int) -> tuple[Person, str]:
    """A person whose order is fulfilled; their mails may not be sent yet."""
    someone = person(stack)
    order = someone.order(quantity=units)
    number = str(order["number"])
    pay(order)
    eventually(lambda: rows.order(number)["state"] == "fulfilled", what=f"{number} is fulfilled")
    return someone, number


@contextmanager
def _killed() -> Iterator[None]:
    with pytest.raises(Killed):
        yield


@contextmanager
def _alive() -> Iterator[None]:
    yield
