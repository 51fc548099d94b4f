"""Outside parties that fail or hang: a typed refusal, nothing lost, nothing raised (S50)."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from local.client import Person, eventually, new_order
from local.stack import Stack
from tests.races.at_once import at_once
from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.inside import Inside
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.shop import checkout_of, fulfilled, mailed, pay, record, worker
from tests.support.running.stripe_side import StripeSide


@pytest.mark.parametrize("failure", ["error500", "error429"])
def test_an_order_placed_while_stripe_fails_is_kept_and_gets_its_page_later(
    stack: Stack, rows: Rows, stripe: Switch, stripe_side: StripeSide, failure: str
) -> None:
    """S50, S41: 503, and the same Idempotency-Key goes on where it stopped."""
    someone, key = person(stack), str(uuid.uuid4())
    stripe(answer=failure)
    _is_refused(_place(someone, key))
    stripe(answer="normal")
    _goes_on(someone, key, rows, stripe_side)


@pytest.mark.parametrize("failure", ["error500", "error429"])
def test_a_payment_told_while_stripe_fails_is_settled_later(
    stack: Stack, rows: Rows, stripe: Switch, failure: str
) -> None:
    """S50, S43: the message is not acknowledged, the order not touched."""
    someone = person(stack)
    stripe(webhooks="drop")
    order = someone.order()
    pay(order)
    before = rows.order(order["number"])
    stripe(answer=failure)
    assert not _settle(stack, order)()
    assert rows.order(order["number"]) == before
    stripe(answer="normal")
    assert _settle(stack, order)()
    fulfilled(stack, rows, someone, order["number"], units=1)


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
    (expire,) = rows.promises(canceled["number"], "expire_checkout")
    (tell,) = rows.promises(canceled["number"], "order_canceled")
    placed: list[requests.Response] = []

    stripe(answer="hang")
    ses(answer="hang")
    acts: list[Callable[[], object]] = [
        lambda: placed.append(_place(buyer, key)),
        _settle(stack, paid),
        worker(stack, "EffectsWorkerFunction", due=expire["pk"]),
        worker(stack, "NotifierFunction", due=tell["pk"]),
    ]
    _, settled, *_ = at_once(acts)
    assert settled is False
    _is_refused(placed[0])
    assert rows.order(paid["number"])["state"] == "awaiting_payment"
    for promise in (expire, tell):
        waiting = rows.promise(promise["pk"])
        assert (waiting["state"], waiting["attempts"]) == ("pending", 1)

    stripe(answer="normal")
    ses(answer="normal")
    relay(on=True)
    _goes_on(buyer, key, rows, stripe_side)
    assert _settle(stack, paid)()
    fulfilled(stack, rows, payer, paid["number"], units=1)
    stack.clock.move(timedelta(minutes=2))
    sweep(stack)
    eventually(lambda: not rows.unkept(canceled["number"]), what="the promises are kept")
    (checkout,) = stripe_side.checkouts(canceled["number"])
    assert checkout["status"] == "expired"


def test_a_mail_that_was_not_taken_is_sent_later_once(
    stack: Stack, rows: Rows, relay: Switch, ses: Switch
) -> None:
    """S50: the attempt is counted, and the next one waits."""
    relay(on=False)
    someone, number, promise = _key_on_its_way(stack, rows)
    notify = worker(stack, "NotifierFunction", due=promise)
    ses(answer="error")
    assert notify()
    assert notify()
    assert rows.promise(promise)["attempts"] == 1
    ses(answer="normal")
    assert notify()
    assert mailed(stack, someone, number) == (1, []), "the second attempt is not due yet"
    stack.clock.move(timedelta(minutes=2))
    sweep(stack)
    fulfilled(stack, rows, someone, number, units=1)
    assert rows.promise(promise)["attempts"] == 2


@pytest.mark.parametrize("last", ["fails", "never comes back"])
def test_a_mail_given_up_after_its_last_attempt_alarms_and_can_be_revived(
    *, stack: Stack, inside: Inside, rows: Rows, relay: Switch, ses: Switch, last: str
) -> None:
    """G3, S43: dead with its secret kept; an operator has it sent, once."""
    relay(on=False)
    someone, number, promise = _key_on_its_way(stack, rows)
    survivors = inside.policy.outbox_attempts - (1 if last == "fails" else 0)
    for attempt in range(survivors):
        # Workers that never came back, each after the lease of the one before.
        assert inside.outbox().claim(promise, inside.clock() + attempt * timedelta(minutes=2))
    stack.clock.move(survivors * timedelta(minutes=2))
    ses(answer="error")
    # Its alarm counts this metric.
    assert "MessageDead" in _log_of(stack, "NotifierFunction", promise)
    dead = rows.promise(promise)
    assert dead["state"] == "dead"
    assert "sealed" in dead
    assert "g1sk" not in dead

    ses(answer="normal")
    assert worker(stack, "NotifierFunction", due=promise)()
    assert mailed(stack, someone, number) == (1, []), "the dead stay dead until they are revived"
    revive = {"operation": "revive_message", "message": promise}
    assert stack.invoke("OperationsFunction", revive)["revived"]
    assert not stack.invoke("OperationsFunction", revive)["revived"]
    sweep(stack)
    fulfilled(stack, rows, someone, number, units=1)


def _place(someone: Person, key: str) -> requests.Response:
    return someone.call("POST", "/orders", new_order(), headers={"Idempotency-Key": key})


def _is_refused(answer: requests.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] in {"payment_unavailable", "payment_failed"}


def _goes_on(someone: Person, key: str, rows: Rows, stripe_side: StripeSide) -> None:
    """The order that was refused its page is there, and the same request gets the page."""
    (number,) = rows.orders_of(someone.token.split(".")[0])
    assert rows.order(number)["state"] == "awaiting_payment"
    answer = _place(someone, key)
    assert answer.status_code == 201
    assert answer.json()["number"] == number
    (checkout,) = stripe_side.checkouts(number)
    assert checkout_of(answer.json()) == checkout["id"]


def _settle(stack: Stack, order: dict[str, Any]) -> Callable[[], bool]:
    about = {"checkout": checkout_of(order), "event": "evt_race", "event_type": "race"}
    return worker(stack, "PaymentWorkerFunction", correlation="race", **about)


def _key_on_its_way(stack: Stack, rows: Rows) -> tuple[Person, str, str]:
    """Somebody whose order is fulfilled and whose license key waits to be mailed."""
    someone = person(stack)
    order = someone.order()
    number = str(order["number"])
    pay(order)
    eventually(lambda: rows.order(number)["state"] == "fulfilled", what=f"{number} is fulfilled")
    (confirmation,) = rows.promises(number, "order_confirmation")
    assert worker(stack, "NotifierFunction", due=confirmation["pk"])()
    (key,) = rows.promises(number, "license_key")
    return someone, number, str(key["pk"])


def _log_of(stack: Stack, function: str, promise: str) -> str:
    """The end of the log of one call."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.outputs[function],
        LogType="Tail",
        Payload=json.dumps(record(due=promise)),
    )
    return base64.b64decode(answer["LogResult"]).decode()
