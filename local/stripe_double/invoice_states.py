"""From a draft to its end: finalized, sent, overdue, void or uncollectible."""

from __future__ import annotations

import secrets
from typing import Any

from local.clock import LocalClock
from local.stripe_double.checkout_rules import LEAST
from local.stripe_double.customers import Customers
from local.stripe_double.errors import StripeRefusal, not_played
from local.stripe_double.events import Caller
from local.stripe_double.invoice_payments import InvoicePayments
from local.stripe_double.invoice_rules import refuse_status
from local.stripe_double.invoices import Invoices
from local.stripe_double.store import Store

_UNPAID = frozenset({"open", "uncollectible"})


class InvoiceStates:
    """The changes of an invoice's status that aren't payments."""

    def __init__(
        self,
        store: Store,
        clock: LocalClock,
        invoices: Invoices,
        customers: Customers,
        payments: InvoicePayments,
        *,
        public: str,
    ) -> None:
        """`public` is the address under which `/pay/<token of an invoice>` is shown."""
        self._store = store
        self._clock = clock
        self._invoices = invoices
        self._customers = customers
        self._payments = payments
        self._public = public

    def finalize(self, invoice_id: str, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Number the invoice and open it for payment; the customer's balance is applied to it."""
        if asked.get("auto_advance"):
            raise not_played("auto_advance")
        draft = self._invoices.get(invoice_id)
        refuse_status(draft, {"draft"}, "finalize")
        if not self._invoices.lines(invoice_id):
            raise StripeRefusal(
                "You can't finalize an invoice without line items.",
                code="invoice_no_customer_line_items",
            )
        changes = self._numbered(draft, caller) | self._balanced(draft)
        bill = self._invoices.change(draft, caller, "finalized", **changes)
        if not bill["amount_due"]:
            return self._payments.settle(bill, caller)
        self._payments.open_default(bill, caller)
        return bill

    def send(self, invoice_id: str, caller: Caller) -> dict[str, Any]:
        """Mail the invoice to the customer; a draft is finalized first."""
        bill = self._invoices.get(invoice_id)
        if bill["status"] == "draft":
            bill = self.finalize(invoice_id, {}, caller)
        refuse_status(bill, {"open", "paid", "uncollectible"}, "send")
        return self._invoices.change(bill, caller, "sent")

    def void(self, invoice_id: str, caller: Caller) -> dict[str, Any]:
        """Make the invoice void, for good. Raises StripeRefusal if anything was paid."""
        bill = self._invoices.get(invoice_id)
        refuse_status(bill, _UNPAID, "void")
        self._payments.refuse_paid(bill, "void")
        self._payments.cancel_default(bill, "void_invoice", caller)
        return self._ended(bill, "void", "voided", caller)

    def mark_uncollectible(self, invoice_id: str, caller: Caller) -> dict[str, Any]:
        """Write the debt off; the invoice may still be paid."""
        bill = self._invoices.get(invoice_id)
        refuse_status(bill, {"open"}, "mark as uncollectible")
        return self._ended(bill, "uncollectible", "marked_uncollectible", caller)

    def notice_overdue(self) -> None:
        """Record each open invoice's overdue date once."""
        now = self._clock.now().timestamp()
        with self._store.transaction():
            for bill in self._store.newest_first("invoice"):
                noted = f"{bill['id']}/overdue"
                overdue = bill["status"] == "open" and bill["due_date"] <= now
                if overdue and self._store.get("overdue", noted) is None:
                    self._store.put({"id": noted}, kind="overdue")
                    self._invoices.change(bill, Caller(), "overdue")

    def _numbered(self, draft: dict[str, Any], caller: Caller) -> dict[str, Any]:
        customer = self._customers.get(draft["customer"])
        number = draft["number"]
        if number is None:
            sequence = customer["next_invoice_sequence"]
            number = f"{customer['invoice_prefix']}-{sequence:04}"
            self._customers.change(customer, caller, next_invoice_sequence=sequence + 1)
        token = f"test_{secrets.token_urlsafe(32)}"
        self._store.put({"id": token, "invoice": draft["id"]}, kind="invoice_page")
        now = int(self._clock.now().timestamp())
        url = f"{self._public}/pay/{token}"
        return {
            "effective_at": now,
            "hosted_invoice_url": url,
            "invoice_pdf": f"{url}/pdf",
            "number": number,
            "status": "open",
            "status_transitions": draft["status_transitions"] | {"finalized_at": now},
        }

    def _balanced(self, draft: dict[str, Any]) -> dict[str, Any]:
        """The amounts after the customer's balance, which takes what Stripe won't charge."""
        owed = draft["total"] + draft["starting_balance"]
        charged = owed if owed >= LEAST[draft["currency"]] else 0
        customer = self._customers.get(draft["customer"])
        self._customers.change(customer, currency=draft["currency"], balance=owed - charged)
        return {
            "amount_due": charged,
            "amount_remaining": charged,
            "ending_balance": owed - charged,
        }

    def _ended(
        self, bill: dict[str, Any], status: str, event: str, caller: Caller
    ) -> dict[str, Any]:
        at = {f"{event}_at": int(self._clock.now().timestamp())}
        moments = bill["status_transitions"] | at
        return self._invoices.change(bill, caller, event, status=status, status_transitions=moments)
