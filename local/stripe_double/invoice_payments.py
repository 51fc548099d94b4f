"""Payments toward invoices: by card on the hosted page, or reported from outside of Stripe."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.stripe_double import invoice_objects, objects, payments
from local.stripe_double.customers import Customers
from local.stripe_double.errors import StripeRefusal, no_such, not_played
from local.stripe_double.events import NOBODY, Caller, Events
from local.stripe_double.invoice_rules import refuse_status
from local.stripe_double.invoices import Invoices
from local.stripe_double.lists import listed, only
from local.stripe_double.payment_records import PaymentRecords
from local.stripe_double.store import Store

_URL = "/v1/invoice_payments"
UNPAID = frozenset({"open", "uncollectible"})


class InvoicePayments:
    """The payments of the account's invoices, and what they change on these."""

    def __init__(
        self,
        store: Store,
        clock: LocalClock,
        events: Events,
        *,
        invoices: Invoices,
        customers: Customers,
        records: PaymentRecords,
    ) -> None:
        """Keep payments in `store`."""
        self._store = store
        self._clock = clock
        self._events = events
        self._invoices = invoices
        self._customers = customers
        self._records = records

    def of(self, invoice_id: str) -> list[dict[str, Any]]:
        """The invoice's payments, the newest first."""
        kept = self._store.newest_first("invoice_payment")
        return [one for one in kept if one["invoice"] == invoice_id]

    def get(self, payment_id: str) -> dict[str, Any]:
        """The payment. Raises StripeRefusal if there is none."""
        found = self._store.get("invoice_payment", payment_id)
        if found is None:
            raise no_such("invoice_payment", payment_id, param="invoice_payment")
        return found

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of payments, by invoice, status or what they were paid with."""
        found = self._store.newest_first("invoice_payment")
        if wanted := asked.pop("payment", None):
            only(wanted, {"type", "payment_intent", "payment_record"}, "payment")
            found = [one for one in found if wanted.items() <= one["payment"].items()]
        return listed(found, asked, url=_URL, by=("invoice", "status"))

    def open_default(self, bill: dict[str, Any], caller: Caller) -> None:
        """Make the payment that Stripe keeps ready for all that remains of the invoice."""
        intent = self._intent(bill, bill["amount_remaining"])
        self._store.put(intent)
        self._events.record("payment_intent.created", intent, caller=caller)
        self._open(bill, intent, bill["amount_remaining"], default=True)

    def pay_by_card(self, bill: dict[str, Any], amount: int) -> dict[str, Any]:
        """Charge a card; all that remains is paid by the default payment, a part by its own."""
        refuse_status(bill, UNPAID, "pay")
        default = self._default(bill)
        if default is not None and amount == bill["amount_remaining"]:
            payment, intent = default, self._intent_of(default)
        else:
            intent = self._intent(bill, amount)
            payment = self._open(bill, intent, amount, default=False)
        created = int(self._clock.now().timestamp())
        intent["payment_method"] = objects.new_id("pm")
        email = bill["customer_email"]
        charge = payments.charge(intent, email=email, created=created)
        charge["customer"] = bill["customer"]
        intent |= {
            "amount_received": amount,
            "last_payment_error": None,
            "latest_charge": charge["id"],
            "status": "succeeded",
        }
        self._store.put(intent)
        self._store.put(charge)
        self._events.record("charge.succeeded", charge)
        self._events.record("payment_intent.succeeded", intent)
        return self._credit(bill, payment, amount, "payment_succeeded")

    def decline(self, bill: dict[str, Any]) -> dict[str, Any]:
        """Refuse the card; the invoice stays as it was but for the failed attempt."""
        refuse_status(bill, UNPAID, "pay")
        if (default := self._default(bill)) is not None:
            intent = self._intent_of(default) | {"last_payment_error": payments.declined()}
            self._store.put(intent)
            self._events.record("payment_intent.payment_failed", intent)
        attempts = {"attempt_count": bill["attempt_count"] + 1, "attempted": True}
        return self._invoices.change(bill, NOBODY, "payment_failed", **attempts)

    def pay_out_of_band(
        self, invoice_id: str, asked: dict[str, Any], caller: Caller
    ) -> dict[str, Any]:
        """Mark what remains of the invoice as paid outside of Stripe."""
        only(asked, {"expand", "paid_out_of_band"}, "pay")
        if not asked.get("paid_out_of_band"):
            raise not_played("A payment by the API that isn't paid_out_of_band")
        bill = self._invoices.get(invoice_id)
        if bill["status"] == "paid":
            raise StripeRefusal("Invoice is already paid", code="invoice_already_paid")
        refuse_status(bill, UNPAID, "pay")
        record = self._records.out_of_band(bill)
        return self._credit_record(bill, record, caller)

    def attach(self, invoice_id: str, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Credit a reported payment to the invoice."""
        if "payment_record" not in asked or "payment_intent" in asked:
            raise not_played("Attaching anything but a payment record")
        bill = self._invoices.get(invoice_id)
        refuse_status(bill, UNPAID, "attach a payment to")
        record = self._records.get(asked["payment_record"], param="payment_record")
        if record["amount"]["currency"] != bill["currency"]:
            raise StripeRefusal(
                "The payment record's currency must match the invoice's.", param="payment_record"
            )
        taken = self._store.newest_first("invoice_payment")
        if any(one["payment"].get("payment_record") == record["id"] for one in taken):
            raise StripeRefusal(
                "This payment record is already attached to an invoice.", param="payment_record"
            )
        return self._credit_record(bill, record, caller)

    def settle(self, bill: dict[str, Any], caller: Caller, *kinds: str) -> dict[str, Any]:
        """Make the invoice paid if nothing of it remains; keep its default payment in step."""
        if bill["amount_remaining"]:
            self._resize_default(bill)
            return bill
        self.cancel_default(bill, "automatic", caller)
        now = int(self._clock.now().timestamp())
        told = ["paid", *kinds, *(["overpaid"] if bill["amount_overpaid"] else [])]
        moments = bill["status_transitions"] | {"paid_at": now}
        if bill["amount_overpaid"]:
            self._customers.add_to_balance(bill["customer"], -bill["amount_overpaid"], caller)
        return self._invoices.change(bill, caller, *told, status="paid", status_transitions=moments)

    def refuse_paid(self, bill: dict[str, Any], act: str) -> None:
        """Raise StripeRefusal if anything was paid toward the invoice."""
        if any(one["status"] == "paid" for one in self.of(bill["id"])):
            raise StripeRefusal(
                f"You can't {act} an invoice that has paid payments.", code="invoice_not_editable"
            )

    def cancel_default(self, bill: dict[str, Any], reason: str, caller: Caller) -> None:
        """Cancel the payment that was ready for the whole, if it wasn't made."""
        payment = self._default(bill)
        if payment is None:
            return
        now = int(self._clock.now().timestamp())
        canceled = payment["status_transitions"] | {"canceled_at": now}
        self._store.put(payment | {"status": "canceled", "status_transitions": canceled})
        intent = self._intent_of(payment) | {
            "canceled_at": now,
            "cancellation_reason": reason,
            "status": "canceled",
        }
        self._store.put(intent)
        self._events.record("payment_intent.canceled", intent, caller=caller)

    def paid_off_stripe(self, invoice_id: str) -> int:
        """The sum of the invoice's payments outside of Stripe."""
        return sum(
            one["amount_paid"]
            for one in self.of(invoice_id)
            if one["status"] == "paid" and one["payment"]["type"] == "payment_record"
        )

    def _credit_record(
        self, bill: dict[str, Any], record: dict[str, Any], caller: Caller
    ) -> dict[str, Any]:
        amount: int = record["amount_guaranteed"]["value"]
        payment = self._open(bill, record, amount, default=False)
        return self._credit(bill, payment, amount, caller=caller)

    def _credit(
        self,
        bill: dict[str, Any],
        payment: dict[str, Any],
        amount: int,
        *kinds: str,
        caller: Caller = NOBODY,
    ) -> dict[str, Any]:
        now = int(self._clock.now().timestamp())
        moments = payment["status_transitions"] | {"paid_at": now}
        paid = payment | {"amount_paid": amount, "status": "paid", "status_transitions": moments}
        self._store.put(paid)
        self._events.record("invoice_payment.paid", paid, caller=caller)
        total = bill["amount_paid"] + amount
        bill = self._invoices.change(
            bill,
            caller,
            amount_overpaid=max(0, total - bill["amount_due"]),
            amount_paid=total,
            amount_remaining=max(0, bill["amount_due"] - total),
            attempted=True,
        )
        return self.settle(bill, caller, *kinds)

    def _open(
        self, bill: dict[str, Any], payment: dict[str, Any], amount: int, *, default: bool
    ) -> dict[str, Any]:
        created = int(self._clock.now().timestamp())
        opened = invoice_objects.invoice_payment(
            bill, payment, amount=amount, default=default, created=created
        )
        self._store.put(opened)
        return opened

    def _intent(self, bill: dict[str, Any], amount: int) -> dict[str, Any]:
        # Stripe gives an invoice's payment intent neither its metadata nor its id.
        made = payments.payment_intent(
            {"description": "Payment for Invoice"},
            amount=amount,
            currency=bill["currency"],
            created=int(self._clock.now().timestamp()),
        )
        return made | {"customer": bill["customer"]}

    def _intent_of(self, payment: dict[str, Any]) -> dict[str, Any]:
        found = self._store.get("payment_intent", payment["payment"]["payment_intent"])
        if found is None:
            raise no_such("payment_intent", payment["id"], param="payment_intent")
        return found

    def _default(self, bill: dict[str, Any]) -> dict[str, Any] | None:
        opened = [one for one in self.of(bill["id"]) if one["is_default"]]
        return next((one for one in opened if one["status"] == "open"), None)

    def _resize_default(self, bill: dict[str, Any]) -> None:
        if (payment := self._default(bill)) is not None:
            remaining = bill["amount_remaining"]
            self._store.put(payment | {"amount_requested": remaining})
            self._store.put(self._intent_of(payment) | {"amount": remaining})
