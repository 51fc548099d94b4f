"""Credit notes at Stripe for refunds of an invoice that was paid.

Refunds first, each found by the request's id in its metadata, then one credit note that links them:
whoever is interrupted goes on where the last attempt stopped (S41).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import stripe

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import PaymentRefused, PaymentUnavailable
from keyfob.domain.orders.given_back import Refund, RefundRequest
from keyfob.domain.orders.order import Order
from keyfob.gateways.stripe_client import StripeApi, answered, text_of
from keyfob.gateways.stripe_given_back import StripeGivenBack

if TYPE_CHECKING:
    from stripe import CreditNote

logger = logging.getLogger(__name__)

_PAGE = 100
_ISSUED = "issued"


class StripeCrediting(StripeGivenBack):
    """Reads and makes credit notes of paid invoices."""

    def __init__(self, api: StripeApi) -> None:
        super().__init__(api)

    def refunds_by_bank(self, invoice_id: str) -> Sequence[Refund]:
        """The parts of credit notes that go back outside of Stripe."""
        return [
            Refund(
                id=one.id,
                payment="",
                amount=one.out_of_band_amount,
                status="succeeded" if one.status == _ISSUED else "canceled",
                request=text_of(one.metadata, "request"),
            )
            for one in self._credit_notes(invoice_id)
            if one.out_of_band_amount
        ]

    def credit_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        """Refund the request's parts and credit the invoice with its amount, once."""
        if order.invoice is None:
            raise NotFound
        invoice_id = order.invoice.id
        notes = self._credit_notes(invoice_id)
        if any(text_of(one.metadata, "request") == request.id for one in notes):
            return
        made = self._made(request)
        if not made:
            credited = sum(one.amount for one in notes if one.status == _ISSUED)
            if credited + request.amount > order.invoice.total:
                # Credited by hand: no refund is made that no credit note could link.
                raise PaymentRefused
        known = {one.payment for one in made}
        for payment in (one for one in request.parts if one not in known):
            key = f"refund:{order.reference}:{request.id}:{payment}:{attempt}"
            # Disputed, or refunded by hand: this part goes back by bank, if another one was made.
            with suppress(PaymentRefused):
                self._make(order, request, payment, key)
        made = self._made(request)
        if request.parts and not made:
            raise PaymentRefused
        self._credit_note(order, request, [one for one in made if one.stands], attempt)

    def _made(self, request: RefundRequest) -> list[Refund]:
        """The refunds for this request, also those that have failed since."""
        found = [one for payment in request.parts for one in self.refunds(payment)]
        return [one for one in found if one.request == request.id]

    def _credit_notes(self, invoice_id: str) -> list[CreditNote]:
        asked: Any = {"invoice": invoice_id, "limit": _PAGE}
        try:
            return answered(lambda: list(self._api.v1.credit_notes.list(asked).auto_paging_iter()))
        except stripe.InvalidRequestError as error:
            # It is an invoice of ours: an account that doesn't know it is the wrong one.
            raise PaymentUnavailable from error

    def _credit_note(
        self, order: Order, request: RefundRequest, made: Sequence[Refund], attempt: int
    ) -> None:
        asked: Any = {
            "invoice": order.invoice.id if order.invoice else "",
            "amount": request.amount,
            "metadata": {
                "order": order.number,
                "reference": order.reference,
                "request": request.id,
            },
            "reason": "order_change",
        }
        by_bank = request.amount - sum(one.amount for one in made)
        linked = [{"refund": one.id, "amount_refunded": one.amount} for one in made]
        asked |= {"refunds": linked} if linked else {}
        asked |= {"out_of_band_amount": by_bank} if by_bank else {}
        key = f"credit:{order.reference}:{request.id}:{attempt}"
        try:
            answered(lambda: self._api.v1.credit_notes.create(asked, {"idempotency_key": key}))
        except stripe.InvalidRequestError as error:
            logger.warning("credit note refused", extra={"code": error.code, "order": order.number})
            # Its refunds are made: the effect is tried again, and dies with an alarm.
            raise (PaymentUnavailable if made else PaymentRefused) from error
