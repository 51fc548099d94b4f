"""Credit notes: first they reduce what remains of an invoice, the rest is given back."""

from __future__ import annotations

from typing import Any

from local.clock import LocalClock
from local.stripe_double.credit_note_lines import lines_of
from local.stripe_double.credit_note_objects import credit_note
from local.stripe_double.customers import Customers
from local.stripe_double.errors import StripeRefusal, no_such, not_played
from local.stripe_double.events import Caller, Events
from local.stripe_double.invoice_payments import InvoicePayments
from local.stripe_double.invoice_rules import refuse_status
from local.stripe_double.invoices import Invoices
from local.stripe_double.lists import listed, only
from local.stripe_double.refunds import Refunds
from local.stripe_double.store import Store

_PLAYED = frozenset(
    [
        "amount",
        "credit_amount",
        "email_type",
        "expand",
        "invoice",
        "lines",
        "memo",
        "metadata",
        "out_of_band_amount",
        "reason",
        "refund_amount",
        "refunds",
    ]
)


class CreditNotes:
    """The account's credit notes."""

    def __init__(
        self,
        store: Store,
        clock: LocalClock,
        events: Events,
        *,
        invoices: Invoices,
        customers: Customers,
        payments: InvoicePayments,
        refunds: Refunds,
    ) -> None:
        """Keep credit notes in `store`."""
        self._store = store
        self._clock = clock
        self._events = events
        self._invoices = invoices
        self._customers = customers
        self._payments = payments
        self._refunds = refunds

    def create(self, asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """Credit a finalized invoice.

        What remains of the invoice is reduced first; the refunds, the credit to the customer's
        balance and the amount given back outside of Stripe must add up to the rest. Raises
        StripeRefusal otherwise.
        """
        only(asked, _PLAYED, "credit_note")
        bill = self._invoices.get(asked["invoice"])
        refuse_status(bill, {"open", "paid", "uncollectible"}, "credit")
        earlier = self._of(bill["id"])
        issued = [line for one in earlier if one["status"] == "issued" for line in _lines(one)]
        lines = lines_of(asked, self._invoices.lines(bill["id"]), issued)
        amount = sum(line["amount"] for line in lines)
        before = min(amount, bill["amount_remaining"])
        self._refuse_too_much(bill, amount - before)
        linked = self._linked(bill, asked, caller)
        given_back = sum(one["amount_refunded"] for one in linked)
        given_back += asked.get("credit_amount", 0) + asked.get("out_of_band_amount", 0)
        if given_back != amount - before:
            raise StripeRefusal(
                f"The sum of refunds, credit and out of band amount ({given_back}) must equal"
                f" the credit note's post payment amount ({amount - before}).",
                code="invalid_credit_note_amount",
            )
        note = credit_note(
            asked,
            bill,
            number=len(earlier) + 1,
            lines=lines,
            before=before,
            created=int(self._clock.now().timestamp()),
        ) | {"refunds": linked}
        self._store.put(note)
        self._events.record("credit_note.created", note, caller=caller)
        if credit := asked.get("credit_amount"):
            self._customers.add_to_balance(bill["customer"], -credit, caller)
        self._reduce(bill, before, amount - before, caller)
        return note

    def get(self, note_id: str) -> dict[str, Any]:
        """The credit note. Raises StripeRefusal if there is none."""
        found = self._store.get("credit_note", note_id)
        if found is None:
            raise no_such("credit_note", note_id, param="id")
        return found

    def page(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of credit notes, the newest first."""
        found = self._store.newest_first("credit_note")
        return listed(found, asked, url="/v1/credit_notes", by=("customer", "invoice"))

    def void(self, note_id: str, caller: Caller) -> dict[str, Any]:
        """Take back a credit note; only while its invoice is open and nothing was given back."""
        note = self.get(note_id)
        bill = self._invoices.get(note["invoice"])
        refuse_status(bill, {"open"}, "void a credit note of")
        if note["status"] != "issued" or note["type"] != "pre_payment":
            raise StripeRefusal("You can only void an issued pre-payment credit note.")
        now = int(self._clock.now().timestamp())
        voided = note | {"status": "void", "voided_at": now}
        self._store.put(voided)
        self._events.record("credit_note.voided", voided, caller=caller)
        self._reduce(bill, -note["pre_payment_amount"], 0, caller)
        return voided

    def _of(self, invoice_id: str) -> list[dict[str, Any]]:
        notes = self._store.newest_first("credit_note")
        return [one for one in notes if one["invoice"] == invoice_id]

    def _reduce(self, bill: dict[str, Any], before: int, after: int, caller: Caller) -> None:
        changed = self._invoices.change(
            bill,
            caller,
            amount_due=bill["amount_due"] - before,
            amount_remaining=bill["amount_remaining"] - before,
            pre_payment_credit_notes_amount=bill["pre_payment_credit_notes_amount"] + before,
            post_payment_credit_notes_amount=bill["post_payment_credit_notes_amount"] + after,
        )
        if changed["status"] != "paid":
            self._payments.settle(changed, caller)

    def _refuse_too_much(self, bill: dict[str, Any], after: int) -> None:
        paid: int = bill["amount_paid"] - bill["amount_overpaid"]
        left = paid - bill["post_payment_credit_notes_amount"]
        if after > left:
            raise StripeRefusal(
                "The credit note's amount is greater than what is left of the invoice"
                f" ({bill['amount_remaining'] + left}).",
                code="credit_note_amount_too_large",
                param="amount",
            )

    def _linked(
        self, bill: dict[str, Any], asked: dict[str, Any], caller: Caller
    ) -> list[dict[str, Any]]:
        """The refunds of the credit note: linked ones, and one that it makes itself."""
        linked = [
            self._link(bill, one, index) for index, one in enumerate(asked.get("refunds", []))
        ]
        if amount := asked.get("refund_amount"):
            refund = self._refunds.create(
                {"payment_intent": self._only_intent(bill), "amount": amount}, caller
            )
            linked.append(_refund_link(refund, amount))
        ids = [one["refund"] for one in linked]
        if len(set(ids)) != len(ids):
            raise StripeRefusal("A refund is linked twice.", param="refunds")
        return linked

    def _link(self, bill: dict[str, Any], asked: dict[str, Any], index: int) -> dict[str, Any]:
        only(asked, {"amount_refunded", "refund", "type"}, f"refunds[{index}]")
        if asked.get("type", "refund") != "refund" or "refund" not in asked:
            raise not_played("Anything but a refund in refunds")
        at = f"refunds[{index}][refund]"
        refund = self._store.get("refund", asked["refund"])
        if refund is None:
            raise no_such("refund", asked["refund"], param=at)
        if refund["payment_intent"] not in self._intents(bill):
            raise StripeRefusal("This refund isn't of a payment of the invoice.", param=at)
        notes = self._store.newest_first("credit_note")
        used = sum(
            one["amount_refunded"]
            for note in notes
            for one in note["refunds"]
            if one["refund"] == refund["id"]
        )
        amount: int = asked.get("amount_refunded", refund["amount"] - used)
        if not 0 < amount <= refund["amount"] - used:
            raise StripeRefusal(
                f"Of this refund, {refund['amount'] - used} is left for credit notes.", param=at
            )
        return _refund_link(refund, amount)

    def _intents(self, bill: dict[str, Any]) -> list[str]:
        return [
            one["payment"]["payment_intent"]
            for one in self._payments.of(bill["id"])
            if one["status"] == "paid" and one["payment"]["type"] == "payment_intent"
        ]

    def _only_intent(self, bill: dict[str, Any]) -> str:
        intents = self._intents(bill)
        if len(intents) != 1:
            raise StripeRefusal(
                "refund_amount needs an invoice with one payment by card: link refunds instead.",
                param="refund_amount",
            )
        return intents[0]


def _lines(note: dict[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = note["lines"]["data"]
    return lines


def _refund_link(refund: dict[str, Any], amount: int) -> dict[str, Any]:
    return {
        "amount_refunded": amount,
        "payment_record_refund": None,
        "refund": refund["id"],
        "type": "refund",
    }
