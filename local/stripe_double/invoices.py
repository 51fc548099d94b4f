"""Invoices as drafts, and their records with the events about changes."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.stripe_double import invoice_objects, objects
from local.stripe_double.customers import Customers
from local.stripe_double.errors import StripeRefusal, no_such
from local.stripe_double.events import NOBODY, Caller, Events
from local.stripe_double.invoice_rules import (
    due,
    refuse_bad_change,
    refuse_bad_draft,
    refuse_bad_item,
    refuse_status,
    refuse_too_large,
)
from local.stripe_double.lists import listed
from local.stripe_double.store import Store

_URL = "/v1/invoices"


class Invoices:
    """The account's invoices."""

    def __init__(
        self, store: Store, clock: LocalClock, events: Events, customers: Customers
    ) -> None:
        """Keep invoices in `store`."""
        self._store = store
        self._clock = clock
        self._events = events
        self._customers = customers

    def create(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Make a draft without lines, from parameters that have the SDK's types."""
        now = self._clock.now()
        refuse_bad_draft(asked, now)
        customer = self._customers.get(asked["customer"])
        if not customer["email"]:
            raise StripeRefusal(
                "In order to create invoices that are sent to the customer, the customer must"
                " have a valid email.",
                code="customer_email_missing",
            )
        if number := asked.get("number"):
            self._refuse_taken(number)
        draft = invoice_objects.invoice(
            asked | {"due_date": due(asked, now)}, customer, created=int(now.timestamp())
        )
        self._store.put(draft)
        self._keep_lines(draft["id"], [])
        self._events.record("invoice.created", draft, caller=caller)
        return draft

    def get(self, invoice_id: str, *, param: str = "invoice") -> dict[str, Any]:
        """The invoice. Raises StripeRefusal if there is none."""
        found = self._store.get("invoice", invoice_id)
        if found is None:
            raise no_such("invoice", invoice_id, param=param)
        if found["status"] == "draft":
            # A draft shows what the customer's balance is now.
            balance = self._customers.get(found["customer"])["balance"]
            found |= {"starting_balance": balance}
            found |= invoice_objects.totals(found, self.lines(invoice_id))
        return found

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of invoices, the newest first."""
        found = [self.get(one["id"]) for one in self._store.newest_first("invoice")]
        return listed(found, asked, url=_URL, by=("customer", "status"))

    def lines(self, invoice_id: str) -> list[dict[str, Any]]:
        """All lines of an invoice, the newest first, as Stripe has them."""
        kept = self._store.get("invoice_lines", f"{invoice_id}/lines")
        return list(kept["lines"]) if kept else []

    def lines_page(self, invoice_id: str, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of an invoice's lines."""
        self.get(invoice_id)
        return listed(self.lines(invoice_id), asked, url=f"{_URL}/{invoice_id}/lines")

    def update(self, invoice_id: str, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Change the given values. Raises StripeRefusal if the invoice is no draft any more."""
        now = self._clock.now()
        before = self.get(invoice_id)
        refuse_bad_change(before, asked, now)
        names = ("custom_fields", "description", "footer")
        changes: dict[str, Any] = {name: asked[name] or None for name in names if name in asked}
        if (until := due(asked, now)) is not None:
            changes["due_date"] = until
        changes["metadata"] = objects.metadata(asked, before=before)
        return self.change(before, caller, **changes)

    def delete(self, invoice_id: str, caller: Caller) -> dict[str, Any]:
        """Delete a draft."""
        draft = self.get(invoice_id)
        refuse_status(draft, {"draft"}, "delete")
        self._store.delete(invoice_id)
        self._events.record("invoice.deleted", draft, caller=caller)
        return {"id": invoice_id, "object": "invoice", "deleted": True}

    def add_item(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Add a line to a draft."""
        if "invoice" not in asked:
            # Without one, Stripe keeps it for the customer's next invoice.
            raise StripeRefusal("Items without an invoice are not played.", param="invoice")
        draft = self.get(asked["invoice"])
        lines = self.lines(draft["id"])
        refuse_bad_item(asked, draft, len(lines))
        item = invoice_objects.item(asked, draft, created=int(self._clock.now().timestamp()))
        lines = [invoice_objects.line(item), *lines]
        amounts = invoice_objects.totals(draft, lines)
        refuse_too_large(amounts["total"])
        self._store.put(item)
        self._keep_lines(draft["id"], lines)
        self._events.record("invoiceitem.created", item, caller=caller)
        self.change(draft, caller, **amounts)
        return item

    def change(
        self, before: dict[str, Any], caller: Caller = NOBODY, *kinds: str, **changes: Any
    ) -> dict[str, Any]:
        """Store the changed invoice; record `invoice.updated` and the events of `kinds`."""
        after = before | changes
        self._store.put(after)
        if previous := objects.previous(before, after):
            self._events.record("invoice.updated", after, caller=caller, previous=previous)
        for kind in kinds:
            self._events.record(f"invoice.{kind}", after, caller=caller)
        return after

    def _keep_lines(self, invoice_id: str, lines: list[dict[str, Any]]) -> None:
        self._store.put({"id": f"{invoice_id}/lines", "lines": lines}, kind="invoice_lines")

    def _refuse_taken(self, number: str) -> None:
        if any(one["number"] == number for one in self._store.newest_first("invoice")):
            raise StripeRefusal(f"The invoice number {number} is already in use.", param="number")
