"""Payment pages: Stripe's Checkout Sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import stripe

from keyfob.domain.errors import NotFound
from keyfob.domain.orders.decisions import Payment
from keyfob.domain.orders.errors import PaymentUnavailable
from keyfob.domain.orders.order import Checkout, Order
from keyfob.domain.orders.provider import CheckoutStatus
from keyfob.gateways.stripe_client import StripeApi, accepted, answered, reference_of

if TYPE_CHECKING:
    from stripe.checkout import Session
    from stripe.params.checkout import SessionCreateParams


class StripeCheckouts:
    """Checkout Sessions and refunds of their payments.

    Args:
        api: the SDK.
        public_url: the address that the buyer's browser returns to.
    """

    def __init__(self, api: StripeApi, public_url: str) -> None:
        self._api = api
        self._public_url = public_url

    def open_checkout(self, order: Order) -> Checkout:
        """The order's payment page; Stripe gives the same one for the same order."""
        session = accepted(
            lambda: self._api.v1.checkout.sessions.create(
                _checkout(order, self._public_url),
                {"idempotency_key": f"checkout:{order.reference}:{order.attempt}"},
            ),
            "payment page",
        )
        if not session.url:
            raise PaymentUnavailable
        return Checkout(id=session.id, url=session.url)

    def checkout(self, checkout_id: str) -> CheckoutStatus:
        """The page's current state."""
        try:
            return _status(answered(lambda: self._api.v1.checkout.sessions.retrieve(checkout_id)))
        except stripe.InvalidRequestError as error:
            raise NotFound from error

    def expire_checkout(self, checkout_id: str, *, attempt: int) -> CheckoutStatus:
        """Close the page; returns the state of a page that is no longer open."""
        try:
            session = answered(
                lambda: self._api.v1.checkout.sessions.expire(
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
                lambda: self._api.v1.refunds.create(
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
        reference=reference_of(session.metadata),
        order=session.client_reference_id or "",
        payment=payment,
        closed=session.status == "expired",
    )
