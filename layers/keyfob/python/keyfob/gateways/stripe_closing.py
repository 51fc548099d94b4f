"""Closing an invoice at Stripe: void, or a credit note with refunds if money arrived.

Everything is read before it is done, so that an attempt goes on where another one stopped, also
after Stripe has forgotten its keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import stripe

from keyfob.domain.orders.errors import PaymentUnavailable
from keyfob.domain.orders.order import Order
from keyfob.domain.orders.provider import Closed
from keyfob.gateways.stripe_client import StripeApi, answered, paid_by

if TYPE_CHECKING:
    from stripe import CreditNote, Invoice, Refund

_PAGE = 100
_PAYABLE = frozenset({"open", "uncollectible"})


class StripeClosing:
    """Ends invoices."""

    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def close_invoice(self, order: Order, *, attempt: int) -> Closed:
        """Void the invoice, or give back what was paid for it and credit the whole."""
        if order.invoice is None:
            return Closed()
        try:
            return self._closed(order, order.invoice.id, attempt)
        except stripe.InvalidRequestError as error:
            # It was paid or closed meanwhile: the next attempt reads it again.
            raise PaymentUnavailable from error

    def _closed(self, order: Order, invoice_id: str, attempt: int) -> Closed:
        v1 = self._api.v1
        bill = answered(lambda: v1.invoices.retrieve(invoice_id))
        if bill.status == "void":
            return Closed()
        intents, paid = self._paid(invoice_id)
        if not paid and not bill.amount_paid:
            if bill.status in _PAYABLE:
                key = f"void:{order.reference}:{attempt}"
                answered(lambda: v1.invoices.void_invoice(bill.id, {}, {"idempotency_key": key}))
            return Closed()
        notes = self._notes(invoice_id)
        left = bill.total - sum(one.amount for one in notes)
        if left > 0:
            refunds = [self._refund(order, one, attempt) for one in intents]
            notes.append(self._credit(order, bill, refunds, left, attempt))
        return Closed(
            credit_note=notes[0].id,
            by_bank=sum(one.out_of_band_amount or 0 for one in notes),
        )

    def _paid(self, invoice_id: str) -> tuple[list[str], int]:
        """The payment intents that paid toward the invoice, and how many payments there are."""
        page = answered(
            lambda: self._api.v1.invoice_payments.list(
                {"invoice": invoice_id, "status": "paid", "limit": _PAGE}
            )
        )
        paid = answered(lambda: list(page.auto_paging_iter()))
        found = [paid_by(one) for one in paid]
        return [intent for kind, intent in found if kind == "payment_intent"], len(paid)

    def _notes(self, invoice_id: str) -> list[CreditNote]:
        page = answered(
            lambda: self._api.v1.credit_notes.list({"invoice": invoice_id, "limit": _PAGE})
        )
        return [one for one in page.data if one.status == "issued"]

    def _refund(self, order: Order, intent: str, attempt: int) -> Refund:
        """The refund of all of a payment, an earlier one if there is one."""
        listed = answered(
            lambda: self._api.v1.refunds.list({"payment_intent": intent, "limit": _PAGE})
        )
        earlier = [one for one in listed.data if one.status not in ("failed", "canceled")]
        if earlier:
            return earlier[0]
        return answered(
            lambda: self._api.v1.refunds.create(
                {"payment_intent": intent, "metadata": {"order": order.number}},
                {"idempotency_key": f"refund:{intent}:{attempt}"},
            )
        )

    def _credit(
        self, order: Order, bill: Invoice, refunds: list[Refund], left: int, attempt: int
    ) -> CreditNote:
        """Credit all that is left: first what remains unpaid, then the refunds, then by bank."""
        rest = left - min(left, bill.amount_remaining)
        linked: list[dict[str, Any]] = []
        for one in refunds:
            amount = min(one.amount, rest)
            if amount:
                linked.append({"refund": one.id, "amount_refunded": amount})
            rest -= amount
        asked: Any = {
            "invoice": bill.id,
            "amount": left,
            "metadata": {"order": order.number, "reference": order.reference},
            "reason": "order_change",
        }
        asked |= {"refunds": linked} if linked else {}
        asked |= {"out_of_band_amount": rest} if rest else {}
        key = f"credit:{order.reference}:{attempt}"
        return answered(lambda: self._api.v1.credit_notes.create(asked, {"idempotency_key": key}))
