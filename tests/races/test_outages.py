"""Outside parties hang: a typed refusal, nothing lost, nothing raised (S50)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import requests

from local.client import eventually
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.people import person
from tests.support.running.placing import goes_on, is_refused, place, settle
from tests.support.running.rows import Rows
from tests.support.running.shop import fulfilled, pay, worker
from tests.support.running.stripe_side import StripeSide


def test_while_stripe_and_the_mail_service_hang_everybody_gets_an_answer_and_nothing_is_lost(
    *,
    stack: Stack,
    rows: Rows,
    relay: Switch,
    stripe: Switch,
    ses: Switch,
    stripe_side: StripeSide,
) -> None:
    """S50: placing, settling, an effect and a mail at once; all of it is done afterwards."""
    stripe(webhooks="drop")
    relay(on=False)
    buyer, payer, quitter, key = person(stack), person(stack), person(stack), str(uuid.uuid4())
    paid, canceled = payer.order(), quitter.order()
    pay(paid)
    quitter.expect(200, "POST", f"/orders/{canceled['number']}/cancellation")
    (expire,) = rows.queued(canceled["number"], "expire_checkout")
    (tell,) = rows.queued(canceled["number"], "order_canceled")
    placed: list[requests.Response] = []

    stripe(answer="hang")
    ses(answer="hang")
    acts: list[Callable[[], object]] = [
        lambda: placed.append(place(buyer, key)),
        settle(stack, paid),
        worker(stack, "EffectsWorkerFunction", due=expire["pk"]),
        worker(stack, "NotifierFunction", due=tell["pk"]),
    ]
    _, settled, *_ = at_once(acts)
    assert settled is False
    is_refused(placed[0])
    assert rows.order(paid["number"])["state"] == "awaiting_payment"
    for message in (expire, tell):
        waiting = rows.message(message["pk"])
        assert (waiting["state"], waiting["attempts"]) == ("pending", 1)

    stripe(answer="normal")
    ses(answer="normal")
    relay(on=True)
    goes_on(buyer, key, rows, stripe_side)
    assert settle(stack, paid)()
    fulfilled(stack, rows, payer, paid["number"], units=1)
    stack.clock.move(timedelta(minutes=2))
    sweep(stack)
    eventually(lambda: not rows.unkept(canceled["number"]), what="the messages are sent")
    (checkout,) = stripe_side.checkouts(canceled["number"])
    assert checkout["status"] == "expired"
