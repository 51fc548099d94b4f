"""Renewals by HTTP, Stripe's page, webhook and worker (B7); refused ones are refunded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from local.client import Person, idempotency_key, new_order, on_payment_page
from local.stack import Stack
from tests.support.running.clock import at_last, sweep
from tests.support.running.credential_checks import (
    account_of,
    expire,
    how_often,
    live_row,
    refused,
    session,
    shown,
)
from tests.support.running.fixtures import Switch
from tests.support.running.observed import (
    asked_of_stripe,
    at_stripe,
    checkout_of,
    kept,
    order_mails,
)
from tests.support.running.people import PERMANENT, person
from tests.support.running.rows import Rows
from tests.support.running.stack_holders import Holder, Supply

RENEWED = "Your credential is renewed"
TOO_LATE = "Your renewal came too late"
NOBODYS = "crd_zzzzzzzzzzzzzzzzzzzz"
NOT_YOURS = {"items.0.credential": "is no credential of yours that this renewal is for"}


@pytest.fixture(scope="module")
def supply(stack: Stack) -> Supply:
    """Event-based tokens: their codes don't depend on when a test runs."""
    return Supply(stack, 9, period=None)


@pytest.fixture
def owner(supply: Supply) -> Holder:
    """A holder with a registered token, signed in by password."""
    return supply.holder()


def of(credential: str | None, **changes: Any) -> dict[str, Any]:
    """The body of an order for another year of this credential."""
    return new_order(items=[{"product": "renewal", "credential": credential, **changes}])


def try_to(someone: Person, body: dict[str, Any], key: str | None = None) -> requests.Response:
    return someone.call("POST", "/orders", body, headers=idempotency_key(key))


def ordered(owner: Holder) -> dict[str, Any]:
    answer = try_to(owner.person, of(owner.credential))
    assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json()
    return order


def pay(stack: Stack, owner: Holder, order: dict[str, Any], state: str) -> None:
    on_payment_page(order, "pay").raise_for_status()
    at_last(
        stack,
        lambda: Rows(stack).order(order["number"])["state"] == state,
        f"{order['number']} is {state}",
    )
    owner.person.sign_in(PERMANENT)


def actions(stack: Stack, order: dict[str, Any]) -> list[str]:
    return [one["action"] for one in Rows(stack).entries(f"ORDER#{order['number']}")]


def years_later(text: str, years: int = 1) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(year=at.year + years)


def test_b7_a_paid_renewal_brings_a_year_and_no_license_key(stack: Stack, owner: Holder) -> None:
    before = shown(owner.person, owner.credential)
    assert owner.person.elevate(owner.device.press()).status_code == 201
    order = ordered(owner)
    page = at_stripe(stack, f"checkout/sessions/{checkout_of(order)}")
    assert page["amount_total"] == order["total"] == 4_500 + 371
    assert shown(owner.person, owner.credential)["expires_at"] == before["expires_at"]

    on_payment_page(order, "pay").raise_for_status()

    number = order["number"]
    at_last(stack, lambda: Rows(stack).order(number)["state"] == "fulfilled", f"{number} is done")
    kept(stack, number, at_least=1)
    assert session(owner.person)["strength"] == 2, "who renews in time stays signed in by code"
    after = shown(owner.person, owner.credential)
    assert datetime.fromisoformat(after["expires_at"]) == years_later(before["expires_at"])
    assert datetime.fromisoformat(after["revokes_at"]) == years_later(before["revokes_at"])
    same = ("status", "token", "order", "position", "purchased_at", "level")
    assert [after[one] for one in same] == [before[one] for one in same]
    done = owner.person.show(number)
    assert (done["license_keys"], done["lines"][0]["credential"]) == (0, owner.credential)
    assert actions(stack, order) == ["order.placed", "order.checkout_opened", "order.paid"]
    credential = f"CREDENTIAL#{account_of(owner.person)}#{owner.credential}"
    assert [one["action"] for one in Rows(stack).entries(credential)][-1] == "credential.renewed"
    assert Rows(stack).license_keys(number) == []
    at_last(stack, lambda: how_often(stack, owner.person, RENEWED), "the renewal is told")
    [confirmed] = order_mails(stack, owner.person.user_id, number)
    assert "no license key for a renewal" in " ".join(confirmed["text"].split())
    assert "Each license key" not in confirmed["text"] + confirmed["html"]


def test_b7_an_expired_one_works_again_with_another_code(stack: Stack, owner: Holder) -> None:
    assert owner.person.elevate(owner.device.press()).status_code == 201
    ended = stack.clock.now() - timedelta(seconds=1)
    expire(stack, owner.person, ended)
    assert session(owner.person)["strength"] == 1
    refused(owner.person.elevate(owner.device.press()), 403, "credential_expired")
    order = ordered(owner)
    token = owner.person.token
    pay(stack, owner, order, "fulfilled")
    until = shown(owner.person, owner.credential)["expires_at"]
    assert datetime.fromisoformat(until) == years_later(ended.replace(microsecond=0).isoformat())
    owner.person.token = token
    assert session(owner.person)["strength"] == 1, "what the expired one had given is gone"
    assert owner.person.elevate(owner.device.press()).status_code == 201


