"""Stripe's events: only signed ones, 2xx only once they are on the queue (S36, S39)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from local.stripe_double.events import signature
from tests.support.deployment import WEBHOOK_SECRET, Deployment, sample


def signed(deployment: Deployment, payload: str, *, age: float = 0) -> dict[str, Any]:
    event = sample("api/stripe_event", body=payload)
    event["headers"]["Stripe-Signature"] = header_of(deployment, payload, age=age)
    return event


def header_of(
    deployment: Deployment, payload: str, *, age: float = 0, secret: str = WEBHOOK_SECRET
) -> str:
    at = int((deployment.clock.now() - timedelta(seconds=age)).timestamp())
    return signature(payload, secret, at=at)


def send(deployment: Deployment, event: dict[str, Any]) -> Any:
    return deployment.invoke("stripe_webhook", event)


def refusal(deployment: Deployment, event: dict[str, Any]) -> tuple[int, str]:
    answer = send(deployment, event)
    return answer["statusCode"], json.loads(answer["body"])["code"]


def a_payload(**changes: Any) -> str:
    return json.dumps(json.loads(sample("api/stripe_event")["body"]) | changes)


@pytest.fixture(autouse=True)
def _empty_queue(deployment: Deployment) -> None:
    deployment.queued("payments")


def test_a_signed_event_is_queued_by_its_ids_alone_S39(deployment: Deployment) -> None:
    event = signed(deployment, a_payload())
    answer = send(deployment, event)
    assert answer["statusCode"] == 204
    assert deployment.queued("payments") == [
        {
            "checkout": "cs_test_a1ExampleExampleExample",
            "event": "evt_1QExampleExampleExample",
            "event_type": "checkout.session.completed",
            "correlation": event["requestContext"]["requestId"],
        }
    ]


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("charge.refunded", {"object": "charge", "id": "ch_1"}),
        ("charge.refund.updated", {"object": "refund", "id": "re_1"}),
        ("refund.created", {"object": "refund", "id": "re_1"}),
        ("refund.updated", {"object": "refund", "id": "re_1"}),
        ("refund.failed", {"object": "refund", "id": "re_1"}),
        ("charge.dispute.created", {"object": "dispute", "id": "dp_1"}),
        ("charge.dispute.updated", {"object": "dispute", "id": "dp_1"}),
        ("charge.dispute.closed", {"object": "dispute", "id": "dp_1"}),
        ("charge.dispute.funds_withdrawn", {"object": "dispute", "id": "dp_1"}),
        ("charge.dispute.funds_reinstated", {"object": "dispute", "id": "dp_1"}),
    ],
)
def test_a_refund_or_dispute_is_queued_by_its_payment_S39_S40(
    kind: str, named: dict[str, str], deployment: Deployment
) -> None:
    data = {"object": {**named, "payment_intent": "pi_1"}}
    assert (
        send(deployment, signed(deployment, a_payload(type=kind, data=data)))["statusCode"] == 204
    )
    [queued] = deployment.queued("payments")
    assert (queued["payment"], queued["event_type"]) == ("pi_1", kind)
    assert "checkout" not in queued
    for nothing in (named, {**named, "payment_intent": None}):
        event = signed(deployment, a_payload(type=kind, data={"object": nothing}))
        assert send(deployment, event)["statusCode"] == 204
    assert deployment.queued("payments") == []


@pytest.mark.parametrize("intent", [1, {}, []])
def test_a_refund_of_nonsense_is_refused_S49(intent: object, deployment: Deployment) -> None:
    data = {"object": {"payment_intent": intent}}
    event = signed(deployment, a_payload(type="refund.created", data=data))
    assert refusal(deployment, event) == (400, "malformed_body")


def test_the_sample_as_it_is_has_no_valid_signature_S36(deployment: Deployment) -> None:
    assert refusal(deployment, sample("api/stripe_event")) == (400, "invalid_signature")
    assert deployment.queued("payments") == []


@pytest.mark.parametrize(
    "what", ["bad", "old", "future", "other", "stranger", "none", "empty", "v0", "text"]
)
def test_an_event_without_a_fresh_signature_of_stripes_is_refused_S36(
    what: str, deployment: Deployment
) -> None:
    payload = a_payload()
    event = signed(deployment, payload)
    good = event["headers"].pop("Stripe-Signature")
    header = {
        "bad": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "old": header_of(deployment, payload, age=320),
        "future": header_of(deployment, payload, age=-320),
        "other": header_of(deployment, payload + " "),
        "stranger": header_of(deployment, payload, secret="whsec_a_strangers"),
        "none": None,
        "empty": "",
        "v0": good.replace("v1=", "v0="),
        "text": "t=now,v1=abc",
    }[what]
    event["headers"] |= {"Stripe-Signature": header} if header is not None else {}
    assert refusal(deployment, event) == (400, "invalid_signature")
    assert deployment.queued("payments") == []


def test_a_second_timestamp_does_not_make_an_old_event_new_S36(deployment: Deployment) -> None:
    payload, now = a_payload(), int(deployment.clock.now().timestamp())
    old = header_of(deployment, payload, age=3600)
    for header in (f"{old},t={now}", f"t={now},{old}", old.replace(",", f"={now},", 1)):
        event = signed(deployment, payload)
        event["headers"]["Stripe-Signature"] = header
        assert refusal(deployment, event) == (400, "invalid_signature")
    assert deployment.queued("payments") == []


def test_any_of_several_signatures_is_enough_and_five_minutes_are_allowed_S36(
    deployment: Deployment,
) -> None:
    payload = a_payload()
    for age in (280, 0, -280):
        time, good = header_of(deployment, payload, age=age).split(",")
        event = signed(deployment, payload)
        event["headers"]["Stripe-Signature"] = f"{time},v1={'0' * 64},{good}"
        assert send(deployment, event)["statusCode"] == 204
    assert len(deployment.queued("payments")) == 3


def test_the_raw_body_is_what_was_signed_also_in_base64_S36(deployment: Deployment) -> None:
    payload = '{ "id":"evt_ü","type":"checkout.session.expired","data":{"object":{"id":"cs_1"}} }'
    event = signed(deployment, payload)
    event |= {"body": base64.b64encode(payload.encode()).decode(), "isBase64Encoded": True}
    assert send(deployment, event)["statusCode"] == 204
    event["body"] = base64.b64encode(json.dumps(json.loads(payload)).encode()).decode()
    assert send(deployment, event)["statusCode"] == 400


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.succeeded", "new.kind"])
def test_an_event_of_no_interest_is_taken_and_forgotten(kind: str, deployment: Deployment) -> None:
    assert send(deployment, signed(deployment, a_payload(type=kind)))["statusCode"] == 204
    # The subjects of some events have no id.
    data = {"object": {"object": "balance"}}
    event = signed(deployment, a_payload(type="balance.available", data=data))
    assert send(deployment, event)["statusCode"] == 204
    assert deployment.queued("payments") == []


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        "{}",
        '{"id": "evt_1", "type": "checkout.session.completed"}',
        '{"id": 1, "type": 2, "data": {"object": {"id": 3}}}',
        '{"id": {}, "type": {}, "data": {"object": {"id": {}}}}',
        a_payload(data=None),
        a_payload(data={"object": {}}),
        "[" * 30_000,
    ],
)
def test_signed_nonsense_is_refused_and_breaks_nothing_S49(
    payload: str, deployment: Deployment
) -> None:
    assert refusal(deployment, signed(deployment, payload)) == (400, "malformed_body")
    assert deployment.queued("payments") == []


def test_a_queue_that_does_not_take_it_is_no_2xx_S39(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyfob.domain.errors import Unavailable

    def refuse(*_: Any) -> None:
        raise Unavailable

    monkeypatch.setattr("keyfob.gateways.queue.Queue.send", refuse)
    answer = send(deployment, signed(deployment, a_payload()))
    assert answer["statusCode"] == 503


def an_event(kind: str, **about: str) -> str:
    return a_payload(type=kind, data={"object": about})


@pytest.mark.parametrize(
    "kind", ["paid", "overpaid", "voided", "marked_uncollectible", "overdue", "finalized"]
)
def test_an_event_about_an_invoice_is_queued_by_the_invoices_id_S39(
    kind: str, deployment: Deployment
) -> None:
    event = signed(deployment, an_event(f"invoice.{kind}", id="in_1", object="invoice"))
    assert send(deployment, event)["statusCode"] == 204
    [queued] = deployment.queued("payments")
    assert (queued["invoice"], queued["event_type"]) == ("in_1", f"invoice.{kind}")
    assert "checkout" not in queued


@pytest.mark.parametrize(
    "kind",
    ["invoice_payment.paid", "credit_note.created", "credit_note.updated", "credit_note.voided"],
)
def test_a_payment_or_credit_toward_an_invoice_is_queued_by_the_invoices_id_S39(
    kind: str, deployment: Deployment
) -> None:
    event = signed(deployment, an_event(kind, id="some_1", invoice="in_1"))
    assert send(deployment, event)["statusCode"] == 204
    assert [one["invoice"] for one in deployment.queued("payments")] == ["in_1"]
    event = signed(deployment, an_event(kind, id="some_1"))
    assert refusal(deployment, event) == (400, "malformed_body")
