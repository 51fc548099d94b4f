"""Stripe's events: check the signature, put the ids on a queue, answer (S36, S39).

It answers 2xx only after the queue has taken the ids; otherwise Stripe sends the event again. The
event's content is not trusted: the worker asks Stripe. Its signature proves the sender, so that it
need not come through the front.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from keyfob.domain.errors import DomainError, MalformedBody
from keyfob.domain.sessions.permission import SIGNED
from keyfob.gateways.stripe_signature import require_signed
from keyfob.http.gate import header, raw_body
from keyfob.http.responses import answered, refused
from stripe_webhook import wiring

base = wiring.runtime()
PERMISSIONS = {("POST", "/stripe/events"): SIGNED}

# Their objects name the payment intent, if there is one.
PAYMENT_EVENTS = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.refund.updated",
        "charge.refunded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)
CHECKOUT_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
    }
)

# An invoice is paid by one payment or several; each of them is an event, too.
INVOICE_EVENTS = frozenset(
    {
        "invoice.finalized",
        "invoice.marked_uncollectible",
        "invoice.overdue",
        "invoice.overpaid",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.voided",
    }
)
# Their objects name the invoice. A credit note's refunds have events of their own.
OF_INVOICE_EVENTS = frozenset(
    {
        "credit_note.created",
        "credit_note.updated",
        "credit_note.voided",
        "invoice_payment.paid",
    }
)


def receive(event: Mapping[str, Any]) -> None:
    payload = raw_body(event)
    require_signed(
        payload,
        header(event, "stripe-signature"),
        wiring.secret()()["webhook_secrets"],
        now=base.clock(),
        tolerance=base.policy.webhook_tolerance,
    )
    stripe_event = _parsed(payload)
    event_id, kind = _text(stripe_event, "id"), _text(stripe_event, "type")
    about = {"event": event_id, "event_type": kind, "correlation": _correlation(event)}
    found = _named(stripe_event, kind)
    if not found:
        base.logger.info("event of no interest", extra=about)
        return
    wiring.payments().send([{**found, **about}])
    base.logger.info("event queued", extra=about)


def _named(stripe_event: Any, kind: str) -> dict[str, str]:
    """The object of the event; read last, since the objects of some other events have no id."""
    if kind in CHECKOUT_EVENTS:
        return {"checkout": _text(stripe_event, "data", "object", "id")}
    if kind in INVOICE_EVENTS:
        return {"invoice": _text(stripe_event, "data", "object", "id")}
    if kind in OF_INVOICE_EVENTS:
        return {"invoice": _text(stripe_event, "data", "object", "invoice")}
    if kind in PAYMENT_EVENTS:
        path = ("data", "object", "payment_intent")
        # A charge without a payment intent is none of ours.
        return {} if _at(stripe_event, *path) is None else {"payment": _text(stripe_event, *path)}
    return {}


def _correlation(event: Mapping[str, Any]) -> str:
    return str(event["requestContext"]["requestId"])


def _parsed(payload: str) -> Any:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedBody from error


def _text(value: Any, *path: str) -> str:
    """The text at this path of names."""
    found = _at(value, *path)
    if not isinstance(found, str):
        raise MalformedBody
    return found


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


@base.logger.inject_lambda_context
@base.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    try:
        receive(event)
    except DomainError as refusal:
        about = {"code": refusal.code, "correlation": _correlation(event)}
        base.logger.warning("event refused", extra=about)
        base.count("WebhookRefused")
        return refused(refusal, support=base.support)
    return answered(int(HTTPStatus.NO_CONTENT), "", "application/json", {})
