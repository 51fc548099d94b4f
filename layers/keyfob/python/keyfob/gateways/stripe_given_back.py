"""Refunds and disputes at Stripe, found by the payment intent: a charge knows no order of ours.

A refund for an operator's request carries its id, so that an attempt whose answer was lost is found
before another one is made.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import stripe

from keyfob.domain.orders.errors import PaymentRefused, PaymentUnavailable
from keyfob.domain.orders.given_back import Dispute, Refund, RefundRequest
from keyfob.domain.orders.order import Order
from keyfob.gateways.stripe_client import StripeApi, answered

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams

logger = logging.getLogger(__name__)

_PAGE = 100


class StripeGivenBack:
    """Reads refunds and disputes, and makes refunds."""

    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def refunds(self, payment: str) -> Sequence[Refund]:
        """All refunds of the payment."""
        return [_refund(one) for one in self._listed(payment, self._api.v1.refunds)]

    def disputes(self, payment: str) -> Sequence[Dispute]:
        """All disputes of the payment."""
        return [_dispute(one) for one in self._listed(payment, self._api.v1.disputes)]

    def refund_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        """Refund the request's amount, once."""
        if any(one.request == request.id for one in self.refunds(request.payment)):
            return
        key = f"refund:{order.reference}:{request.id}:{attempt}"
        self._make(order, request, request.payment, key)

    def _make(self, order: Order, request: RefundRequest, payment: str, key: str) -> None:
        """Refund the request's share of this payment.

        Raises:
            PaymentRefused: Stripe doesn't make this refund, in any attempt.
        """
        asked: RefundCreateParams = {
            "payment_intent": payment,
            "amount": request.share_of(payment),
            "metadata": {"order": order.number, "request": request.id},
        }
        try:
            answered(lambda: self._api.v1.refunds.create(asked, {"idempotency_key": key}))
        except stripe.InvalidRequestError as error:
            # Disputed, or refunded by hand. Stripe's message may repeat what was sent.
            logger.warning("refund refused", extra={"code": error.code, "order": order.number})
            raise PaymentRefused from error

    def _listed(self, payment: str, service: Any) -> list[Any]:
        """Every page: a payment may have been refunded in many parts."""
        asked = {"payment_intent": payment, "limit": _PAGE}
        try:
            return answered(lambda: list(service.list(asked).auto_paging_iter()))
        except stripe.InvalidRequestError as error:
            # It is a payment of ours: an account of Stripe's that doesn't know it is the wrong one.
            raise PaymentUnavailable from error


def _refund(one: stripe.Refund) -> Refund:
    metadata = one.metadata
    return Refund(
        id=one.id,
        payment=_id_of(one.payment_intent),
        amount=one.amount,
        status=one.status or "pending",
        request=str(metadata["request"]) if metadata and "request" in metadata else "",
    )


def _dispute(one: stripe.Dispute) -> Dispute:
    return Dispute(
        id=one.id, payment=_id_of(one.payment_intent), amount=one.amount, status=one.status
    )


def _id_of(intent: str | stripe.PaymentIntent | None) -> str:
    return intent if isinstance(intent, str) else intent.id if intent else ""
