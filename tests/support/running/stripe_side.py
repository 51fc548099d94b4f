"""Tests' view of Stripe's double, and acts on it."""

from __future__ import annotations

import json
from typing import Any

import requests

from local.stack import Stack
from local.stripe_double.events import signature
from tests.support.running.people import api

_TIMEOUT = 120


class StripeSide:
    """The account at Stripe."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def checkouts(self, number: str) -> list[dict[str, Any]]:
        """The Checkout Sessions opened for an order."""
        answer = requests.get(
            f"{self._stack.url}/_stripe/v1/checkout/sessions",
            params={"limit": 100},
            auth=(self._stack.record.stripe_key, ""),
            timeout=_TIMEOUT,
        )
        found = answer.json()["data"]
        return [session for session in found if session["client_reference_id"] == number]

    def events(self, kind: str, **subject: str) -> list[dict[str, Any]]:
        """The events of a kind whose subject has these values, oldest first."""
        log = requests.get(f"{self._stack.url}/_control/webhooks", timeout=_TIMEOUT).json()
        found = [entry["payload"] for entry in log if entry["type"] == kind]
        return [event for event in found if subject.items() <= event["data"]["object"].items()]

    def requests(self, path: str) -> list[dict[str, Any]]:
        """The API requests seen for this path."""
        seen = requests.get(f"{self._stack.url}/_control/requests", timeout=_TIMEOUT).json()
        return [request for request in seen if request["path"] == path]

    def deliver(self, event: dict[str, Any], *, secret: str | None = None) -> int:
        """Send this event to the webhook, signed; returns the answer's status."""
        payload = json.dumps(event)
        at = int(self._stack.clock.now().timestamp())
        signed = signature(payload, secret or self._stack.record.webhook_secret, at=at)
        answer = requests.post(
            f"{api(self._stack)}/v1/stripe/events",
            data=payload,
            headers={"Content-Type": "application/json", "Stripe-Signature": signed},
            timeout=_TIMEOUT,
        )
        return answer.status_code

    def open_checkout(self, number: str) -> dict[str, Any]:
        """A payment page naming `number` that somebody else opened."""
        answer = requests.post(
            f"{self._stack.url}/_stripe/v1/checkout/sessions",
            data={
                "mode": "payment",
                "ui_mode": "hosted_page",
                "client_reference_id": number,
                "success_url": self._stack.url,
                "line_items[0][quantity]": "1",
                "line_items[0][price_data][currency]": "usd",
                "line_items[0][price_data][unit_amount]": "100",
                "line_items[0][price_data][product_data][name]": "Something else",
            },
            auth=(self._stack.record.stripe_key, ""),
            timeout=_TIMEOUT,
        )
        answer.raise_for_status()
        opened: dict[str, Any] = answer.json()
        return opened
