"""Outside parties fail: a typed refusal, nothing lost, nothing raised (S50)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from local.client import Person, eventually
from local.stack import Stack
from tests.support.running.clock import sweep
from tests.support.running.fixtures import Switch
from tests.support.running.inside import Inside
from tests.support.running.people import person
from tests.support.running.placing import goes_on, is_refused, place, settle
from tests.support.running.rows import Rows
from tests.support.running.shop import fulfilled, mailed, pay, worker
from tests.support.running.stripe_side import StripeSide


@pytest.mark.parametrize("failure", ["error500", "error429"])
def test_an_order_placed_while_stripe_fails_is_kept_and_gets_its_page_later(
    stack: Stack, rows: Rows, stripe: Switch, stripe_side: StripeSide, failure: str
) -> None:
    """S50, S41: 503, and the same Idempotency-Key continues the placing."""
    someone, key = person(stack), str(uuid.uuid4())
    stripe(answer=failure)
    is_refused(place(someone, key))
    stripe(answer="normal")
    goes_on(someone, key, rows, stripe_side)


@pytest.mark.parametrize("failure", ["error500", "error429"])
def test_a_payment_told_while_stripe_fails_is_settled_later(
    stack: Stack, rows: Rows, stripe: Switch, failure: str
) -> None:
    """S50, S43: the message is not acknowledged, the order not changed."""
    someone = person(stack)
    stripe(webhooks="drop")
    order = someone.order()
    pay(order)
    before = rows.order(order["number"])
    stripe(answer=failure)
    assert not settle(stack, order)()
    assert rows.order(order["number"]) == before
    stripe(answer="normal")
    assert settle(stack, order)()
    fulfilled(stack, rows, someone, order["number"], units=1)


def test_a_mail_that_was_not_taken_is_sent_later_once(
    stack: Stack, rows: Rows, relay: Switch, ses: Switch
) -> None:
    """S50: the attempt is counted, and the next one waits."""
    relay(on=False)
    someone, number, message = _key_on_its_way(stack, rows)
    notify = worker(stack, "NotifierFunction", due=message)
    ses(answer="error")
    assert notify()
    assert notify()
    assert rows.message(message)["attempts"] == 1
    ses(answer="normal")
    assert notify()
    assert mailed(stack, someone, number) == (1, []), "the second attempt is not due yet"
    stack.clock.move(timedelta(minutes=2))
    sweep(stack)
    fulfilled(stack, rows, someone, number, units=1)
    assert rows.message(message)["attempts"] == 2


@pytest.mark.parametrize("last", ["fails", "never comes back"])
def test_a_mail_given_up_after_its_last_attempt_alarms_and_can_be_revived(
    *,
    stack: Stack,
    inside: Inside,
    rows: Rows,
    relay: Switch,
    ses: Switch,
    last: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """G3, S43: it is dead with its secret kept; an operator has it sent, once."""
    relay(on=False)
    someone, number, message = _key_on_its_way(stack, rows)
    survivors = inside.policy.outbox_attempts - (1 if last == "fails" else 0)
    for attempt in range(survivors):
        # Workers that died, each after the lease of the one before.
        assert inside.outbox().lease(message, inside.clock() + attempt * timedelta(minutes=2))
    stack.clock.move(survivors * timedelta(minutes=2))
    ses(answer="error")
    # Its alarm counts this metric.
    capfd.readouterr()
    assert worker(stack, "NotifierFunction", due=message)()
    assert "MessageDead" in capfd.readouterr().out
    dead = rows.message(message)
    assert dead["state"] == "dead"
    assert "sealed" in dead
    erased = datetime.fromisoformat(dead["g1sk"].partition("#")[0])
    assert timedelta(days=29) < erased - inside.clock() <= timedelta(days=30)

    ses(answer="normal")
    assert worker(stack, "NotifierFunction", due=message)()
    assert mailed(stack, someone, number) == (1, []), "the dead stay dead until they are revived"
    revive = {"operation": "revive_message", "message": message, "reason": "the mails go again"}
    assert stack.invoke("OperationsFunction", revive)["revived"]
    assert not stack.invoke("OperationsFunction", revive)["revived"]
    sweep(stack)
    fulfilled(stack, rows, someone, number, units=1)


def _key_on_its_way(stack: Stack, rows: Rows) -> tuple[Person, str, str]:
    """A person whose order is fulfilled and whose license key waits to be mailed."""
    someone = person(stack)
    order = someone.order()
    number = str(order["number"])
    pay(order)
    eventually(lambda: rows.order(number)["state"] == "fulfilled", what=f"{number} is fulfilled")
    (confirmation,) = rows.queued(number, "order_confirmation")
    assert worker(stack, "NotifierFunction", due=confirmation["pk"])()
    (key,) = rows.queued(number, "license_key")
    return someone, number, str(key["pk"])