def test_s37_a_webhook_that_comes_twice_brings_one_year(
    stack: Stack, owner: Holder, stripe: Switch
) -> None:
    before = shown(owner.person, owner.credential)["expires_at"]
    stripe(webhooks="twice")
    order = ordered(owner)
    pay(stack, owner, order, "fulfilled")
    kept(stack, order["number"], at_least=1)
    after = shown(owner.person, owner.credential)["expires_at"]
    assert datetime.fromisoformat(after) == years_later(before)
    assert actions(stack, order).count("order.paid") == 1


def test_s37_a_lost_webhook_costs_minutes_and_not_the_renewal(
    stack: Stack, owner: Holder, stripe: Switch
) -> None:
    stripe(webhooks="drop")
    before = shown(owner.person, owner.credential)["expires_at"]
    order = ordered(owner)
    on_payment_page(order, "pay").raise_for_status()
    assert Rows(stack).order(order["number"])["state"] == "awaiting_payment"
    stack.clock.move(timedelta(minutes=6))
    sweep(stack)
    number = order["number"]
    at_last(stack, lambda: Rows(stack).order(number)["state"] == "fulfilled", f"{number} is done")
    owner.person.sign_in(PERMANENT)
    after = shown(owner.person, owner.credential)["expires_at"]
    assert datetime.fromisoformat(after) == years_later(before)


def test_b7_paid_after_it_was_revoked_by_hand_it_goes_back_once(
    stack: Stack, owner: Holder, stripe: Switch
) -> None:
    stripe(webhooks="twice")
    order = ordered(owner)
    path = f"/credentials/{owner.credential}/revocation"
    owner.person.expect(200, "POST", path, {"confirm": True})

    on_payment_page(order, "pay").raise_for_status()

    number = order["number"]
    at_last(stack, lambda: Rows(stack).order(number)["state"] == "held", f"{number} is held")
    at_last(stack, lambda: Rows(stack).order(number).get("refund"), f"{number} is given back")
    kept(stack, number, at_least=3)
    [_asked] = asked_of_stripe(stack, "refund", number)
    refund = at_stripe(stack, f"refunds/{Rows(stack).order(number)['refund']}")
    assert (refund["amount"], refund["status"]) == (order["total"], "succeeded")
    # The refund's own event is mirrored, before or after the effect records it.
    seen = [one for one in actions(stack, order) if one != "order.given_back"]
    assert seen[-2:] == ["order.renewal_refused", "order.refunded"]
    assert how_often(stack, owner.person, TOO_LATE) == 1
    assert how_often(stack, owner.person, RENEWED) == 0
    [back] = [
        one
        for one in order_mails(stack, owner.person.user_id, number)
        if "goes back to you" in one["subject"]
    ]
    assert "after the order had ended" not in back["text"] + back["html"]


def test_b7_s23_an_unrenewable_credential_gets_one_answer_and_leaves_no_order(
    stack: Stack, supply: Supply, owner: Holder
) -> None:
    mallory = supply.holder()
    before = (live_row(stack, owner.person), live_row(stack, mallory.person))
    answers = [
        try_to(mallory.person, of(credential)) for credential in (owner.credential, NOBODYS, None)
    ] + [try_to(person(stack), of(owner.credential))]
    problem = refused(answers[0], 422, "invalid_input")
    assert problem["fields"] == NOT_YOURS
    assert [one.json() for one in answers] == [problem] * 4
    assert (live_row(stack, owner.person), live_row(stack, mallory.person)) == before
    for who in (owner, mallory):
        assert who.person.expect(200, "GET", "/orders")["orders"] == []


def test_b7_s49_an_attackers_carts_are_refused(stack: Stack, owner: Holder) -> None:
    renewal = {"product": "renewal", "credential": owner.credential}
    token = {"product": "hardware-token", "quantity": 1}
    carts: list[list[dict[str, Any]]] = [
        [renewal | {"quantity": 2}],
        [renewal | {"quantity": -1}],
        [renewal | {"quantity": 0}],
        [renewal, renewal],
        [renewal, token, renewal],
        [token, token | {"quantity": -1}],
        [token | {"credential": owner.credential}],
        [renewal | {"price": 1}],
        [renewal | {"credential": f"{owner.credential}\n"}],
        [renewal | {"credential": owner.credential.upper()}],
        [renewal | {"credential": {"S": owner.credential}}],
        [renewal] * 21,
    ]
    for cart in carts:
        refused(try_to(owner.person, new_order(items=cart)), 422, "invalid_input")
    huge = try_to(owner.person, new_order(items=[renewal] * 2_000))
    refused(huge, 413, "body_too_large")
    assert owner.person.expect(200, "GET", "/orders")["orders"] == []


def test_b7_a_replayed_request_is_one_order_and_anothers_replay_none(
    stack: Stack, owner: Holder
) -> None:
    key = idempotency_key()["Idempotency-Key"]
    first, again = (try_to(owner.person, of(owner.credential), key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(owner.person.expect(200, "GET", "/orders")["orders"]) == 1
    replayed = try_to(person(stack), of(owner.credential), key)
    assert refused(replayed, 422, "invalid_input")["fields"] == NOT_YOURS
