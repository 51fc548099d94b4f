"""Stripe's double without a network: the official SDK calls it in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from werkzeug import Request, Response
from werkzeug.test import Client, EnvironBuilder

from local.clock import LocalClock
from local.faults import StripeFaults, Switch
from local.stripe_double.double import StripeDouble

KEY = "sk_test_contract"


class InProcess(stripe.HTTPClient):
    """Answers the SDK's requests by the double itself."""

    name = "in-process"

    def __init__(self, double: StripeDouble) -> None:
        super().__init__()
        self._double = double

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        builder = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            method=method.upper(),
            headers=list((headers or {}).items()),
            data=post_data or "",
        )
        answer = self._double.api.answer(Request(builder.get_environ()), parts.path)
        return answer.get_data(as_text=True), answer.status_code, dict(answer.headers)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class AtStripe:
    """An account at the double, its clock and what people do on its pages."""

    double: StripeDouble
    clock: LocalClock
    faults: Switch[StripeFaults]

    @property
    def v1(self) -> Any:
        """The SDK's services. Untyped: tests send what the SDK's types forbid, too."""
        client = stripe.StripeClient(KEY, http_client=InProcess(self.double))
        return client.v1

    @property
    def events(self) -> list[dict[str, Any]]:
        return [one["payload"] for one in self.double.webhooks()]

    @property
    def told(self) -> list[str]:
        """The types of all events, oldest first."""
        return [one["type"] for one in self.events]

    def page(self, url: str, act: str = "", **form: str) -> Any:
        """Open a page for people, or press one of its buttons."""
        path = urlsplit(url).path.removeprefix("/pay")

        def application(environ: Any, start_response: Any) -> Any:
            request = Request(environ)
            answer = self.double.page.answer(request, request.path)
            return answer(environ, start_response)

        client = Client(application, Response)
        return client.post(f"{path}/{act}", data=form) if act else client.get(path)

    def customer(self, **changes: Any) -> Any:
        asked = {"name": "Example University", "email": "billing@university.example"}
        return self.v1.customers.create(asked | changes)

    def draft(self, customer: Any = None, **changes: Any) -> Any:
        asked = {
            "customer": getattr(customer or self.customer(), "id", customer),
            "collection_method": "send_invoice",
            "currency": "usd",
            "days_until_due": 30,
            "auto_advance": False,
            "metadata": {"order": "SO-1"},
        }
        return self.v1.invoices.create(asked | changes)

    def invoice(self, *amounts: int, customer: Any = None, **changes: Any) -> Any:
        """A finalized invoice with a line for each amount."""
        draft = self.draft(customer, **changes)
        for amount in amounts or (10_000,):
            self.add(draft, unit_amount_decimal=str(amount), quantity=1)
        return self.v1.invoices.finalize_invoice(draft.id)

    def add(self, draft: Any, **asked: Any) -> Any:
        named = {"invoice": draft.id, "customer": draft.customer, "description": "Hardware token"}
        return self.v1.invoice_items.create(named | asked)

    def pay(self, invoice: Any, amount: str = "") -> Any:
        """Pay on the invoice's page; returns the invoice as it is then."""
        answer = self.page(invoice.hosted_invoice_url, "pay", amount=amount)
        assert answer.status_code == 200, answer.text
        return self.read(invoice)

    def read(self, invoice: Any) -> Any:
        asked = {"expand": ["payments", "amount_paid_off_stripe"]}
        return self.v1.invoices.retrieve(invoice.id, asked)

    def intent(self, invoice: Any) -> str:
        """The payment intent of the invoice's one card payment."""
        paid = [one for one in self.read(invoice).payments.data if one.status == "paid"]
        [intent] = [one.payment.payment_intent for one in paid if one.payment.type != "charge"]
        return str(intent)


def refused(call: Callable[[], object]) -> stripe.InvalidRequestError:
    """The refusal of a call that Stripe refuses."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        call()
    return refusal.value


def amounts(invoice: Any) -> tuple[str, int, int, int]:
    """Its status, what was paid, what remains, and the surplus."""
    return (
        invoice.status,
        invoice.amount_paid,
        invoice.amount_remaining,
        invoice.amount_overpaid,
    )


def an_account(state: Path) -> AtStripe:
    """An account whose events are kept and sent nowhere."""
    clock, faults = LocalClock(state / "clock-offset"), Switch(StripeFaults(webhooks="drop"))
    double = StripeDouble(
        state=state,
        clock=clock,
        faults=faults,
        public="http://shop.example",
        key=KEY,
        webhook_secret="whsec_contract",
    )
    return AtStripe(double, clock, faults)
