"""Stripe, by its official SDK. Timeouts 3 s to connect and 6 s to read, one retry.

Two tries that time out still leave time to answer within API Gateway's 29 s.

Every call fails closed: an unanswered one is `PaymentUnavailable` and changes nothing. Every
write carries an idempotency key of ours, so that repeating it is harmless (S41).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import stripe

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.errors import PaymentRefused, PaymentUnavailable
from keyfob.domain.orders.given_back import Dispute, Refund, RefundRequest
from keyfob.domain.orders.order import Checkout, Order, Payment
from keyfob.domain.orders.provider import CheckoutStatus
from keyfob.gateways.stripe_answers import answered
from keyfob.gateways.stripe_given_back import StripeGivenBack

if TYPE_CHECKING:
    from stripe.checkout import Session
    from stripe.params.checkout import SessionCreateParams

logger = logging.getLogger(__name__)


class StripePayments:
    """Checkout Sessions and refunds.

    Args:
        api_key: returns the current API key.
        api_base: an address other than Stripe's own, for a double.
        public_url: the address that the buyer's browser returns to.
    """

    def __init__(self, api_key: Callable[[], str], *, api_base: str, public_url: str) -> None:
        self._api_key = api_key
        self._api_base = api_base
        self._public_url = public_url
        self._made: tuple[str, stripe.StripeClient] | None = None
        self._given_back = StripeGivenBack(lambda: self._client)

    def open_checkout(self, order: Order) -> Checkout:
        """The order's payment page; Stripe gives the same one for the same order."""
        try:
            session = answered(
                lambda: self._client.v1.checkout.sessions.create(
                    _checkout(order, self._public_url),
                    {"idempotency_key": f"checkout:{order.reference}:{order.attempt}"},
                )
            )
        except stripe.InvalidRequestError as error:
            # An amount or another limit of Stripe's. Its message may repeat what was sent.
            reason = {"code": error.code, "parameter": error.param}
            logger.warning("payment page refused", extra=reason)
            raise PaymentRefused from error
        if not session.url:
            raise PaymentUnavailable
        return Checkout(id=session.id, url=session.url)

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        """The page's current state."""
        try:
            return _status(
                answered(lambda: self._client.v1.checkout.sessions.retrieve(checkout_id))
            )
        except stripe.InvalidRequestError as error:
            raise NotFound from error

    def expire_checkout(self, checkout_id: str, *, attempt: int) -> CheckoutStatus:
        """Close the page; returns the state of a page that is no longer open."""
        try:
            session = answered(
                lambda: self._client.v1.checkout.sessions.expire(
                    checkout_id, {}, {"idempotency_key": f"expire:{checkout_id}:{attempt}"}
                )
            )
        except stripe.InvalidRequestError:
            return self.checkout(checkout_id)
        return _status(session)

    def refund(self, order: Order, *, attempt: int) -> str:
        """Refund the whole payment, once."""
        payment = order.payment or ""
        try:
            refund = answered(
                lambda: self._client.v1.refunds.create(
                    {"payment_intent": payment, "metadata": {"order": order.number}},
                    {"idempotency_key": f"refund:{order.reference}:{attempt}"},
                )
            )
        except stripe.InvalidRequestError as error:
            if error.code != "charge_already_refunded":
                raise PaymentUnavailable from error
            # An earlier attempt whose answer was lost, or a refund by hand in the dashboard.
            return f"earlier refund of {payment}"
        return refund.id

    def refunds(self, payment: str) -> Sequence[Refund]:
        """The payment's refunds."""
        return self._given_back.refunds(payment)

    def disputes(self, payment: str) -> Sequence[Dispute]:
        """The payment's disputes."""
        return self._given_back.disputes(payment)

    def refund_request(self, order: Order, request: RefundRequest, *, attempt: int) -> None:
        """Refund what was requested, once."""
        self._given_back.refund_request(order, request, attempt=attempt)

    @property
    def _client(self) -> stripe.StripeClient:
        """The client, kept with its connections until the key is rolled."""
        key = self._api_key()
        if self._made is None or self._made[0] != key:
            bases: Any = {"api": self._api_base} if self._api_base else {}
            client = stripe.StripeClient(
                key,
                base_addresses=bases,
                max_network_retries=1,
                http_client=stripe.RequestsClient(timeout=(3, 6)),
            )
            self._made = key, client
        return self._made[1]


def _checkout(order: Order, public_url: str) -> SessionCreateParams:
    """Line items with inline prices; the tax is a line of its own, as on the order."""
    items: list[Any] = [
        _item(order.currency, line.name, line.unit_price, line.quantity) for line in order.lines
    ]
    if order.tax:
        items.append(_item(order.currency, "Tax", order.tax, 1))
    back = f"{public_url}/{'guest-orders' if order.guest else 'orders'}/{order.number}"
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "line_items": items,
        "client_reference_id": order.number,
        "metadata": {"order": order.number, "reference": order.reference},
        "payment_intent_data": {"metadata": {"order": order.number}},
        # Payments are final at once: no debit that may still fail days later.
        "allowed_payment_method_types": ["card"],
        "expires_at": int(order.checkout_ends.timestamp()),
        "success_url": f"{back}?paid",
        "cancel_url": back,
    }


def _item(currency: str, name: str, amount: int, quantity: int) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": amount,
            "product_data": {"name": name},
        },
    }


def _status(session: Session) -> CheckoutStatus:
    intent = session.payment_intent
    payment = None
    if session.payment_status == "paid" and intent:
        payment = Payment(
            id=intent if isinstance(intent, str) else intent.id,
            amount=session.amount_total or 0,
            currency=(session.currency or "").upper(),
        )
    return CheckoutStatus(
        id=session.id,
        reference=_reference(session),
        order=session.client_reference_id or "",
        payment=payment,
        closed=session.status == "expired",
    )


def _reference(session: Session) -> str:
    metadata = session.metadata
    return str(metadata["reference"]) if metadata and "reference" in metadata else ""
